"""Changes of a preset as people and models write them: FIELD=VALUE."""

import json
from collections.abc import Iterable
from typing import Any

_LORA = "lora:"


def changes_of(written: Iterable[str]) -> dict[str, Any]:
    """Return the values by field; the weights of LoRAs are one field. Raises ValueError with a sentence."""
    found: dict[str, Any] = {}
    for each in written:
        field, equals, value = each.partition("=")
        if not equals or not field or not value:
            raise ValueError(f"{each!r} is no FIELD=VALUE; write steps=30.")
        if field.startswith(_LORA):
            found.setdefault("lora_overlays", {})[field.removeprefix(_LORA)] = _typed(value)
        else:
            found[field] = _sides(value) if field == "resolution" else _typed(value)
    return found


def _typed(value: str) -> Any:
    try:
        typed = json.loads(value)
    except ValueError:
        return value
    return typed if typed is None or isinstance(typed, int | float) else value


def _sides(value: str) -> Any:
    width, _, height = value.replace("×", "x").partition("x")
    return [int(width), int(height)] if width.isdecimal() and height.isdecimal() else value
