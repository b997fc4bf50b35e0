"""A table over the whole library, kept and brought level with the index by what changed, to the last digit."""

from collections.abc import Callable, Mapping

import numpy as np
from msgspec import Struct

from learning_core.index.columns import Column
from learning_core.stats.crosstab import Cells, Sample, added, changed, table

Columns = Mapping[str, Column]
"""Columns of the index by name, of some jobs; a row a job."""

_FEW = 4
"""More than one in so many jobs to count again is not worth taking out of the table first."""


class KeptTable(Struct, frozen=True, eq=False):
    """The cells, and what they were counted from: columns, and the groups' members as in `stats.crosstab`."""

    cells: Cells
    columns: Columns
    starts: Column
    members: Column


def brought_level(
    kept: KeptTable | None, columns: Columns, starts: Column, members: Column, sample: Callable[[Columns], Sample]
) -> KeptTable:
    """Return the table of what `sample` makes of the columns, from a table of fewer or other jobs if there is one.

    Rows are only ever added to columns, never taken away. Jobs of one cluster must be of one `prompt`: all jobs of
    every prompt that a change touches are counted again.
    """
    difference = None
    if kept is not None and _begins(starts, kept.starts) and _begins(members, kept.members):
        difference = _difference(kept, columns, starts, members, sample)
    if kept is None or difference is None:
        cells = table(sample(columns), starts, members)
    else:
        cells = added(kept.cells, difference) if len(difference) else kept.cells
    return KeptTable(cells, columns, starts, members)


def _difference(
    kept: KeptTable, columns: Columns, starts: Column, members: Column, sample: Callable[[Columns], Sample]
) -> Cells | None:
    """Return what to add to the table; None when too much changed."""
    rows = _changed(kept.columns, columns)
    before, after = kept.columns["prompt"], columns["prompt"]
    prompts = np.unique(np.concatenate([before[rows[rows < len(before)]], after[rows]]))
    new = np.flatnonzero(np.isin(after, prompts))
    old = new[new < len(before)] if _is_same(before, after) else np.flatnonzero(np.isin(before, prompts))
    if len(new) * _FEW > len(after):
        return None
    parts = ((kept.columns, old), (columns, new))
    return changed(*(table(sample(_rows(every, some)), starts, members) for every, some in parts))


def _changed(before: Columns, after: Columns) -> Column:
    """Return the rows that are new or differ in any column."""
    shared = len(before["prompt"])
    differs = np.zeros(len(after["prompt"]), bool)
    differs[shared:] = True
    for name, column in after.items():
        if not _is_same(before[name], column):
            differs[:shared] |= column[:shared] != before[name]
    return np.flatnonzero(differs)


def _is_same(before: Column, after: Column) -> bool:
    """Tell whether the rows of both are the same: what `index.loaded` handed out of an array never changes in it."""
    return after.base is not None and after.base is before.base


def _rows(columns: Columns, rows: Column) -> Columns:
    return {name: column[rows] for name, column in columns.items()}


def _begins(numbers: Column, beginning: Column) -> bool:
    return numbers is beginning or np.array_equal(numbers[: len(beginning)], beginning)
