"""Columns that answers look up for the same jobs, once more row by row: all that is asked of a job lies in one place.

Few of many jobs are scattered over every column, and fetching what lies apart takes most of the time of a question.
"""

import numpy as np

from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot

LOOKED_UP_TOGETHER = (
    "time", "judged_at", "prompt", "lora_set", "checkpoint", "sampler", "scheduler", "steps", "cfg_scale", "size",
    "rated", "liked", "rating_sum", "rating_squares", "selected", "rejected",
)  # fmt: skip
"""The settings that most questions are about, and the judgements; the widest first, so that few bytes are padding."""

FEW = 1 << 15
"""So many rows fit into the cache of a processor; more are found as quickly in columns."""

_ROWS_AT_ONCE = 1 << 13


def row_store(snapshot: Snapshot) -> Column:
    """Return the columns as fields of one array, a row a job; worked out once for each state of the index."""
    return snapshot.derived("row store", lambda: _row_by_row(snapshot))


def _row_by_row(snapshot: Snapshot) -> Column:
    columns = {name: snapshot.column(name) for name in LOOKED_UP_TOGETHER}
    found = np.empty(snapshot.jobs, np.dtype([(name, each.dtype) for name, each in columns.items()], align=True))
    for begin in range(0, snapshot.jobs, _ROWS_AT_ONCE):
        some = slice(begin, begin + _ROWS_AT_ONCE)
        for name, each in columns.items():
            found[name][some] = each[some]
    return found
