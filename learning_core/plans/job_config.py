"""The settings of a finished job as a configuration, and how well they fit the one that was planned."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import Struct

from learning_core.index.features import values_of
from learning_core.plans.generation_config import GenerationConfig, LoraWeight, StageSettings
from learning_core.plans.parameters import STAGES, Stage
from learning_core.text.names import number, number_text, same_name

_NETWORK = re.compile(r"(?<!\\)<\w+:[^<>]*>")
_SHARED = ("checkpoint", "vae", "loras", "clip_skip", "width", "height", "prompt", "negative_prompt", "seed")
_TEXTS = frozenset({"prompt", "negative_prompt"})


class Fit(Struct, frozen=True):
    """Where an image differs from what was planned, and what of the plan it does not state; both in words."""

    differs: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Tell whether all that was planned is stated, and as planned."""
        return not self.differs and not self.unknown


def plain_prompt(prompt: str) -> str:
    """Return a prompt without tags of LoRAs and other networks, spaces made single, commas at its ends dropped."""
    return " ".join(_NETWORK.sub(" ", prompt).split()).strip(" ,")


def config_of_job(job: Mapping[str, Any]) -> GenerationConfig:
    """Return what is known of a job's settings, names and numbers in canonical form; absent is unknown."""
    values = {name: value.display for name, value in values_of(job).items()}
    prompt, negative = job.get("prompt_positive"), job.get("prompt_negative")
    seed = job.get("seed")
    return GenerationConfig(
        checkpoint=values.get("checkpoint"),
        vae=values.get("vae"),
        loras=_loras(values.get("lora_set")),
        clip_skip=job.get("clip_skip"),
        width=job.get("width") or None,
        height=job.get("height") or None,
        prompt=None if prompt is None else plain_prompt(prompt),
        negative_prompt=None if negative is None else plain_prompt(negative),
        seed=None if seed is None or seed < 0 else seed,
        stages=_stages(job, values),
    )


def stages_of_job(job: Mapping[str, Any]) -> tuple[Stage, ...]:
    """Return the stages that a job ran through, its own one first; txt2img where it does not say."""
    own: Stage = next((stage for stage in STAGES if stage == job.get("stage")), "txt2img")
    later: tuple[Stage, ...] = ("upscale", "adetailer")
    return (own, *(stage for stage in later if stage != own and job.get(f"{stage}_enabled")))


def fit(planned: GenerationConfig, made: GenerationConfig) -> Fit:
    """Return how the settings of an image fit the planned ones; what the plan leaves open fits whatever it is."""
    differs: list[str] = []
    unknown: list[str] = []
    for name, wanted, found in _pairs(planned, made):
        if found is None:
            unknown.append(name)
        elif not _equal(wanted, found):
            differs.append(name if name in _TEXTS else f"{name} {_text(found)} instead of {_text(wanted)}")
    return Fit(tuple(differs), tuple(unknown))


def known_settings(config: GenerationConfig) -> dict[str, Any]:
    """Return the settings that are known, by name; those of a stage as `txt2img.steps`."""
    known = {name: getattr(config, name) for name in _SHARED if getattr(config, name) is not None}
    for stage, settings in config.stages.items():
        known |= {f"{stage}.{name}": value for name, value in settings.model_dump(exclude_none=True).items()}
    return known


def _pairs(planned: GenerationConfig, made: GenerationConfig) -> list[tuple[str, Any, Any]]:
    found = known_settings(made)
    wanted = known_settings(planned)
    if any(planned.stage(stage).scale for stage in planned.stages):
        # A picture that was enlarged no longer has the size that it was made with.
        wanted = {name: value for name, value in wanted.items() if name not in ("width", "height")}
    return [(name, value, found.get(name)) for name, value in wanted.items()]


def _equal(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, str) and isinstance(found, str):
        return same_name(plain_prompt(wanted)) == same_name(plain_prompt(found))
    if isinstance(wanted, tuple):
        return _lora_key(wanted) == _lora_key(found)
    if isinstance(wanted, int | float) and isinstance(found, int | float) and max(abs(wanted), abs(found)) < 2**31:
        return number(wanted) == number(found)
    return bool(wanted == found)


def _lora_key(loras: tuple[LoraWeight, ...]) -> list[tuple[str, float]]:
    return sorted((same_name(each.name), number(each.weight)) for each in loras if each.weight)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{each.name}@{number_text(each.weight)}" for each in value) or "none"
    return number_text(value) if isinstance(value, float) else str(value)


def _loras(text: str | None) -> tuple[LoraWeight, ...]:
    if text is None:
        return ()
    return tuple(LoraWeight(name=name, weight=1.0 if weight is None else weight) for name, weight in orjson.loads(text))


def _stages(job: Mapping[str, Any], values: Mapping[str, str]) -> dict[Stage, StageSettings]:
    steps = values.get("steps")
    cfg = values.get("cfg_scale")
    denoise = values.get("denoising_strength")
    own, *later = stages_of_job(job)
    stages = {
        own: StageSettings(
            sampler=values.get("sampler"),
            scheduler=values.get("scheduler"),
            steps=None if steps is None else int(float(steps)),
            cfg_scale=None if cfg is None else float(cfg),
            denoising_strength=None if denoise is None or own == "txt2img" else float(denoise),
        )
    }
    for stage in later:
        enlarging = stage == "upscale"
        stages[stage] = StageSettings(
            denoising_strength=job.get("upscale_denoise") if enlarging else None,
            scale=job.get("upscale_scale") if enlarging else None,
        )
    return stages
