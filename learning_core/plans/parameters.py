"""The stage contract: which parameters each stage of a generation has, of which kind, and within which bounds."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from msgspec import Struct

from learning_core.errors import PlanRefused
from learning_core.text.names import file_stem, number, parameter, sampler_and_scheduler

Stage = Literal["txt2img", "img2img", "upscale", "adetailer"]
STAGES: tuple[Stage, ...] = get_args(Stage)
Kind = Literal["whole", "number", "resource", "size", "lora"]


class Parameter(Struct, frozen=True):
    """A setting that a plan may vary; `low` and `high` bound a number, both included.

    `shared` ones belong to the whole generation, the others to one stage. `is_model` ones are compared as a matter of
    preference: each model has settings that suit it, which a plan that holds them fixed cannot give to all.
    """

    name: str
    kind: Kind
    stages: tuple[Stage, ...]
    low: float = -math.inf
    high: float = math.inf
    shared: bool = False
    is_model: bool = False


_NOISE: tuple[Stage, ...] = ("txt2img", "img2img", "upscale", "adetailer")
_FROM_IMAGE: tuple[Stage, ...] = ("img2img", "upscale", "adetailer")
_WHOLE_IMAGE: tuple[Stage, ...] = ("txt2img", "img2img")

PARAMETERS = (
    Parameter("checkpoint", "resource", _WHOLE_IMAGE, shared=True, is_model=True),
    Parameter("vae", "resource", _WHOLE_IMAGE, shared=True),
    Parameter("lora", "lora", _WHOLE_IMAGE, -5.0, 5.0, shared=True),
    Parameter("clip_skip", "whole", _WHOLE_IMAGE, 1, 12, shared=True),
    Parameter("size", "size", _WHOLE_IMAGE, 64, 8192, shared=True),
    Parameter("sampler", "resource", _NOISE),
    Parameter("scheduler", "resource", _NOISE),
    Parameter("steps", "whole", _NOISE, 1, 150),
    Parameter("cfg_scale", "number", _NOISE, 0.0, 30.0),
    Parameter("denoising_strength", "number", _FROM_IMAGE, 0.0, 1.0),
    Parameter("upscaler", "resource", ("upscale",)),
    Parameter("scale", "number", ("upscale",), 1.0, 8.0),
    Parameter("detector", "resource", ("adetailer",)),
    Parameter("confidence", "number", ("adetailer",), 0.0, 1.0),
)
BY_NAME = {each.name: each for each in PARAMETERS}


class Focus(Struct, frozen=True):
    """What a plan varies: one parameter of one stage, written `txt2img.steps`."""

    stage: Stage
    parameter: Parameter

    def __str__(self) -> str:
        return f"{self.stage}.{self.parameter.name}"


def focus_of(written: str) -> Focus:
    """Return what a plan varies from `txt2img.steps`, or `steps` alone, which means the first stage that has it.

    Raises PlanRefused for an unknown stage or parameter, and for one that the stage does not have.
    """
    before, dot, after = written.strip().rpartition(".")
    name = parameter(after)
    found = BY_NAME.get(name)
    if found is None:
        raise PlanRefused(f"there is no parameter {after!r}; there are {', '.join(BY_NAME)}")
    if not dot:
        return Focus(found.stages[0], found)
    stage = stage_of(before)
    if stage not in found.stages:
        having = ", ".join(each.name for each in PARAMETERS if stage in each.stages)
        raise PlanRefused(f"{stage} has no parameter {name}; it has {having}")
    return Focus(stage, found)


def stage_of(written: str) -> Stage:
    """Return a stage by its name; raises PlanRefused."""
    for stage in STAGES:
        if stage == written.strip().casefold():
            return stage
    raise PlanRefused(f"there is no stage {written!r}; there are {', '.join(STAGES)}")


def sequence_of(
    focus: Focus, of_record: Sequence[Stage] = (), fixed: Sequence[Focus] = (), *, from_image: bool = False
) -> tuple[Stage, ...]:
    """Return the stages that a plan runs through, in their order: those of its record, and those with settings.

    What starts `from_image` has no txt2img; what does not and has no first stage starts there.
    """
    used = {*of_record, *(each.stage for each in (focus, *fixed) if not each.parameter.shared)}
    if from_image:
        used.discard("txt2img")
    if not used & {"txt2img", "img2img"} and not from_image:
        used.add("txt2img")
    found = tuple(stage for stage in STAGES if stage in used)
    return found or ("img2img",)


def checked_value(focus: Focus, value: Any) -> Any:
    """Return a value in its canonical form: 30 for steps 30.0, `DPM++ 2M` for dpmpp_2m, `coast` for coast.ckpt.

    Raises PlanRefused, which names parameter, value and bounds.
    """
    one = focus.parameter
    if one.kind in ("whole", "number"):
        return _checked_number(focus, value)
    if one.kind == "lora":
        return _checked_lora(focus, value)
    if not isinstance(value, str) or not value.strip():
        raise PlanRefused(f"{focus} takes a name, not {value!r}")
    return _checked_size(focus, value) if one.kind == "size" else _canonical_name(one.name, value)


def _checked_number(focus: Focus, value: Any) -> int | float:
    one = focus.parameter
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise PlanRefused(f"{focus} takes a number, not {value!r}")
    if not one.low <= value <= one.high:
        raise PlanRefused(f"{focus} {value:g} is outside of {one.low:g} to {one.high:g}")
    if one.kind != "whole":
        return number(float(value))
    if value != int(value):
        raise PlanRefused(f"{focus} takes a whole number, not {value:g}")
    return int(value)


def _checked_lora(focus: Focus, value: Any) -> dict[str, str | float]:
    if not isinstance(value, Mapping) or set(value) != {"name", "weight"}:
        raise PlanRefused(f"{focus} takes LoRAs with name and weight, not {value!r}")
    name = file_stem(value["name"]) if isinstance(value["name"], str) else None
    if name is None:
        raise PlanRefused(f"{focus} takes the name of a LoRA, not {value['name']!r}")
    return {"name": name, "weight": float(_checked_number(focus, value["weight"]))}


def _checked_size(focus: Focus, value: str) -> str:
    parts = value.casefold().replace("×", "x").split("x")
    if len(parts) != 2 or not all(part.strip().isdecimal() for part in parts):
        raise PlanRefused(f"{focus} takes a size such as 832x1216, not {value!r}")
    width, height = (int(part) for part in parts)
    for side in (width, height):
        if not focus.parameter.low <= side <= focus.parameter.high or side % 8:
            raise PlanRefused(f"{focus} {value}: each side is a multiple of 8 from 64 to 8192")
    return f"{width}x{height}"


def _canonical_name(name: str, value: str) -> str:
    if name == "sampler":
        sampler, scheduler = sampler_and_scheduler(value, None)
        if scheduler:
            raise PlanRefused(f"{value!r} names a sampler and a scheduler; a plan varies one of them")
        return sampler or value.strip()
    if name == "scheduler":
        return sampler_and_scheduler(None, value)[1] or value.strip()
    # Servers list detectors with their ending, and some have none.
    return value.strip() if name == "detector" else file_stem(value) or value.strip()
