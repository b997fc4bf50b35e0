"""The judged images of a parameter's values, counted as the model of the parameter takes them."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np

from learning_core.answers.breakdown import Levels
from learning_core.answers.evidence import WHOLE, Evidence
from learning_core.index.columns import Column
from learning_core.stats.grouping import sums_of_runs, tally
from learning_core.stats.subject import Images


def images_of_levels(evidence: Evidence, levels: Levels, number: Column) -> Images:
    """Return the images of each level, whose numbers in the model are given; those that weigh less count in part."""
    if evidence.weighed is None:
        return whole_images(evidence, levels, number)
    images, good = evidence.weighed
    rows = levels.rows
    counts = tally(levels.group, evidence.clusters[rows], images[rows], good[rows])
    squares = WHOLE * WHOLE
    # The mean of the stars is that of all images: it tells of them what they weigh.
    stars = levels.stars * (counts.n / WHOLE) / levels.tally.n
    r = _squares(evidence, levels, images) / squares
    return Images(number, counts.n / WHOLE, counts.s / WHOLE, counts.q / squares, stars, r)


def whole_images(evidence: Evidence, levels: Levels, number: Column) -> Images:
    """Return the images of each level, whatever they weigh."""
    counts = levels.tally
    once = len(levels.rows) == len(levels.known) == len(evidence.images)
    r = evidence.squares if once else _squares(evidence, levels, evidence.images)
    return Images(number, counts.n, counts.s, counts.q, levels.stars, r)


def _squares(evidence: Evidence, levels: Levels, images: Column) -> int:
    """Return Σ n_p² over prompts, an image counted once for each of its levels."""
    times = np.bincount(levels.rows, minlength=len(images))
    of_prompts = sums_of_runs(images * times, evidence.cluster_starts)
    return int((of_prompts * of_prompts).sum())


def images_inside(
    evidence: Evidence, levels: Sequence[Levels], numbers: Sequence[Column], inside: Column
) -> list[Images]:
    """Return the images of the rows that a mask holds, for several parameters, one at least; `r` is left out.

    All are counted at once: arrays of a few levels each cost more to begin with than to go through.
    """
    rows = np.concatenate([each.rows for each in levels])
    begins = list(accumulate((len(each.names) for each in levels), initial=0))
    sizes = [len(each.rows) for each in levels]
    group = np.concatenate([each.group for each in levels], dtype=np.int64) + np.repeat(begins[:-1], sizes)
    kept = inside[rows].nonzero()[0]
    if not len(kept):
        nothing = np.zeros(0, np.int64)
        return [Images(nothing, nothing, nothing, nothing, nothing, 0)] * len(levels)
    rows, group = rows[kept], group[kept]
    counts = tally(group, evidence.clusters[rows], evidence.images[rows], evidence.good[rows])
    stars = np.add.reduceat(evidence.star_sums()[rows], counts.first)
    present = group[counts.first]
    number = np.concatenate(numbers)[present]
    ends = present.searchsorted(begins).tolist()
    parts = [slice(low, high) for low, high in pairwise(ends)]
    return [Images(number[each], counts.n[each], counts.s[each], counts.q[each], stars[each], 0) for each in parts]
