"""The factors of a screen: their levels, and which variants have each."""

from msgspec import Struct

from learning_core.plans.learning_plan import LearningPlan


class Factor(Struct, frozen=True):
    """One varied setting of a screen: its levels in the order in which they appear, and the variants of each."""

    name: str
    levels: tuple[int | float | str, ...]
    rows: tuple[tuple[int, ...], ...]


def factors_of(plan: LearningPlan) -> list[Factor]:
    """Return the factors of a screen, each with two levels or more."""
    factors = []
    for focus in plan.foci:
        name = str(focus)
        of_variant = [value[name] for value in plan.variant_values if isinstance(value, dict)]
        levels = tuple(dict.fromkeys(of_variant))
        rows = tuple(tuple(place for place, each in enumerate(of_variant) if each == level) for level in levels)
        factors.append(Factor(name, levels, rows))
    return [factor for factor in factors if len(factor.levels) > 1]
