"""Rows of two arms, written as a table."""

import numpy as np

from learning_core.stats.stratified import Rows

Cell = tuple[int, int, int, int, int]


def table(cells: list[Cell]) -> tuple[Rows, np.ndarray]:
    arm, prompt, n, s, stratum = (np.array(column) for column in zip(*cells, strict=True))
    return Rows(arm, prompt, n, s), stratum


def images(arm: int, stratum: int, good: int, total: int) -> list[Cell]:
    """Images of one arm and stratum, each of a prompt of its own."""
    first = 10_000 * arm + 1_000 * stratum
    return [(arm, first + number, 1, int(number < good), stratum) for number in range(total)]
