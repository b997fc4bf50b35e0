"""What a comparison of two settings gives up first when it is too large."""

from collections.abc import Callable

from learning_core.answers.settings_comparison import FactorCheck, SettingsComparison
from server.mcp.stepping import by_steps, left_out, noted

_OBJECTING_FIRST = ("always_together", "mostly_together", "confounded", "inconclusive", "unchecked", "passed")
_SIZES = ((12, 12), (8, 12), (5, 8), (3, 5), (2, 3), (1, 1), (0, 0))
"""Checks at equal values, and lines of `why`, that are kept."""


def shorter_comparison(whole: SettingsComparison) -> Callable[[SettingsComparison], SettingsComparison | None]:
    """Return the shortener of a comparison: fewer checks, those that object last to go, and fewer reasons."""

    def cut(size: tuple[int, int]) -> SettingsComparison:
        checks, reasons = size
        kept = whole.at_equal
        if checks < len(kept):
            kept = sorted(kept, key=_weight)[:checks]
        notes = noted(
            whole.notes,
            left_out(len(kept), len(whole.at_equal), "checks are listed, those that object first"),
            left_out(min(reasons, len(whole.why)), len(whole.why), "lines of `why` are given"),
        )
        return whole.model_copy(update={"at_equal": kept, "why": whole.why[:reasons], "notes": notes})

    return by_steps(_SIZES, cut)


def _weight(check: FactorCheck) -> int:
    return _OBJECTING_FIRST.index(check.outcome)
