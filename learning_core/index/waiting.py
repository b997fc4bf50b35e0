"""Events that wait for a job that is not in the log yet: looked for once, then only among what is new."""

import sqlite3

import numpy as np
from msgspec import Struct

from learning_core.index.columns import Column, decode
from learning_core.index.judged import KINDS
from learning_core.index.keys import SortedKeys

_FEW = 64
"""So many jobs are looked up one by one; for more, all are sorted."""


class Waiting(Struct, frozen=True, eq=False):
    """The keys of the jobs that events wait for, one an event, by segment of events.

    Level with a generation of the index, which had so many `jobs`; `newest` are the keys of the jobs that the events
    of the last segment, a number, are about.
    """

    generation: int
    jobs: int
    missing: dict[int, Column]
    last: int
    newest: Column

    @property
    def count(self) -> int:
        """How many events wait."""
        return sum(map(len, self.missing.values()))


def waiting(
    sql: sqlite3.Connection, before: Waiting | None, generation: int, keys: Column, lookup: SortedKeys
) -> Waiting:
    """Return what waits at a generation of the index; `keys` are those of all jobs by row, `lookup` finds them."""
    before = before or Waiting(-1, 0, {}, -1, np.zeros(0, np.uint64))
    rows = sql.execute(
        "SELECT number, data FROM segment WHERE generation > ? AND field = 'event' ORDER BY number",
        (before.generation,),
    )
    changed = {number: about_jobs(decode(data, "event")).copy() for number, data in rows}
    arrived = keys[before.jobs :]
    missing = {number: kept[~np.isin(kept, arrived)] for number, kept in before.missing.items()}
    was_missing = missing.get(before.last, keys[:0])
    unknown = _unknown(_doubtful(changed, np.setdiff1d(before.newest, was_missing)), keys, lookup)
    for number, about in changed.items():
        missing[number] = about[np.isin(about, unknown)]
    last = max(changed, default=before.last)
    newest = changed.get(last, before.newest)
    return Waiting(generation, len(keys), {each: kept for each, kept in missing.items() if len(kept)}, last, newest)


def about_jobs(events: Column) -> Column:
    """Return the keys of the jobs that events are about; those of plans are about none."""
    found: Column = events["job"][events["kind"] != _PLAN]
    return found


_PLAN = KINDS.index("plan")


def _doubtful(changed: dict[int, Column], known: Column) -> Column:
    """Return the different keys that events of changed segments are about, but for the ones known to be jobs."""
    about = np.sort(np.concatenate([np.zeros(0, np.uint64), *changed.values()]))
    different = about[np.flatnonzero(np.append(True, about[1:] != about[:-1])[: len(about)])]
    return different[~np.isin(different, known)] if len(known) else different


def _unknown(wanted: Column, keys: Column, lookup: SortedKeys) -> Column:
    """Return which of the sorted keys are no job's."""
    if len(wanted) <= _FEW:
        return wanted[~np.isin(wanted, lookup.find(wanted)[0])]
    ordered = np.sort(keys)
    place = np.searchsorted(ordered, wanted)
    known = place < len(ordered)
    known[known] = ordered[place[known]] == wanted[known]
    return wanted[~known]
