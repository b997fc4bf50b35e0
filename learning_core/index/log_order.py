"""The order of the log over all its files: position, then the file's name, then the byte offset."""

from collections.abc import Mapping

import numpy as np

from learning_core.index.columns import Column


def log_ranks(names: Mapping[int, str], *places: Column) -> list[Column]:
    """Return the rank of each line among all lines given, from 0.

    `places` are rows of `columns.PLACE` or `columns.EVENT`, `names` the names of the log files by number.
    """
    by_name = {number: rank for rank, number in enumerate(sorted(names, key=names.__getitem__))}
    table = np.zeros(max(names, default=0) + 1, np.int64)
    table[list(by_name)] = list(by_name.values())
    position, file, offset = (
        np.concatenate([each[field] for each in places]) for field in ("position", "file", "offset")
    )
    order = np.lexsort((offset, table[file], position))
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    ends = np.cumsum([len(each) for each in places])
    return np.split(ranks, ends[:-1])
