"""Ridge regression on many columns of which a row has few entries, as prompts have words, by conjugate gradients."""

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts

PARTS = 1 << 24
"""Sums over rows are taken in these parts, as whole numbers: the order of rows shows in no digit."""

_MOST_STEPS = 100


class Design(Struct, frozen=True, eq=False):
    """A matrix by its entries: the row and the column of each, from 0. All entries of a row are `value[row]`."""

    row: Counts
    column: Counts
    value: Reals
    columns: int

    def of_rows(self, coefficients: Reals) -> Reals:
        """Return the matrix times coefficients, one for each column."""
        return self.value * np.bincount(self.row, coefficients[self.column], len(self.value))


def ridge(design: Design, weight: Reals, target: Reals, penalty: float = 1.0, *, close_enough: float = 1e-7) -> Reals:
    """Return the coefficients β that make Σ weight·(target − Xβ)² + penalty·Σ β² least (Hoerl and Kennard 1970).

    `weight` (0 or more) and `target` have one element for each row. Found by conjugate gradients (Hestenes and Stiefel
    1952), scaled by the diagonal, until what is left is that part of what there was.
    """

    def of_columns(of_rows: Reals) -> Reals:
        parts = np.rint((weight * of_rows)[design.row] * PARTS)
        return np.bincount(design.column, parts, design.columns).astype(np.float64) / PARTS

    def applied(coefficients: Reals) -> Reals:
        return penalty * coefficients + of_columns(design.value * design.of_rows(coefficients))

    found = np.zeros(design.columns)
    left = of_columns(design.value * target)
    diagonal = penalty + of_columns(design.value * design.value)
    direction = left / diagonal
    size = first = _product(left, direction)
    for _ in range(_MOST_STEPS):
        if size <= close_enough**2 * first:
            break
        image = applied(direction)
        step = size / _product(direction, image)
        found, left = found + step * direction, left - step * image
        before, size = size, _product(left, left / diagonal)
        direction = left / diagonal + size / before * direction
    return found


def sum_of_rows(values: Reals) -> Reals:
    """Return the sum over the first axis, the same in any order of the rows."""
    found: Reals = np.rint(values * PARTS).sum(axis=0) / PARTS
    return found


def _product(first: Reals, second: Reals) -> float:
    """Return the inner product, by the same additions however many threads a library has."""
    return float((first * second).sum())
