"""What a summary of trends gives up first when it is too large."""

from collections.abc import Callable

from msgspec import Struct

from learning_core.answers.trend_answer import Change, TrendSummary
from server.mcp.stepping import by_steps, left_out, noted

_NEWEST = "the figures of the others are in the total; ask with `where` and after: or before: for them"


class _Size(Struct, frozen=True):
    """What is kept: periods, groups beside the others, checks of each change, lines of `why`, gaps."""

    periods: int
    groups: int
    checks: int
    reasons: int
    gaps: int


def shorter_trends(
    ask: Callable[[int, int], TrendSummary], periods: int, groups: int
) -> Callable[[TrendSummary], TrendSummary | None]:
    """Return the shortener of a summary that was asked for with so many periods and groups.

    `ask` gives the same summary with fewer of both, so that its totals stay right.
    """

    def cut(size: _Size) -> TrendSummary:
        answer = ask(size.periods, size.groups)
        notes = noted(
            answer.notes,
            left_out(answer.shown, min(periods, answer.periods_total), "periods are shown, the newest", _NEWEST),
            left_out(size.groups, groups, "values are shown apart") if answer.split else "",
            left_out(size.checks, _most_checks(answer), "checks at most are listed for each change"),
            left_out(size.reasons, len(answer.why), "lines of `why` are given"),
            left_out(size.gaps, len(answer.gaps), "gaps are listed"),
        )
        changes = [_with_fewer_checks(change, size.checks) for change in answer.changes]
        gaps = answer.gaps[-size.gaps :] if size.gaps else []
        short = {"changes": changes, "why": answer.why[: size.reasons], "gaps": gaps, "notes": notes}
        return answer.model_copy(update=short)

    return by_steps(_sizes(periods, groups), cut)


def _sizes(periods: int, groups: int) -> list[_Size]:
    kept = [_Size(periods, groups, checks, 4, 5) for checks in (4, 2)]
    kept += [_Size(max(periods // part, 1), max(groups - part + 1, 1), 2, 2, 2) for part in (2, 3, 4, 6, 8)]
    return [*kept, *(_Size(max(periods // part, 1), 1, 1, 1, 1) for part in (10, 16, 30, 60)), _Size(1, 1, 0, 0, 0)]


def _most_checks(answer: TrendSummary) -> int:
    return max((len(change.adjusted) for change in answer.changes), default=0)


def _with_fewer_checks(change: Change, checks: int) -> Change:
    return change.model_copy(update={"adjusted": change.adjusted[:checks], "evidence": change.evidence[: checks or 1]})
