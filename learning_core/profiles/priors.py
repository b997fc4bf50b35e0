"""Profiles as priors: what each checkpoint's best preset suggests, spelled as records spell it."""

from collections.abc import Sequence

from learning_core.model.prior import Prior, PriorLora
from learning_core.profiles.collection import Collection
from learning_core.profiles.profile import LoraProfile, ModelProfile, rank
from learning_core.profiles.sidecar import Sidecar
from learning_core.profiles.suggest import suggest_preset_for
from learning_core.text.names import file_stem, number_text, same_name, sampler_and_scheduler


def priors_of(collection: Collection, loras: Sequence[str] = ()) -> tuple[Prior, ...]:
    """Return a prior for each checkpoint whose profile has a preset, in the order of the folders.

    Its LoRAs are those of the preset, those that were rated with the checkpoint, and the named ones.
    """
    found = (_prior(collection, sidecar, loras) for sidecar in collection.sidecars)
    return tuple(each for each in found if each is not None)


def _prior(collection: Collection, sidecar: Sidecar, loras: Sequence[str]) -> Prior | None:
    model = sidecar.profile
    if not isinstance(model, ModelProfile) or collection.find("model_profile", sidecar.stem) is not sidecar:
        return None
    suggested = suggest_preset_for(model, _loras_for(collection, model, loras))
    if suggested is None:
        return None
    sampler, scheduler = sampler_and_scheduler(suggested.sampler, suggested.scheduler)
    values = {
        "sampler": sampler, "scheduler": scheduler, "steps": str(suggested.steps),
        "cfg_scale": number_text(suggested.cfg), "size": "x".join(map(str, suggested.resolution)),
    }  # fmt: skip
    return Prior(
        checkpoint=sidecar.stem,
        preset=suggested.preset_id or "",
        rating=suggested.rating,
        rank=rank(suggested.rating),
        source=suggested.source,
        values={by: value for by, value in values.items() if value is not None},
        loras=tuple(PriorLora(each.name, each.weight, each.reason) for each in suggested.loras),
        left_out=tuple(f"{each.name}: {each.reason}" for each in suggested.left_out),
        runs_observed=model.learning_summary.runs_observed,
        mean_rating=model.learning_summary.mean_rating,
    )


def _loras_for(collection: Collection, model: ModelProfile, loras: Sequence[str]) -> list[LoraProfile]:
    wanted = {_key(name) for name in loras}
    if best := max(model.recommended_presets, key=lambda preset: rank(preset.rating), default=None):
        wanted |= {_key(overlay.name) for overlay in best.lora_overlays}
    found = []
    for sidecar in collection.sidecars:
        profile = sidecar.profile
        if isinstance(profile, LoraProfile) and collection.find("lora_profile", sidecar.stem) is sidecar:
            is_paired = any(
                _key(each.model) == _key(model.model_name) and rank(each.rating) >= rank("good")
                for each in profile.recommended_pairings
            )
            if is_paired or {_key(profile.lora_name), _key(sidecar.stem)} & wanted:
                found.append(profile)
    return found


def _key(name: str) -> str:
    return same_name(file_stem(name) or name)
