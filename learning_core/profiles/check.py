"""Whether the content of a sidecar is a profile: every problem with the path of its field."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from pydantic import ValidationError

from learning_core.profiles.profile import (
    PROFILES,
    SOURCES,
    TIERS,
    VERSION,
    AnyProfile,
    Kind,
    LoraProfile,
    ModelProfile,
)
from learning_core.profiles.style import STYLES, style_named, style_of

MOST_PROBLEMS = 100
_SHOWN_CHARACTERS = 40


class Problem(Struct, frozen=True):
    """What is wrong with one field: `field` is its path (`recommended_presets[0].steps`), `reason` without a full stop.

    `is_fatal` says that the file cannot be used; else it is read, and this is to be told.
    """

    field: str
    reason: str
    is_fatal: bool = True


def check_profile(kind: Kind, content: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with the content of a sidecar, the fatal first, at most MOST_PROBLEMS; empty if nothing."""
    return typed(kind, content)[1]


def typed(kind: Kind, content: Mapping[str, Any]) -> tuple[AnyProfile | None, list[Problem]]:
    """Return the profile, None where a problem is fatal, and the problems."""
    head = list(_head(kind, content))
    if head:
        return None, head
    try:
        profile = PROFILES[kind].model_validate({**content, "version": VERSION})
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        return None, [Problem(field_path(each["loc"]), _reason(each)) for each in problems][:MOST_PROBLEMS]
    return profile, list(_remarks(profile))[:MOST_PROBLEMS]


def field_path(steps: Sequence[str | int]) -> str:
    """Return the path of a field as people read it: `recommended_presets[0].resolution[1]`."""
    path = ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
    return path


def _head(kind: Kind, content: Mapping[str, Any]) -> Iterator[Problem]:
    found = content.get("kind")
    if found != kind:
        yield Problem("kind", "is missing" if found is None else f"is {_shown(found)} where {kind!r} belongs")
    version = content.get("version")
    if isinstance(version, bool) or version != VERSION:
        said = "is missing" if version is None else f"is {_shown(version)}; only version {VERSION} is known"
        yield Problem("version", said)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


_REASONS = {
    "missing": "is missing",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "list_type": "must be a list",
    "tuple_type": "must be a list of two numbers",
    "too_long": "must be a list of two numbers",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "value_error": "must be a number, not true or false",
}


def _reason(problem: Any) -> str:
    bounds = problem.get("ctx", {})
    if problem["type"] == "greater_than_equal":
        return f"must be at least {bounds['ge']}"
    if problem["type"] == "less_than_equal":
        return f"must be at most {bounds['le']}"
    return _REASONS.get(problem["type"], "cannot be used")


def _remarks(profile: AnyProfile) -> Iterator[Problem]:
    if isinstance(profile, ModelProfile):
        yield from _of_presets(profile)
        yield from _of_style(profile)
    else:
        yield from _of_weights(profile)


def _of_presets(profile: ModelProfile) -> Iterator[Problem]:
    uses = Counter(preset.id for preset in profile.recommended_presets)
    for place, preset in enumerate(profile.recommended_presets):
        path = f"recommended_presets[{place}]"
        yield from _rating(path, preset.rating)
        if preset.source not in SOURCES:
            yield Problem(f"{path}.source", f"{_shown(preset.source)} is none of {', '.join(SOURCES)}", is_fatal=False)
        if uses[preset.id] > 1:
            yield Problem(f"{path}.id", f"{_shown(preset.id)} is used {uses[preset.id]} times", is_fatal=False)


def _of_style(profile: ModelProfile) -> Iterator[Problem]:
    named, style, denoise = profile.style_profile_id, style_of(profile), profile.default_hires_denoise
    if named is not None and style_named(named) is None:
        known = ", ".join(each.style_profile_id for each in STYLES)
        yield Problem("style_profile_id", f"{_shown(named)} is none of {known}", is_fatal=False)
    if style is not None and denoise is not None and not style.suits(denoise):
        reason = f"is {denoise:g}; {style.style_profile_id} suits {style.hires_denoise_range}"
        yield Problem("default_hires_denoise", reason, is_fatal=False)


def _of_weights(profile: LoraProfile) -> Iterator[Problem]:
    for place, weight in enumerate(profile.recommended_weights):
        yield from _rating(f"recommended_weights[{place}]", weight.rating)
    for place, pairing in enumerate(profile.recommended_pairings):
        yield from _rating(f"recommended_pairings[{place}]", pairing.rating)


def _rating(path: str, rating: str) -> Iterator[Problem]:
    if rating not in TIERS:
        reason = f"{_shown(rating)} is none of {', '.join(TIERS)}, so it ranks below them"
        yield Problem(f"{path}.rating", reason, is_fatal=False)
