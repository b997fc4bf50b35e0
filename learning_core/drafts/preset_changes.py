"""What a draft of a checkpoint's or a LoRA's sidecar would make of it: typed changes, or what the answer says."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from learning_core.answers.answer import By, Strength
from learning_core.drafts.claims import (
    CARRIES,
    FIELD_OF,
    NEUTRAL,
    check_claims,
    check_lora_weight,
    lora_ground,
    setting_text,
    surest,
)
from learning_core.drafts.concluded import Concluded
from learning_core.drafts.differences import pointer_to
from learning_core.drafts.draft import Ground, Request
from learning_core.drafts.evidence import STRENGTHS, Known, Observed
from learning_core.drafts.making import refuse_problems
from learning_core.drafts.targets import Base
from learning_core.errors import DraftRefused
from learning_core.profiles.fields import check_change
from learning_core.profiles.profile import UNKNOWN_BASE, VERSION, Kind, ModelProfile, rank
from learning_core.profiles.suggest import best_preset
from learning_core.text.names import file_stem, same_name
from learning_core.text.wording import listed

NEW = "new"
PRESET_FIELDS = ("sampler", "scheduler", "steps", "cfg", "resolution", "rating", "lora_overlays")
PAIRING_FIELDS = ("model", "weight", "rating")
"""What a draft for a checkpoint, and one for a LoRA, may be asked to change."""

_ENTRIES: dict[Kind, tuple[str, Sequence[str]]] = {
    "model_profile": ("recommended_presets", PRESET_FIELDS),
    "lora_profile": ("recommended_pairings", PAIRING_FIELDS),
}

_LEARNED = "local_learning"


class Proposal(Struct, frozen=True):
    """The content that a sidecar would have, and what its claims rest on."""

    after: dict[str, Any]
    grounds: list[Ground]
    strength: Strength


def check_request(kind: Kind, request: Request) -> None:
    """Raise DraftRefused for a field that may not be changed in a sidecar of this kind, or a value out of range."""
    entry, allowed = _ENTRIES[kind]
    for field, value in request.changes.items():
        if field not in allowed:
            raise DraftRefused(f"{field} is no field that a draft may change here; there are {listed(allowed)}")
        written = value
        if field == "lora_overlays":
            if not isinstance(value, Mapping):
                raise DraftRefused('lora_overlays: give the weight of each LoRA by name, as {"film": 0.6}')
            written = [{"name": lora, "weight": weight} for lora, weight in value.items()]
        refuse_problems(check_change(kind, pointer_to(entry, 0, field), written))


def of_preset(
    base: Base, known: Known, request: Request, seen: Observed, concluded: Concluded | None = None
) -> Proposal:
    """Return the proposal for a preset of a checkpoint: the one named, one more, or the one that is suggested.

    Without changes, what surely leads in the answer is proposed. A plan that `concluded` says what changes, and
    `known` is then what its own images say. Raises DraftRefused with the figures when a claim is not carried by the
    evidence.
    """
    changes = request.changes if concluded is None else concluded.changes()
    after = copy.deepcopy(base.content) if base.content is not None else _new_model(base.target.model)
    presets: list[dict[str, Any]] = after.get("recommended_presets") or []
    place = _place(base, presets, request.preset)
    before = None if place is None else presets[place]
    preset = _new_preset(known, presets, changes) if before is None else copy.deepcopy(before)
    for field, value in (changes or _learned(known, preset)).items():
        _set(preset, field, value)
    if concluded is not None:
        _raise_to(concluded.rating(preset), preset)
    elif not changes:
        _raise_to(CARRIES[surest(known, preset)], preset)
    if changes and before == preset:
        raise DraftRefused(f"preset {preset['id']} of {base.target.sidecar} says all of this already")
    if before != preset:
        preset["source"] = _LEARNED
    grounds = check_claims(known, before, preset) if concluded is None else [concluded.ground(before)]
    after["recommended_presets"] = [*presets, preset] if place is None else [
        *presets[:place], preset, *presets[place + 1 :]
    ]  # fmt: skip
    _keep_summary(after, seen)
    return Proposal(after, grounds, max((each.strength for each in grounds), key=STRENGTHS.index, default="none"))


def of_pairing(base: Base, known: Known, request: Request, seen: Observed) -> Proposal:
    """Return the proposal for a LoRA's pairing with the checkpoint that was asked about; raises DraftRefused."""
    changes = request.changes
    model, lora = known.question.checkpoint, base.target.model
    choice = known.lora(lora)
    weight = changes.get("weight", None if choice is None else choice.weight)
    if weight is not None:
        check_lora_weight(known, lora, weight)
    ground = lora_ground(known, lora)
    after = copy.deepcopy(base.content) if base.content is not None else _new_lora(lora)
    pairings: list[dict[str, Any]] = list(after.get("recommended_pairings") or [])
    old = next((each for each in pairings if _same_model(each, model)), None)
    carried = CARRIES[ground.strength]
    was = (old or {}).get("rating", NEUTRAL)
    rating = changes.get("rating", carried if rank(carried) > rank(was) else was)
    if rank(rating) > max(rank(carried), rank(was)) or rank(rating) < rank(was):
        raise DraftRefused(
            f"the evidence carries the rating {carried} for {lora} with {model}, not {rating}: {ground.sentence}"
        )
    pairing = {**(old or {"model": model, "preset_id": None}), "rating": rating}
    if weight is not None:
        pairing["weight"] = weight
    after["recommended_pairings"] = [pairing if each is old else each for each in pairings] if old else [
        *pairings, pairing
    ]  # fmt: skip
    _keep_summary(after, seen)
    return Proposal(after, [ground], ground.strength)


