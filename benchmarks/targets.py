"""What each figure should reach, and the table that says whether it does."""

from collections.abc import Sequence

from msgspec import Struct

from benchmarks import asked
from benchmarks.figure import Figure


class Target(Struct, frozen=True):
    """Bounds for the figures of one subject whose name and peer begin so; what is None is not bounded.

    `ratio` bounds ours / peer, `most` the median in the figure's unit, `p99` the 99th percentile, `spread` the
    99th percentile over the median.
    """

    subject: str
    name: str = ""
    peer: str = ""
    ratio: float | None = None
    most: float | None = None
    p99: float | None = None
    spread: float | None = None

    def fits(self, figure: Figure) -> bool:
        """Tell whether a figure is meant."""
        return (
            figure.subject == self.subject
            and figure.name.startswith(self.name)
            and figure.peer_name.startswith(self.peer)
        )

    def is_met(self, figure: Figure) -> bool:
        """Tell whether a figure keeps all bounds."""
        slowest = figure.ours if figure.p99 is None else figure.p99
        pairs = (
            (figure.ratio, self.ratio),
            (figure.ours, self.most),
            (slowest, self.p99),
            (slowest / figure.ours if figure.ours else 0.0, self.spread),
        )
        return all(bound is None or value <= bound for value, bound in pairs)

    def text(self, unit: str) -> str:
        """Return the bounds as the table shows them."""
        parts = [
            f"{name} {bound:g}{what}"
            for name, bound, what in (
                ("≤", self.ratio, "x"),
                ("≤", self.most, f" {unit}"),
                ("p99 ≤", self.p99, f" {unit}"),
                ("p99 ≤", self.spread, "x p50"),
            )
            if bound is not None
        ]
        return ", ".join(parts)


TARGETS = (
    Target("append", "append_lines, acknowledged, p50", "bare os.write", ratio=12, most=100),
    Target("append", "append_lines, acknowledged, p99", "bare os.write", most=1_000),
    Target("append", "durable, p50", "write + fsync", ratio=1.15),
    Target("index build", "processor", "DuckDB read_json, all fields", ratio=3),
    Target("index build", "peak memory", "DuckDB read_json, all fields", most=350),
    Target("index build", "size", "DuckDB read_json, all fields", most=18),
    Target("new record", "append until", most=10),
    Target("questions", asked.FILTERED, "DuckDB", ratio=0.35, most=10, spread=3),
    Target("questions", asked.COUNTS_FILTERED, "DuckDB", ratio=0.35, most=10, spread=3),
    Target("questions", asked.KEYWORD_BY_CHECKPOINT, "DuckDB", ratio=0.25),
    Target("questions", asked.CHECKPOINT_BY_LORA, "DuckDB", ratio=0.25),
    Target("questions", asked.BY_DAY, "DuckDB", ratio=1),
    Target("questions", asked.BY_MONTH, "DuckDB", ratio=1),
    Target("questions", "page 1 ", "DuckDB", most=2),
    Target("questions", "page ", "DuckDB", most=5),
    Target("questions", "text, ", "DuckDB", most=15),
    Target("from counts", "a keyword by checkpoint", p99=8),
    Target("from counts", "models of", most=3_000),
    Target("cold start", "first what_works answer", "empty", ratio=1.4),
    Target("cold start", "first what_works answer", "the same at", ratio=1.3),
    Target("server memory", "one server, PSS", most=250),
    Target("server memory", "asked ", ratio=1.1),
    Target("growth", "", ratio=1.5),
    Target("widening", "one facet", most=10),
    Target("widening", "terms of", ratio=1),
    Target("widening", "start to the first answer", ratio=1.05),
    Target("widening", "server RSS, table unused", ratio=1.05),
)
"""The first that fits a figure counts."""


def target_of(figure: Figure) -> Target | None:
    """Return what a figure should reach, None when nothing was set."""
    return next((target for target in TARGETS if target.fits(figure)), None)


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table with targets and marks."""
    head = ("figure", "unit", "whatworks", "p99", "peer", "", "p99", "ratio", "target", "met")
    rows = [_row(figure) for figure in figures]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [head, tuple("-" * width for width in widths), *rows]
    padded = (" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(f"| {line} |" for line in padded)


def _row(figure: Figure) -> tuple[str, ...]:
    target = target_of(figure)
    ratio = f"{figure.ratio:.2f}" + (" (higher is better)" if figure.better == "higher" else "")
    return (
        f"{figure.subject}: {figure.name}",
        figure.unit,
        _short(figure.ours),
        _short(figure.p99),
        figure.peer_name,
        _short(figure.peer),
        _short(figure.peer_p99),
        ratio,
        target.text(figure.unit) if target else "",
        ("yes" if target.is_met(figure) else "no") if target else "",
    )


def as_json(figure: Figure) -> dict[str, object]:
    """Return a figure with its target as a JSON object."""
    target = target_of(figure)
    marks = {"target": target.text(figure.unit), "met": target.is_met(figure)} if target else {}
    return figure.as_json() | marks


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"
