"""The ratings of jobs as small numbers: of the many jobs of a library few differ in theirs."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from learning_core.index.columns import Column

Pair = tuple[int, int]
"""Of a job: images rated, and the sum of their stars."""


class Ratings(Struct, frozen=True):
    """`pairs` are the different ones, `codes` the place of each job's pair among them."""

    codes: Column
    pairs: list[Pair]


def ratings_of(rated: Column, stars: Column, known: Sequence[Pair]) -> Ratings:
    """Return the ratings of jobs, given two columns; pairs that were known keep their places."""
    width = int(rated.max(initial=0)) + 1
    numbers = stars.astype(np.int64) * width + rated
    most = int(numbers.max(initial=0))
    present = np.flatnonzero(np.bincount(numbers)) if most < _FEW else np.unique(numbers)
    found = [(number % width, number // width) for number in present.tolist()]
    pairs = list(dict.fromkeys([*known, *found]))
    places = np.array([pairs.index(pair) for pair in found], np.min_scalar_type(len(pairs)))
    if most < _FEW:
        code_of = np.zeros(most + 1, places.dtype)
        code_of[present] = places
        return Ratings(code_of[numbers], pairs)
    return Ratings(places[np.searchsorted(present, numbers)], pairs)


_FEW = 2**16
"""Numbers below it are looked up in a table."""
