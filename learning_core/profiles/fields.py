"""The fields of a sidecar that a draft may change: what each holds, and within which range."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from learning_core.limits import PROFILE_ENTRIES, PROFILE_NAME_CHARACTERS, PROFILE_PHRASE_CHARACTERS
from learning_core.profiles.check import Problem
from learning_core.profiles.profile import SOURCES, TIERS, Kind

Holds = Literal["whole", "number", "text", "word", "texts", "size", "object", "objects"]
_SIZE_STEP = 8
_PLACE = re.compile(r"-|0|[1-9][0-9]*")


class EditableField(Struct, frozen=True):
    """One field: `path` has `[]` for any place in a list; `least` and `greatest` are inclusive.

    A `size` is `[width, height]`, each within the range and a multiple of 8 pixels; `is_needed` says that an object
    is nothing without it; `names_the_file` that only a new sidecar may set it.
    """

    path: str
    holds: Holds
    least: float | None = None
    greatest: float | None = None
    words: tuple[str, ...] = ()
    longest: int = PROFILE_NAME_CHARACTERS
    may_be_null: bool = False
    is_needed: bool = False
    names_the_file: bool = False


_STEPS, _CFG, _SIZE, _WEIGHT, _SHARE, _STARS = (1, 150), (1, 30), (64, 4096), (0, 2), (0, 1), (1, 5)

_SUMMARY = (
    EditableField("learning_summary", "object", may_be_null=True),
    EditableField("learning_summary.runs_observed", "whole", 0, 2**53, may_be_null=True),
    EditableField("learning_summary.mean_rating", "number", *_STARS, may_be_null=True),
    EditableField("learning_summary.updated_at", "text", longest=40, may_be_null=True),
)

_MODEL = (
    EditableField("kind", "word", words=("model_profile",), is_needed=True, names_the_file=True),
    EditableField("version", "whole", 1, 1, is_needed=True, names_the_file=True),
    EditableField("model_name", "text", is_needed=True, names_the_file=True),
    EditableField("base_type", "text"),
    EditableField("tags", "texts", longest=PROFILE_PHRASE_CHARACTERS),
    EditableField("recommended_presets", "objects"),
    EditableField("recommended_presets[]", "object"),
    EditableField("recommended_presets[].id", "text", is_needed=True),
    EditableField("recommended_presets[].label", "text"),
    EditableField("recommended_presets[].rating", "word", words=TIERS, is_needed=True),
    EditableField("recommended_presets[].source", "word", words=SOURCES, is_needed=True),
    EditableField("recommended_presets[].sampler", "text", is_needed=True),
    EditableField("recommended_presets[].scheduler", "text", may_be_null=True),
    EditableField("recommended_presets[].steps", "whole", *_STEPS, is_needed=True),
    EditableField("recommended_presets[].cfg", "number", *_CFG, is_needed=True),
    EditableField("recommended_presets[].resolution", "size", *_SIZE, is_needed=True),
    EditableField("recommended_presets[].lora_overlays", "objects"),
    EditableField("recommended_presets[].lora_overlays[]", "object"),
    EditableField("recommended_presets[].lora_overlays[].name", "text", is_needed=True),
    EditableField("recommended_presets[].lora_overlays[].weight", "number", *_WEIGHT, is_needed=True),
    *_SUMMARY,
    EditableField("default_refiner_id", "text", may_be_null=True),
    EditableField("default_hires_upscaler_id", "text", may_be_null=True),
    EditableField("default_hires_denoise", "number", *_SHARE, may_be_null=True),
    EditableField("style_profile_id", "text", may_be_null=True),
)

_LORA = (
    EditableField("kind", "word", words=("lora_profile",), is_needed=True, names_the_file=True),
    EditableField("version", "whole", 1, 1, is_needed=True, names_the_file=True),
    EditableField("lora_name", "text", is_needed=True, names_the_file=True),
    EditableField("target_base_type", "text"),
    EditableField("intended_use", "texts", longest=PROFILE_PHRASE_CHARACTERS),
    EditableField("trigger_phrases", "texts", longest=PROFILE_PHRASE_CHARACTERS),
    EditableField("recommended_weights", "objects"),
    EditableField("recommended_weights[]", "object"),
    EditableField("recommended_weights[].label", "text"),
    EditableField("recommended_weights[].weight", "number", *_WEIGHT, is_needed=True),
    EditableField("recommended_weights[].rating", "word", words=TIERS, is_needed=True),
    EditableField("recommended_pairings", "objects"),
    EditableField("recommended_pairings[]", "object"),
    EditableField("recommended_pairings[].model", "text", is_needed=True),
    EditableField("recommended_pairings[].preset_id", "text", may_be_null=True),
    EditableField("recommended_pairings[].rating", "word", words=TIERS, is_needed=True),
    EditableField("recommended_pairings[].weight", "number", *_WEIGHT, may_be_null=True),
    *_SUMMARY,
)

EDITABLE: dict[Kind, dict[str, EditableField]] = {
    "model_profile": {field.path: field for field in _MODEL},
    "lora_profile": {field.path: field for field in _LORA},
}
"""Every field that a draft may change, by kind of sidecar and path."""


def editable_field(kind: Kind, pointer: str) -> EditableField | None:
    """Return the field that a JSON Pointer (RFC 6901) names, None when a draft may not change it.

    `/recommended_presets/0/steps` is `recommended_presets[].steps`; `-` stands for the place after the last.
    """
    if not pointer.startswith("/"):
        return None
    path = ""
    for token in pointer[1:].split("/"):
        step = token.replace("~1", "/").replace("~0", "~")
        if f"{path}[]" in EDITABLE[kind] and _PLACE.fullmatch(step):
            path += "[]"
        elif "." in step or "[" in step:
            return None
        else:
            path += f".{step}" if path else step
    return EDITABLE[kind].get(path)


def check_change(kind: Kind, pointer: str, value: Any, *, is_new: bool = False) -> list[Problem]:
    """Return why a draft may not put this value there, each problem with its field; empty if it may.

    Whole objects and lists are gone through to their last field. `is_new` is for a sidecar that does not exist yet:
    only there may kind, version and name be set.
    """
    field = editable_field(kind, pointer)
    if field is None:
        return [Problem(pointer, "is no field that a draft may change")]
    return list(_Change(EDITABLE[kind], is_new=is_new).problems(field, pointer, value))


def check_new(kind: Kind, content: Mapping[str, Any]) -> list[Problem]:
    """Return why a draft may not make a sidecar of this content; empty if it may."""
    change = _Change(EDITABLE[kind], is_new=True)
    return list(change.members("", "", content))


def unusual(kind: Kind, content: Mapping[str, Any]) -> list[Problem]:
    """Return what no draft could have written into a sidecar, though it can be read: values out of their range."""
    change = _Change(EDITABLE[kind], is_new=True, keeps_others=True)
    found = change.members("", "", content)
    return [Problem(_path(each.field), each.reason, is_fatal=False) for each in found]


def _path(pointer: str) -> str:
    path = re.sub(r"/([0-9]+)(?=/|\Z)", r"[\1]", pointer)
    return path.replace("/", ".").lstrip(".")


class _Change(Struct, frozen=True):
    fields: Mapping[str, EditableField]
    is_new: bool
    keeps_others: bool = False

    def problems(self, field: EditableField, where: str, value: Any) -> Iterator[Problem]:
        if field.names_the_file and not self.is_new:
            yield Problem(where, "says which sidecar this is; a draft may not change it")
        elif value is None:
            if not field.may_be_null:
                yield Problem(where, "must not be null")
        elif field.holds in ("object", "objects"):
            yield from self._nested(field, where, value)
        else:
            yield from (Problem(where, reason) for reason in _CHECKS[field.holds](field, value))

    def members(self, path: str, where: str, value: Mapping[str, Any]) -> Iterator[Problem]:
        begin = f"{path}." if path else ""
        for key, part in value.items():
            field = self.fields.get(f"{begin}{key}")
            if field is None:
                if not self.keeps_others:
                    yield Problem(f"{where}/{key}", "is no field that a draft may change")
            else:
                yield from self.problems(field, f"{where}/{key}", part)
        for name, field in self.fields.items():
            below = name.removeprefix(begin) if name.startswith(begin) else ""
            if field.is_needed and below and "." not in below and below not in value:
                yield Problem(f"{where}/{below}", "is missing")

    def _nested(self, field: EditableField, where: str, value: Any) -> Iterator[Problem]:
        if field.holds == "objects":
            if not isinstance(value, list):
                yield Problem(where, "must be a list")
                return
            if len(value) > PROFILE_ENTRIES:
                yield Problem(where, f"has {len(value)} entries; at most {PROFILE_ENTRIES}")
            for place, part in enumerate(value[:PROFILE_ENTRIES]):
                yield from self.problems(self.fields[f"{field.path}[]"], f"{where}/{place}", part)
        elif isinstance(value, Mapping):
            yield from self.members(field.path, where, value)
        else:
            yield Problem(where, "must be an object")


def _number(field: EditableField, value: Any) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield "must be a number"
    elif not (field.least is None or value >= field.least) or not (field.greatest is None or value <= field.greatest):
        yield f"is {value!r}; it must lie from {field.least:g} to {field.greatest:g}"


def _whole(field: EditableField, value: Any) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield "must be a whole number"
    else:
        yield from _number(field, value)


def _text(field: EditableField, value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        yield "must be a text"
    elif not value.strip() and field.is_needed:
        yield "must not be empty"
    elif len(value) > field.longest:
        yield f"has {len(value)} characters; at most {field.longest}"
    elif not value.isprintable():
        yield "has control or invisible characters"


def _word(field: EditableField, value: Any) -> Iterator[str]:
    if value not in field.words:
        yield f"must be one of {', '.join(field.words)}"


def _texts(field: EditableField, value: Any) -> Iterator[str]:
    if not isinstance(value, list):
        yield "must be a list of texts"
    elif len(value) > PROFILE_ENTRIES:
        yield f"has {len(value)} entries; at most {PROFILE_ENTRIES}"
    else:
        yield from (f"[{place}] {reason}" for place, each in enumerate(value) for reason in _text(field, each))


def _size(field: EditableField, value: Any) -> Iterator[str]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        yield "must be width and height, as [832, 1216]"
        return
    for side in value:
        found = [*_whole(field, side)]
        yield from found
        if not found and side % _SIZE_STEP:
            yield f"has a side of {side}; sides are multiples of {_SIZE_STEP}"


_CHECKS = {"whole": _whole, "number": _number, "text": _text, "word": _word, "texts": _texts, "size": _size}
