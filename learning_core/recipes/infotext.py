"""A whole plan as one infotext to paste: its settings, and an X/Y/Z grid of what it varies."""

import csv
import io
import json
from collections.abc import Iterable, Sequence

from learning_core.errors import NotExpressible
from learning_core.plans.generation_config import GenerationConfig
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep
from learning_core.plans.steps import config_of
from learning_core.text.names import number_text

PLACE = "an infotext"
_QUOTED = ",:\n"

_AXES = {
    "steps": "Steps", "cfg_scale": "CFG Scale", "sampler": "Sampler", "scheduler": "Schedule type",
    "checkpoint": "Checkpoint name", "vae": "VAE", "clip_skip": "Clip skip", "denoising_strength": "Denoising",
    "size": "Size", "lora": "Prompt S/R",
}  # fmt: skip
"""What the X/Y/Z script calls the parameters that it can vary."""


def lora_tags(config: GenerationConfig) -> str:
    """Return the tags that apply the LoRAs of a step, separated by spaces."""
    return " ".join(f"<lora:{lora.name}:{number_text(lora.weight)}>" for lora in config.loras)


def tagged_prompt(config: GenerationConfig) -> str:
    """Return the prompt with the LoRAs as tags behind it."""
    return " ".join(part for part in (config.prompt, lora_tags(config)) if part)


def grid_paste(plan: LearningPlan, steps: Sequence[LearningRunStep]) -> str:
    """Return the one text that makes all images of a plan: X is the varied parameter, Y the seed, Z the prompt.

    Raises NotExpressible for what the script has no axis for.
    """
    if plan.design == "screen":
        raise NotExpressible("one paste", "a screen varies several parameters at once; export it as comfyui or jobs")
    first = min(steps, key=lambda step: (step.prompt_index, step.variant_index))
    base = config_of(plan, 0).model_copy(update={"prompt": plan.prompts[0], "seed": plan.seeds[0]})
    focus = plan.foci[0]
    axis = _upscale_axis(focus.parameter.name) if focus.stage == "upscale" else _AXES.get(focus.parameter.name)
    if axis is None or focus.stage == "adetailer":
        raise NotExpressible("one paste", f"the X/Y/Z script has no axis for {focus}")
    script = [("Script", "X/Y/Z plot"), ("X Type", axis), ("X Values", _listed(_values(plan)))]
    if len(plan.seeds) > 1:
        script += [("Y Type", "Seed"), ("Y Values", _listed(map(str, plan.seeds)))]
    if len(plan.prompts) > 1:
        # Search and replace: the first prompt is what is searched for, so the LoRAs behind it stay.
        script += [("Z Type", "Prompt S/R"), ("Z Values", _listed(plan.prompts))]
    return _text(first, base, script)


def _upscale_axis(name: str) -> str:
    axes = {"steps": "Hires steps", "sampler": "Hires sampler", "upscaler": "Hires upscaler",
            "denoising_strength": "Denoising"}  # fmt: skip
    if name not in axes:
        raise NotExpressible("one paste", f"the X/Y/Z script has no axis for upscale.{name}")
    return axes[name]


def _values(plan: LearningPlan) -> list[str]:
    if plan.foci[0].parameter.name == "lora":
        return _lora_values(plan)
    return [
        number_text(float(value)) if isinstance(value, int | float) else str(value) for value in plan.variant_values
    ]


def _lora_values(plan: LearningPlan) -> list[str]:
    tags = [lora_tags(config_of(plan, index)) for index in range(len(plan.variant_values))]
    if not tags[0]:
        raise NotExpressible(
            "one paste", "the first value leaves the LoRA out, and a grid can only replace what is there; put it last"
        )
    return tags


def _listed(values: Iterable[str]) -> str:
    """Return values as the script takes its lists apart: as one line of CSV."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(list(values))
    return line.getvalue()


def _text(step: LearningRunStep, config: GenerationConfig, script: list[tuple[str, str]]) -> str:
    pairs = [(key, value) for key, value in _pairs(step, config) if value is not None] + script
    lines = [tagged_prompt(config)]
    if config.negative_prompt:
        lines.append(f"Negative prompt: {config.negative_prompt}")
    lines.append(", ".join(f"{key}: {_quoted(value)}" for key, value in pairs))
    return "\n".join(lines)


def _pairs(step: LearningRunStep, config: GenerationConfig) -> list[tuple[str, str | None]]:
    first, *later = step.stage_sequence
    if first not in ("txt2img", "img2img") or any(stage == "img2img" for stage in later):
        raise NotExpressible(PLACE, f"it has no words for the stages {', '.join(step.stage_sequence)}")
    main = config.stage(first)
    size = f"{config.width}x{config.height}" if config.width and config.height else None
    return [
        ("Steps", _number(main.steps)),
        ("Sampler", main.sampler),
        ("Schedule type", main.scheduler),
        ("CFG scale", _number(main.cfg_scale)),
        ("Seed", _number(config.seed)),
        ("Size", size),
        ("Model", config.checkpoint),
        ("VAE", config.vae),
        ("Clip skip", _number(config.clip_skip)),
        ("Denoising strength", _number(_denoising(step, config))),
        *(_upscale_pairs(config) if "upscale" in later else ()),
        *(_detailer_pairs(config) if "adetailer" in later else ()),
    ]


def _denoising(step: LearningRunStep, config: GenerationConfig) -> float | None:
    if step.stage_sequence[0] == "img2img":
        return config.stage("img2img").denoising_strength
    return config.stage("upscale").denoising_strength if "upscale" in step.stage_sequence else None


def _upscale_pairs(config: GenerationConfig) -> list[tuple[str, str | None]]:
    hires = config.stage("upscale")
    return [
        ("Hires upscale", _number(hires.scale)),
        ("Hires steps", _number(hires.steps)),
        ("Hires upscaler", hires.upscaler),
        ("Hires sampler", hires.sampler),
        ("Hires schedule type", hires.scheduler),
    ]


def _detailer_pairs(config: GenerationConfig) -> list[tuple[str, str | None]]:
    detailer = config.stage("adetailer")
    return [
        ("ADetailer model", detailer.detector),
        ("ADetailer confidence", _number(detailer.confidence)),
        ("ADetailer denoising strength", _number(detailer.denoising_strength)),
    ]


def _number(value: float | None) -> str | None:
    return None if value is None else number_text(value) if isinstance(value, float) else str(value)


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if any(each in value for each in _QUOTED) else value
