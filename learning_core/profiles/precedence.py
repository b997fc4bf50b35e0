"""Who decides a setting when several say something: one order for every field."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

Layer = Literal["override", "last_run", "user_preset", "profile", "style", "engine_default"]
LAYERS: tuple[Layer, ...] = ("override", "last_run", "user_preset", "profile", "style", "engine_default")
"""From what counts most: what the person says now, the last run, a preset of the person's own, then priors."""


class Said(Struct, frozen=True):
    """A value that a layer gives for a field."""

    layer: Layer
    value: Any
    reason: str = ""


class Settled(Struct, frozen=True):
    """A field's value, who gave it, and what the others would have given, in their order."""

    said: Said
    passed_over: tuple[Said, ...] = ()


def settle(said: Sequence[tuple[str, Said]]) -> Mapping[str, Settled]:
    """Return for each field the value of the layer that stands first in LAYERS; None is not a value, 0 is.

    Of two values of one layer the first counts. Fields come in the order in which they are first named.
    """
    by_field: dict[str, list[Said]] = {}
    for field, each in said:
        candidates = by_field.setdefault(field, [])
        if each.value is not None:
            candidates.append(each)
    ordered = {field: sorted(found, key=lambda each: LAYERS.index(each.layer)) for field, found in by_field.items()}
    return {field: Settled(found[0], tuple(found[1:])) for field, found in ordered.items() if found}
