"""The weight of each LoRA that is used with a checkpoint: who says it, what else was said, and who does not fit."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from learning_core.profiles.profile import (
    TIERS,
    UNKNOWN_BASE,
    LoraProfile,
    LoraRecommendedPairing,
    LoraRecommendedWeight,
    ModelPreset,
    ModelProfile,
    rank,
)
from learning_core.text.names import file_stem, number_text, same_name
from learning_core.text.wording import name as shown

Rated = TypeVar("Rated", LoraRecommendedPairing, LoraRecommendedWeight)

DEFAULT_WEIGHT = 0.6
"""The weight of a LoRA of which nothing is known."""

Basis = Literal["pairing", "recommended", "overlay", "default"]
_BAD = rank("bad")

_FAMILIES = (
    {"sd1", "sd14", "sd15"},
    {"sd2", "sd20", "sd21"},
    {"sdxl", "sdxl10", "xl", "pony", "illustrious", "noobai", "animagine"},
)
"""Base types whose LoRAs fit each other, spelled without punctuation; any other fits only itself."""


class LoraWeight(Struct, frozen=True):
    """The weight suggested for a LoRA, why, and what else was said of it, what would count next first."""

    name: str
    weight: float
    basis: Basis
    reason: str
    passed_over: tuple["LoraWeight", ...] = ()


class LeftOut(Struct, frozen=True):
    """A LoRA that is not suggested, and why."""

    name: str
    reason: str


def lora_weights(
    model: ModelProfile | None, preset: ModelPreset | None, loras: Mapping[str, LoraProfile | None]
) -> tuple[tuple[LoraWeight, ...], tuple[LeftOut, ...], tuple[str, ...]]:
    """Return the weights, what is left out, and notes: the preset's own LoRAs first, then the others in their order.

    A weight is that of a pairing with this checkpoint, else the best recommended one, else the preset's overlay,
    else DEFAULT_WEIGHT. What a profile rates bad is no recommendation.
    """
    profiles = {_key(name): profile for name, profile in loras.items()}
    overlays = [overlay.name for overlay in preset.lora_overlays] if preset is not None else []
    names = {_key(name): name for name in (*loras, *overlays)}
    order = dict.fromkeys([*map(_key, overlays), *map(_key, loras)])
    weights: list[LoraWeight] = []
    left_out: list[LeftOut] = []
    notes: list[str] = []
    for key in order:
        profile = profiles.get(key)
        if model is not None and profile is not None and not fits(model.base_type, profile.target_base_type):
            reason = f"made for {shown(profile.target_base_type)}, the checkpoint is {shown(model.base_type)}"
            left_out.append(LeftOut(names[key], reason))
            continue
        first, *others = (LoraWeight(names[key], *each) for each in _said(model, preset, names[key], profile))
        weights.append(replace(first, passed_over=tuple(others)))
        notes += _on_bad(model, names[key], profile)
    return tuple(weights), tuple(left_out), tuple(notes)


def suggested_weight(profile: LoraProfile) -> LoraRecommendedWeight | None:
    """Return the best recommended weight whatever the checkpoint, the first of equal ones; None without any."""
    return next(iter(_best_first(profile.recommended_weights)), None)


def fits(checkpoint: str, lora: str) -> bool:
    """Tell whether a LoRA made for one base type works with a checkpoint of another; unknown ones are not refused."""
    one, other = _base(checkpoint), _base(lora)
    if UNKNOWN_BASE in (one, other) or "" in (one, other) or one == other:
        return True
    return any({one, other} <= family for family in _FAMILIES)


def _base(written: str) -> str:
    return "".join(letter for letter in written.casefold() if letter.isalnum())


def _key(name: str) -> str:
    return same_name(file_stem(name) or name)


def _said(
    model: ModelProfile | None, preset: ModelPreset | None, name: str, profile: LoraProfile | None
) -> Iterator[tuple[float, Basis, str]]:
    """Yield what is said of a LoRA's weight, what counts most first."""
    if profile is not None:
        if model is not None:
            for pairing in _best_first(_with(model, profile)):
                found = _paired(model, preset, name, pairing)
                if found is not None:
                    yield found[0], "pairing", found[1]
        for weight in _best_first(profile.recommended_weights):
            label = f" {shown(weight.label)}" if weight.label else ""
            yield (
                weight.weight,
                "recommended",
                f"recommended weight{label} of its profile, rated {_word(weight.rating)}",
            )
    overlay = _overlay(preset, name)
    if overlay is not None and preset is not None:
        yield overlay, "overlay", f"overlay of preset {shown(preset.id)}"
    yield DEFAULT_WEIGHT, "default", "no weight is known of it; the usual start"


def _with(model: ModelProfile, profile: LoraProfile) -> list[LoraRecommendedPairing]:
    return [each for each in profile.recommended_pairings if _key(each.model) == _key(model.model_name)]


def _best_first(rated: Sequence[Rated]) -> list[Rated]:
    """Return what is not rated bad, the highest rating first, equal ones in the order of the file."""
    return sorted((each for each in rated if rank(each.rating) != _BAD), key=lambda each: -rank(each.rating))


def _paired(
    model: ModelProfile, preset: ModelPreset | None, name: str, pairing: LoraRecommendedPairing
) -> tuple[float, str] | None:
    rated = f"pairing with this checkpoint, rated {_word(pairing.rating)}"
    if pairing.weight is not None:
        return pairing.weight, rated
    named = next((each for each in model.recommended_presets if each.id == pairing.preset_id), None)
    source = preset if pairing.preset_id is None else named
    weight = _overlay(source, name)
    return None if weight is None or source is None else (weight, f"{rated}, by its preset {shown(source.id)}")


def _overlay(preset: ModelPreset | None, name: str) -> float | None:
    overlays = preset.lora_overlays if preset is not None else []
    return next((each.weight for each in overlays if _key(each.name) == _key(name)), None)


def _on_bad(model: ModelProfile | None, name: str, profile: LoraProfile | None) -> Iterator[str]:
    if profile is None:
        return
    if model is not None and any(rank(each.rating) == _BAD for each in _with(model, profile)):
        yield f"{shown(name)} with {shown(model.model_name)} is rated bad by the profile of the LoRA."
    bad = [number_text(each.weight) for each in profile.recommended_weights if rank(each.rating) == _BAD]
    if bad:
        yield f"{shown(name)} at {', '.join(bad)} is rated bad by its profile."


def _word(rating: str) -> str:
    return rating if rating in TIERS else f"{shown(rating)}, which is no known rating" if rating else "by nobody"
