"""The values that a plan tries: exact inclusive ranges, and single values as lists of one."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from learning_core.errors import PlanRefused
from learning_core.text.names import number_text

VariantValue = int | float | str | dict[str, int | float | str]
"""One tried value: a number, a name, one LoRA as `{"name", "weight"}`, or all settings of one row of a screen."""

MOST_VALUES = 100
"""Most values that one range may have."""


def exact_range(start: float, end: float, step: float) -> tuple[float, ...]:
    """Return the values from `start` to `end`, both included, computed in decimals: 0.5, 1.5, 0.1 gives 11.

    Where the last step does not meet `end`, the range stops before it. Raises PlanRefused for a step that is not above
    0, a range that runs backwards, or more than MOST_VALUES values.
    """
    first, last, width = (Decimal(number_text(each)) for each in (start, end, step))
    if width <= 0:
        raise PlanRefused(f"the step {number_text(step)} of a range must be above 0")
    if last < first:
        raise PlanRefused(
            f"the range {number_text(start)} to {number_text(end)} runs backwards; give the low end first"
        )
    count = int((last - first) / width) + 1
    if count > MOST_VALUES:
        raise PlanRefused(f"the range has {count} values, more than {MOST_VALUES}; choose a larger step")
    return tuple(float(first + width * place) for place in range(count))


def as_values(given: VariantValue | Sequence[VariantValue] | Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what was given for the values of a plan as a tuple in its order; a single value becomes a tuple of it."""
    if isinstance(given, list | tuple):
        return tuple(given)
    return (given,)


def value_text(value: Any) -> str:
    """Return a tried value as people write it: 7 for 7.0, film@0.6 for a LoRA, steps 20, cfg_scale 5 for a row."""
    if isinstance(value, Mapping):
        if set(value) == {"name", "weight"}:
            return f"{value['name']}@{number_text(float(value['weight']))}"
        return ", ".join(f"{name} {value_text(each)}" for name, each in value.items())
    if isinstance(value, int | float):
        return number_text(float(value))
    return str(value)
