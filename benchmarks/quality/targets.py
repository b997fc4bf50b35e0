"""Figures with their targets, as lines of a table and as JSON."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict


class Target(Struct, frozen=True):
    """The range that a figure should be in, ends included."""

    low: float = float("-inf")
    high: float = float("inf")

    def __str__(self) -> str:
        if self.low == float("-inf"):
            return f"≤ {self.high:g}"
        return f"≥ {self.low:g}" if self.high == float("inf") else f"{self.low:g}–{self.high:g}"


class Figure(Struct, frozen=True):
    """One measured figure; `parts` are the figures that it sums up, by name, `of` how many cases are behind it."""

    subject: str
    name: str
    value: float
    target: Target | None = None
    parts: dict[str, float] | None = None
    of: int | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the figure is within its target; None without one."""
        if self.target is None:
            return None
        return self.target.low <= self.value <= self.target.high

    def as_json(self) -> dict[str, Any]:
        """Return the figure as a JSON object."""
        target = None if self.target is None else str(self.target)
        return asdict(self) | {"target": target, "is_met": self.is_met}


def table(figures: Sequence[Figure]) -> str:
    """Return figures as aligned lines, under the heading of each subject."""
    lines: list[str] = []
    width = max((len(figure.name) for figure in figures), default=0)
    for place, figure in enumerate(figures):
        if not place or figures[place - 1].subject != figure.subject:
            lines += ["", figure.subject]
        lines.append(_line(figure, width))
    return "\n".join(lines[1:])


def _line(figure: Figure, width: int) -> str:
    met = {None: "", True: "met", False: "NOT MET"}[figure.is_met]
    target = "" if figure.target is None else str(figure.target)
    parts = "  ".join(f"{name} {value:.3f}" for name, value in (figure.parts or {}).items())
    cases = "" if figure.of is None else f"of {figure.of:,}  "
    return f"  {figure.name:<{width}}  {figure.value:>8.4f}  {target:<12} {met:<8} {cases}{parts}".rstrip()
