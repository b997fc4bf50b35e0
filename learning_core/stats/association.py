"""How far two parameters moved together: the bias-corrected Cramér's V of two numberings of the same rows."""

import numpy as np

from learning_core.stats.grouping import Counts, Numbers, distinct

_LARGEST_TABLE = 1 << 22


def cramers_v(first: Numbers, second: Numbers) -> float:
    """Return the association of two numberings (0 or more) of the same rows, from 0, none, to 1, one tells the other.

    1 also where only the finer numbering tells the coarser one. Bergsma (2013), "A bias-correction for Cramér's V and
    Tschuprow's T": φ² less its expectation (r - 1)(c - 1)/(n - 1) without any association, on a scale that is
    corrected likewise. 0 where either has one value, or as many values as rows: nothing is known then.
    """
    rows, row = distinct(first)
    columns, column = distinct(second)
    n, r, c = len(row), len(rows), len(columns)
    if n < 2 or r < 2 or c < 2:
        return 0.0
    cells, sizes = _cells(row * c + column, r * c)
    expected = np.bincount(row, minlength=r)[cells // c] * np.bincount(column, minlength=c)[cells % c]
    phi = float(np.sort(sizes.astype(np.float64) ** 2 / expected).sum()) - 1.0
    corrected = max(0.0, phi - (r - 1) * (c - 1) / (n - 1))
    scale = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1.0
    return min(1.0, (corrected / scale) ** 0.5) if scale > 1e-9 else 0.0


def _cells(codes: Counts, total: int) -> tuple[Counts, Counts]:
    """Return the cells of a table that hold rows, and how many."""
    if total <= _LARGEST_TABLE:
        sizes = np.bincount(codes, minlength=total)
        cells = np.flatnonzero(sizes)
        return cells, sizes[cells]
    return np.unique(codes, return_counts=True)