def _place(base: Base, presets: Sequence[Mapping[str, Any]], wanted: str) -> int | None:
    """Return which preset is meant, None for a new one."""
    if wanted == NEW:
        return None
    ids = [each["id"] for each in presets]
    if not wanted:
        best = best_preset(base.profile) if isinstance(base.profile, ModelProfile) else None
        return None if best is None else ids.index(best.id)
    if wanted not in ids:
        there = f"there are {listed(ids)}" if ids else "there is none yet"
        raise DraftRefused(f"{base.target.sidecar} has no preset {wanted!r}; {there} (or ask for `{NEW}`)")
    return ids.index(wanted)


def _learned(known: Known, preset: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that surely lead in the answer and that the preset does not have."""
    found = {}
    for by, field in FIELD_OF.items():
        advice, stands = known.advice(by), setting_text(by, preset)
        if advice.mode != "exploit" or not advice.candidates:
            continue
        leading = advice.candidates[0].value
        if stands is None or same_name(stands) != same_name(leading):
            found[field] = _typed(by, leading)
    return found


def _raise_to(carried: str, preset: dict[str, Any]) -> None:
    if rank(carried) > rank(preset.get("rating", NEUTRAL)):
        preset["rating"] = carried


def _typed(by: By, value: str) -> Any:
    if by == "size":
        return [int(side) for side in value.split("x")]
    if by == "steps":
        return int(value)
    return float(value) if by == "cfg_scale" else value


def _set(preset: dict[str, Any], field: str, value: Any) -> None:
    if field == "lora_overlays":
        preset[field] = _overlays(preset.get(field) or [], value)
        return
    if field == "sampler" and "scheduler" in preset:
        # A schedule glued to the old sampler's name must not go with it.
        preset["scheduler"] = setting_text("scheduler", preset)
    if field == "scheduler":
        preset["sampler"] = setting_text("sampler", preset) or preset.get("sampler")
    preset[field] = list(value) if isinstance(value, tuple) else value


def _overlays(overlays: Sequence[Mapping[str, Any]], weights: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = [dict(each) for each in overlays]
    for lora, weight in weights.items():
        same = [each for each in found if same_name(each["name"]) == same_name(lora)]
        if same:
            same[0]["weight"] = weight
        else:
            found.append({"name": lora, "weight": weight})
    return found


def _new_model(model: str) -> dict[str, Any]:
    return {
        "kind": "model_profile", "version": VERSION, "model_name": model, "base_type": UNKNOWN_BASE, "tags": [],
        "recommended_presets": [],
    }  # fmt: skip


def _new_lora(lora: str) -> dict[str, Any]:
    return {
        "kind": "lora_profile", "version": VERSION, "lora_name": lora, "target_base_type": UNKNOWN_BASE,
        "intended_use": [], "trigger_phrases": [], "recommended_weights": [], "recommended_pairings": [],
    }  # fmt: skip


def _new_preset(known: Known, presets: Sequence[Mapping[str, Any]], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a preset of the values that stand first in the answer, under an id that is free."""
    taken = {each["id"] for each in presets}
    names = ["learned", *(f"learned-{number}" for number in range(2, len(taken) + 3))]
    subject = f" for {known.question.subject}" if known.question.subject else ""
    preset: dict[str, Any] = {
        "id": next(name for name in names if name not in taken),
        "label": f"learned{subject}"[:60],
        "rating": NEUTRAL,
        "source": _LEARNED,
    }
    for by, field in FIELD_OF.items():
        candidates = known.advice(by).candidates
        if candidates:
            preset[field] = _typed(by, candidates[0].value)
        elif by == "scheduler":
            preset[field] = None
        elif field not in changes:
            raise DraftRefused(f"no judged image of {known.question.checkpoint} has a known {by}: a preset needs one")
    return preset


def _same_model(pairing: Mapping[str, Any], model: str) -> bool:
    return same_name(file_stem(pairing["model"]) or pairing["model"]) == same_name(file_stem(model) or model)


def _keep_summary(after: dict[str, Any], seen: Observed) -> None:
    """Bring what the sidecar says of the library up to date; `updated_at` is when the newest record was made."""
    summary = dict(after.get("learning_summary") or {})
    summary["runs_observed"] = seen.runs
    summary["mean_rating"] = seen.mean_rating
    if seen.newest is not None:
        summary["updated_at"] = seen.newest
    after["learning_summary"] = summary
