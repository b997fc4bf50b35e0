"""Days, weeks and months in UTC: where each begins, and which are absent between others."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from learning_core.answers.answer import Period
from learning_core.answers.trend_answer import TimeOf
from learning_core.index.columns import Column

TIME_COLUMNS: dict[TimeOf, str] = {"made": "time", "judged": "judged_at"}
"""The column of the index that holds when a job was made, or when the last word was said of it."""

DAY = 86_400.0
_LAST_TIME = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
_MONTH, _DATE = "datetime64[M]", "datetime64[D]"


def known_times(time: Column) -> Column:
    """Return a mask of the times, in seconds since 1970, that lie in the calendar."""
    return (time > 0) & (time < _LAST_TIME)


def period_starts(days: Column, per: Period) -> Column:
    """Return the first day of the period of each day since 1970, which began on a Thursday; weeks begin on Monday."""
    if per == "week":
        days = (days + 3) // 7 * 7 - 3
    dates = days.astype(_DATE)
    return dates.astype(_MONTH).astype(_DATE) if per == "month" else dates


def gaps(starts: Sequence[str], per: Period) -> list[tuple[str, str, int]]:
    """Return the runs of periods that are absent between ascending ones: the first, the last, how many.

    Periods are given and returned by their first day.
    """
    if len(starts) < 2:
        return []
    numbers = _numbers(np.array(starts, _DATE), per)
    steps = np.diff(numbers)
    found = []
    for place in np.flatnonzero(steps > 1).tolist():
        ends = _first_days(np.array([numbers[place] + 1, numbers[place + 1] - 1]), per)
        first, last = np.datetime_as_string(ends).tolist()
        found.append((first, last, int(steps[place]) - 1))
    return found


def _numbers(starts: Column, per: Period) -> Column:
    """Return the periods numbered without gaps."""
    if per == "month":
        return starts.astype(_MONTH).astype(np.int64)
    days = starts.astype(np.int64)
    return (days + 3) // 7 if per == "week" else days


def _first_days(numbers: Column, per: Period) -> Column:
    if per == "month":
        return numbers.astype(_MONTH).astype(_DATE)
    days = numbers * 7 - 3 if per == "week" else numbers
    return days.astype(_DATE)
