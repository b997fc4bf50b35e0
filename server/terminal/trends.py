"""The answer to "is it getting better" as a person at a terminal likes to read it."""

from collections.abc import Iterator

from learning_core.answers.trend_answer import Change, HeldEqual, TrendFigures, TrendGap, TrendGroup, TrendSummary
from learning_core.text.wording import count, percent
from server.terminal.layout import paragraph, table
from server.terminal.matching import matched_by
from server.terminal.sparkline import sparkline
from server.untrusted import visible

NAME_CHARACTERS = 40
_HEAD = ("", "jobs", "good", "rating", "rated", "selected", "runtime", "")
_SPARE = (6, 5, 4)


def trends(answer: TrendSummary) -> str:
    """Return the whole answer: the sentence, the periods with their gaps, the values, the changes, notes."""
    lines = [paragraph(visible(answer.summary))]
    if answer.periods:
        lines += ["", *_periods(answer)]
    if answer.groups:
        lines += ["", *_groups(answer)]
    for change in answer.changes:
        lines += ["", *_change(change)]
    lines += matched_by(answer.terms)
    lines += ["", *(paragraph(f"Note: {visible(note)}") for note in answer.notes)]
    return "\n".join([*lines, paragraph(f"Next: {answer.next}")])


def _periods(answer: TrendSummary) -> list[str]:
    absent = iter([*answer.gaps])
    gap = next(absent, None)
    rows = []
    for period in answer.periods:
        while gap is not None and gap.first < period.start:
            rows.append(_gap_row(gap, answer.per))
            gap = next(absent, None)
        rows.append((period.start, *_figures(period), ""))
    hidden = answer.periods_total - answer.shown
    more = [f"  and {count(hidden, f'earlier {answer.per}')}; --limit shows them"] if hidden else []
    title = f"By {answer.per}, UTC  (good: {_sense(answer)}; runtime: median)"
    total = ("all", *_figures(answer.total), "")
    return [title, *table(_HEAD, [*rows, total], spare=_SPARE), *more, *_chart(answer)]


def _sense(answer: TrendSummary) -> str:
    return "selected of judged" if answer.outcome == "selected" else "rated 4 or 5"


def _gap_row(gap: TrendGap, per: str) -> tuple[str, ...]:
    return (gap.first, "-", "", "", "", "", "", f"{count(gap.periods, per)} without records")


def _figures(figures: TrendFigures) -> tuple[str, ...]:
    rate = f" ({percent(figures.selection_rate)})" if figures.selection_rate is not None else ""
    return (
        f"{figures.jobs:,}",
        "-" if figures.came_out_well is None else percent(figures.came_out_well),
        "-" if figures.mean_rating is None else f"{figures.mean_rating:.2f}",
        f"{figures.rated:,}",
        f"{figures.selected:,} of {figures.judged + figures.passed_over:,}{rate}" if figures.judged else "-",
        "-" if figures.median_runtime is None else f"{figures.median_runtime:g} s (n {figures.runtimes:,})",
    )


def _chart(answer: TrendSummary) -> Iterator[str]:
    if len(answer.periods) < 2:
        return
    good = [each.came_out_well for each in answer.periods]
    jobs = [float(each.jobs) for each in answer.periods]
    if any(each is not None for each in good):
        yield f"  good  |{sparkline(good, 0.0, 1.0)}|  0 to 100 %"
    yield f"  jobs  |{sparkline(jobs, 0.0, max(jobs))}|  up to {int(max(jobs)):,}"


def _groups(answer: TrendSummary) -> list[str]:
    starts = [each.start for each in answer.periods]
    rows = [(_name(group), *_figures(group.total), _share_chart(group, starts)) for group in answer.groups]
    return [f"By {answer.split}  (last column: good, by {answer.per})", *table(_HEAD, rows, spare=_SPARE)]


def _name(group: TrendGroup) -> str:
    if group.holds == "other_values":
        return f"{count(group.values, 'other value')}"
    return visible(group.name, NAME_CHARACTERS)


def _share_chart(group: TrendGroup, starts: list[str]) -> str:
    good = {each.start: each.came_out_well for each in group.periods}
    return f"|{sparkline([good.get(start) for start in starts], 0.0, 1.0)}|" if starts else ""


def _change(change: Change) -> list[str]:
    title = f"{change.compared.replace('_', ' ')}, {change.measure.replace('_', ' ')}: {_called(change)}"
    held = [*change.adjusted, *([change.repeats] if change.repeats else [])]
    head = ("at equal", "change", "95 % interval", "covered", "")
    rows = [_row(each, change) for each in held]
    return [title, paragraph(visible(change.sentence), "  "), *table(head, rows), f"  Reason: {change.reason}."]


def _called(change: Change) -> str:
    return f"{change.verdict.replace('_', ' ')} ({change.strength})"


def _row(held: HeldEqual, change: Change) -> tuple[str, ...]:
    factor, unit = (1.0, "stars") if change.measure == "mean_rating" else (100.0, "points")
    digits = 2 if unit == "stars" else 0
    if not held.covered:
        return (held.equal, "-", "-", percent(held.covered), held.outcome)
    value, low, high = (f"{factor * number:+.{digits}f}" for number in (held.change, held.low, held.high))
    return (held.equal, f"{value} {unit}", f"{low} to {high}", percent(held.covered), held.outcome)
