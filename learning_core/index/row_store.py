"""Columns that answers look up for the same jobs, once more row by row: all that is asked of a job lies in one place.

Few of many jobs are scattered over every column, and fetching what lies apart takes most of the time of a question.
"""

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot

LOOKED_UP_TOGETHER = (
    "time", "judged_at", "prompt", "lora_set", "checkpoint", "sampler", "scheduler", "steps", "cfg_scale", "size",
    "rated", "liked", "rating_sum", "rating_squares", "selected", "rejected",
)  # fmt: skip
"""The settings that most questions are about, and the judgements; the widest first, so that few bytes are padding."""

FEW = 1 << 15
"""So many rows fit into the cache of a processor; more are found as quickly in columns."""

_MOST_CHANGED = 1 << 12
_ROWS_AT_ONCE = 1 << 13


class RowStore(Struct, frozen=True, eq=False):
    """The columns as fields of one array, as they were at a generation of the index; `newer` are rows that differ now.

    These ascend, and rows that were added are among them; `theirs` holds what they are now.
    """

    generation: int
    values: Column
    newer: Column
    theirs: Column

    def take(self, rows: Column) -> Column:
        """Return some rows, given by their numbers."""
        if not len(self.newer):
            return self.values.take(rows)
        found = self.values.take(rows, mode="clip")
        place = np.minimum(self.newer.searchsorted(rows), len(self.newer) - 1)
        changed = (self.newer[place] == rows).nonzero()[0]
        found[changed] = self.theirs[place[changed]]
        return found


def row_store(snapshot: Snapshot) -> RowStore:
    """Return the columns of all jobs, row by row; after few changes it is not made anew."""

    def made(before: RowStore | None) -> RowStore:
        columns = {name: snapshot.column(name) for name in LOOKED_UP_TOGETHER}
        kind = np.dtype([(name, each.dtype) for name, each in columns.items()], align=True)
        if before is not None and before.values.dtype == kind:
            changed = snapshot.changed_rows(before.generation)
            if changed is not None:
                known = len(before.values)
                newer = np.concatenate([changed[: changed.searchsorted(known)], np.arange(known, snapshot.jobs)])
                if len(newer) < min(_MOST_CHANGED, known):
                    theirs = _row_by_row({name: each[newer] for name, each in columns.items()}, kind)
                    return RowStore(before.generation, before.values, newer, theirs)
        nothing = np.zeros(0, np.int64)
        return RowStore(snapshot.generation, _row_by_row(columns, kind), nothing, np.zeros(0, kind))

    return snapshot.carried("row store", made)


def _row_by_row(columns: dict[str, Column], kind: npt.DTypeLike) -> Column:
    rows = len(columns[LOOKED_UP_TOGETHER[0]])
    found = np.empty(rows, kind)
    for begin in range(0, rows, _ROWS_AT_ONCE):
        some = slice(begin, begin + _ROWS_AT_ONCE)
        for name, each in columns.items():
            found[name][some] = each[some]
    return found
