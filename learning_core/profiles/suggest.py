"""What profiles suggest for a checkpoint and its LoRAs: one preset, and a weight for each LoRA with its reason."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from learning_core.profiles.lora_weights import LeftOut, LoraWeight, lora_weights
from learning_core.profiles.profile import TIERS, LoraProfile, ModelPreset, ModelProfile, rank
from learning_core.text.names import sampler_and_scheduler
from learning_core.text.wording import name as shown


class SuggestedPreset(Struct, frozen=True):
    """Settings to start from; `resolution` is width and height in pixels. A prior, never evidence.

    A schedule that the file glued to the sampler's name stands in `scheduler`; else names are as the file has them.
    """

    sampler: str
    scheduler: str | None
    steps: int
    cfg: float
    resolution: tuple[int, int]
    source: str
    preset_id: str | None
    rating: str
    label: str = ""
    loras: tuple[LoraWeight, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lora_weights(self) -> dict[str, float]:
        """Return the weight of each LoRA."""
        return {each.name: each.weight for each in self.loras}


def suggest_preset_for(
    model_profile: ModelProfile | None, lora_profiles: Sequence[LoraProfile]
) -> SuggestedPreset | None:
    """Return the preset of the highest rating, the first in the file among equals, with the weights of LoRAs.

    The LoRAs are the preset's own and those of the profiles; ones made for another base type are left out. None
    without a profile or without presets. A pure function.
    """
    preset = best_preset(model_profile)
    if model_profile is None or preset is None:
        return None
    loras: dict[str, LoraProfile | None] = {each.lora_name: each for each in lora_profiles}
    return suggestion(model_profile, preset, loras)


def suggestion(model: ModelProfile, preset: ModelPreset, loras: Mapping[str, LoraProfile | None]) -> SuggestedPreset:
    """Return what one preset suggests; `loras` by name, None for those without a profile."""
    weights, left_out, notes = lora_weights(model, preset, loras)
    sampler, scheduler = parted(preset.sampler, preset.scheduler)
    return SuggestedPreset(
        sampler=sampler,
        scheduler=scheduler,
        steps=preset.steps,
        cfg=preset.cfg,
        resolution=preset.resolution,
        source=preset.source,
        preset_id=preset.id,
        rating=preset.rating,
        label=preset.label,
        loras=weights,
        left_out=left_out,
        notes=(*_on_rating(preset), *notes),
    )


def best_preset(model: ModelProfile | None) -> ModelPreset | None:
    """Return the preset of the highest rating, the first in the file among equals; None without presets."""
    presets = model.recommended_presets if model is not None else []
    return max(presets, key=lambda preset: rank(preset.rating), default=None)


def parted(sampler: str, scheduler: str | None) -> tuple[str, str | None]:
    """Return sampler and scheduler, a schedule glued to the sampler's name taken off; other names stay as written."""
    written = scheduler if scheduler and scheduler.strip() else None
    name, glued = sampler_and_scheduler(sampler, None)
    return (name, written or glued) if name and glued else (sampler, written)


def _on_rating(preset: ModelPreset) -> Iterator[str]:
    if preset.rating == TIERS[0]:
        yield f"Preset {shown(preset.id)} is rated bad; the profile has no better one."
    elif preset.rating not in TIERS:
        yield f"Preset {shown(preset.id)} has no known rating ({shown(preset.rating)})."
