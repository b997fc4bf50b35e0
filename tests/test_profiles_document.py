"""docs/profiles.md lists the fields and styles that the code has, no others."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from learning_core.profiles.fields import EDITABLE, EditableField
from learning_core.profiles.profile import Kind
from learning_core.profiles.style import STYLES

DOCUMENT = (Path(__file__).resolve().parents[1] / "docs" / "profiles.md").read_text(encoding="utf-8")
HOLDS = {"whole": "whole number", "texts": "list of texts", "size": "width and height", "objects": "list of objects"}


def block(name: str) -> str:
    found = re.search(rf"<!-- {re.escape(name)} -->\n(.*?)\n\n(?=[^|])", DOCUMENT, re.DOTALL)
    assert found is not None
    return found.group(1)


def fields(kind: Kind) -> Iterator[str]:
    yield "| field | holds | range |"
    yield "|---|---|---|"
    for field in EDITABLE[kind].values():
        if not field.path.endswith("[]"):
            path = f"**`{field.path}`**" if field.is_needed else f"`{field.path}`"
            holds = HOLDS.get(field.holds, field.holds) + ", or null" * field.may_be_null
            yield f"| {path} | {holds} | {_range(field)} |"


def _range(field: EditableField) -> str:
    if field.words:
        return ", ".join(f"`{word}`" for word in field.words)
    if field.holds == "size":
        return f"{field.least:g} to {field.greatest:g}, multiples of 8"
    if field.least is None or field.greatest is None:
        return ""
    if field.least == field.greatest:
        return f"{field.least:g}"
    return f"from {field.least:g}" if field.greatest > 2**50 else f"{field.least:g} to {field.greatest:g}"


def styles() -> Iterator[str]:
    yield "| style | refiner | upscaler | denoising strength | its range |"
    yield "|---|---|---|---|---|"
    for style in STYLES:
        yield (
            f"| `{style.style_profile_id}` | {style.default_refiner_id} | {style.default_hires_upscaler_id} | "
            f"{style.default_hires_denoise:g} | {style.least_hires_denoise:g} to {style.greatest_hires_denoise:g} |"
        )


@pytest.mark.parametrize("kind", ["model_profile", "lora_profile"])
def test_the_document_lists_every_field_with_its_range(kind: Kind) -> None:
    assert block(f"fields: {kind}").strip() == "\n".join(fields(kind))


def test_the_document_lists_every_style() -> None:
    assert block("styles").strip() == "\n".join(styles())
