"""One number that the quality benchmark found, what it should be, and the table of such numbers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule reached in a test; `least` and `most` bound what it should reach, None where nothing was set."""

    test: str
    case: str
    rule: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target was met, None without one."""
        if self.least is None and self.most is None:
            return None
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)

    @property
    def target(self) -> str:
        """The bounds as the table shows them."""
        if self.least is not None and self.most is not None:
            return f"{self.least:g} to {self.most:g}"
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}" if self.most is not None else ""

    def as_json(self) -> dict[str, object]:
        """Return the finding as a JSON object."""
        return asdict(self) | {"value": round(self.value, 6), "met": self.met}


def table(findings: Sequence[Finding]) -> str:
    """Return findings as a Markdown table."""
    marks = {None: "", True: "yes", False: "no"}
    rows = [("test", "case", "rule", "found", "target", "met"), ("-",) * 6]
    rows += [
        (each.test, each.case, each.rule, f"{each.value:.4f}", each.target, marks[each.met]) for each in findings
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    lines = []
    for row in rows:
        fill = "-" if row[0] == "-" else " "
        lines.append("| " + " | ".join(cell.ljust(width, fill) for cell, width in zip(row, widths, strict=True)) + " |")
    return "\n".join(lines)
