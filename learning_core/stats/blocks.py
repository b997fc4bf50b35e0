"""The difference of two arms inside blocks, each of which is one prompt or a part of one (statistics.md 5).

Where every stratum is a single prompt, its images show no error between prompts; the blocks' differences do.
"""

import numpy as np

from learning_core.stats.adjusted import Difference, Rows
from learning_core.stats.grouping import Counts, Numbers, distinct


def difference_within_blocks(rows: Rows, block: Numbers) -> Difference:
    """Return A − B averaged over blocks that both arms have, with the weights n_A n_B / (n_A + n_B).

    `block` is a number from 0 for each row, −1 for none; a block lies inside one prompt. `s` of the rows may be any
    whole number, such as a sum of stars. The variance is that of the blocks' deviations from the common difference,
    summed by prompt, times G / (G − 1) for G prompts. Rows in another order give the same bytes if blocks and prompts
    keep their numbers.
    """
    known = np.flatnonzero(block >= 0)
    blocks, place = distinct(block[known].astype(np.int64))
    cell = 2 * place + rows.arm[known]
    n, s = (_sums(cell, column[known], 2 * len(blocks)).reshape(-1, 2) for column in (rows.n, rows.s))
    both = np.flatnonzero(n.min(axis=1) > 0)
    if not len(both):
        return Difference(0.0, 0.0, 0, 0.0, 0)
    prompt = np.zeros(len(blocks), np.int64)
    prompt[place] = rows.prompt[known]
    images = np.maximum(_sums(rows.arm, rows.n, 2), 1)
    covered = float((n[both].sum(axis=0) / images).min())
    share = s[both] / n[both]
    omega = n[both, 0] * n[both, 1] / n[both].sum(axis=1)
    omega /= omega.sum()
    differences = share[:, 0] - share[:, 1]
    value = float((omega * differences).sum())
    prompts, of_block = distinct(prompt[both])
    pull = np.bincount(of_block, omega * (differences - value), len(prompts))
    variance = float((pull * pull).sum()) * len(prompts) / max(1, len(prompts) - 1)
    return Difference(value, variance**0.5, len(prompts), covered, len(prompts))


def _sums(place: Numbers, numbers: Numbers, places: int) -> Counts:
    return np.bincount(place, numbers, places).astype(np.int64)
