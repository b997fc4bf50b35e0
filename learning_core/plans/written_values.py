"""Values and settings as a person writes them: lists, ranges, name=value."""

from collections.abc import Sequence
from typing import Any

from learning_core.errors import PlanRefused
from learning_core.plans.parameters import BY_NAME, Focus, Stage, checked_value, stage_of
from learning_core.plans.values import exact_range
from learning_core.text.names import parameter


def values_of(focus: Focus, text: str, *, step: float | None = None, lora: str | None = None) -> tuple[Any, ...]:
    """Return the values in `20,30,40`, `20..40` with a step, or `Euler a,DPM++ 2M`, checked.

    For a LoRA the values are weights of the one that is named. Raises PlanRefused.
    """
    kind = focus.parameter.kind
    if kind in ("resource", "size"):
        return tuple(checked_value(focus, part.strip()) for part in text.split(",") if part.strip())
    numbers = _numbers(text, step)
    if kind != "lora":
        return tuple(checked_value(focus, number) for number in numbers)
    if not lora:
        raise PlanRefused("say whose weights are tried: the name of a LoRA")
    return tuple(checked_value(focus, {"name": lora, "weight": number}) for number in numbers)


def fixed_settings(written: Sequence[str], stage: Stage) -> list[tuple[Focus, Any]]:
    """Return the settings in texts such as `steps=28`, `upscale.scale=2`, `checkpoint=coast` or `lora=film@0.6`.

    What names no stage is of this one. Raises PlanRefused.
    """
    return [_fixed(each, stage) for each in written]


def _fixed(written: str, stage: Stage) -> tuple[Focus, Any]:
    name, equals, value = written.partition("=")
    prefix, _, last = name.strip().rpartition(".")
    found = BY_NAME.get(parameter(last))
    if not equals or found is None:
        raise PlanRefused(f"{written!r} is no setting: write NAME=VALUE, with NAME of {', '.join(BY_NAME)}")
    own = stage_of(prefix) if prefix else found.stages[0] if found.shared and stage not in found.stages else stage
    if own not in found.stages:
        having = ", ".join(f"{each}.{found.name}" for each in found.stages)
        raise PlanRefused(f"{own} has no parameter {found.name}; write {having}")
    focus = Focus(own, found)
    if found.kind == "lora":
        lora, at, weight = value.rpartition("@")
        return focus, checked_value(focus, {"name": lora if at else value, "weight": _number(weight) if at else 1.0})
    numeric = found.kind in ("whole", "number")
    return focus, checked_value(focus, _number(value) if numeric else value.strip())


def _numbers(text: str, step: float | None) -> tuple[float, ...]:
    low, dots, high = text.partition("..")
    if not dots:
        return tuple(_number(part) for part in text.split(",") if part.strip())
    if step is None:
        raise PlanRefused(f"the range {text} needs a step")
    return exact_range(_number(low), _number(high), step)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise PlanRefused(f"{text.strip()!r} is no number") from None
