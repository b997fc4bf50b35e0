"""Differences of two arms that are never surer than what is usual on a scale of outcomes allows.

However alike a few images came out, others may not: the errors of `stats.stratified` have a floor here.
"""

from math import fsum

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from learning_core.stats.difference_scale import Scale
from learning_core.stats.effective_numbers import effective, within_cluster_correlation
from learning_core.stats.given_words import SUSPECT, Words, given_words, made_by_words, words_of_arms
from learning_core.stats.grouping import Counts, Numbers
from learning_core.stats.stratified import PROMPTS_IN_STRATUM, Difference, Rows, stratified, within_blocks

_BEFORE = 3
_BLOCKS_BEFORE = 4.0


class Evenness(Struct, frozen=True):
    """What one image tells: its variance within an arm, and the effective images of A and of B."""

    image_variance: float
    effective_n: tuple[float, float]


def evenness(rows: Rows, good: Counts, squares: tuple[int, int], scale: Scale) -> Evenness:
    """Return what an image tells, given how many images of each row are good and Σ y² of each arm.

    Both arms have images.

    Images of one prompt and arm are partly the same evidence (statistics.md 3.2); the variance is pulled towards the
    scale's usual one as if by three images.
    """
    n, s = (np.bincount(rows.arm, each, 2).astype(np.int64) for each in (rows.n, rows.s))
    spread = fsum(squares[arm] - int(s[arm]) ** 2 / int(n[arm]) for arm in (0, 1))
    freedom = max(int(n.sum()) - 2, 0)
    variance = (max(spread, 0.0) + _BEFORE * scale.image_variance) / (freedom + _BEFORE)
    span = int(rows.prompt.max(initial=0)) + 1
    cluster = rows.arm * span + rows.prompt
    of_cluster = np.bincount(cluster, rows.n, 2 * span).astype(np.int64)
    used = np.flatnonzero(of_cluster)
    of_good = np.bincount(cluster, good, 2 * span).astype(np.int64)[used]
    size = of_cluster[used]
    correlation = within_cluster_correlation(size, of_good)
    q = np.bincount(used // span, size * size, 2).astype(np.int64)
    found, _ = effective(n, s, q, correlation)
    return Evenness(variance, (float(found[0]), float(found[1])))


def at_equal(
    rows: Rows, stratum: Numbers, even: Evenness, scale: Scale, prompts_in_stratum: int = PROMPTS_IN_STRATUM
) -> Difference:
    """Return the difference inside strata, its error at least that of independent images; −1 matches nothing."""
    found = stratified(rows, stratum, prompts_in_stratum)
    if not found.strata:
        return replace(found, variance=scale.prior_variance, reach=scale.reach)
    return _no_surer(found, rows, even, scale)


def at_equal_words(rows: Rows, words: Words, raw: Difference, even: Evenness, scale: Scale) -> Difference | None:
    """Return the difference at equal words of the prompts, its error at least that of independent images.

    None where words foretell the arm of every image. Of many prompts a first look at what words make of the `raw`
    difference does, where it finds next to nothing: then it counts as an error, too.
    """
    if words.are_many:
        made = made_by_words(*words_of_arms(rows, words))
        if abs(made) < SUSPECT * abs(raw.value):
            return replace(raw, value=raw.value - made, variance=raw.variance + made * made)
    found = given_words(rows, words)
    return None if found is None else _no_surer(found, rows, even, scale)


def _no_surer(found: Difference, rows: Rows, even: Evenness, scale: Scale) -> Difference:
    worth = [effective_n / images for effective_n, images in zip(even.effective_n, rows.images, strict=True)]
    least = even.image_variance * sum(found.of_image[arm] / worth[arm] for arm in (0, 1))
    blocks = 2.0 / sum(1.0 / (worth[arm] * found.n[arm]) for arm in (0, 1))
    return replace(found.no_surer_than(least), blocks=blocks, reach=scale.reach)


def matched(rows: Rows, group: Numbers, scale: Scale) -> Difference:
    """Return the difference inside groups of rows that are matched, each of one prompt; below 0 matches nothing.

    Blocks are prompts, and the variance of their differences is pulled towards the scale's usual one as if by four
    (statistics.md 5, "Analysis, two variants", of which this is the case of unequal blocks).
    """
    found = within_blocks(rows, group)
    if not found.strata:
        return replace(found, variance=scale.prior_variance, reach=scale.reach)
    blocks = found.blocks
    seen = (blocks - 1.0) * found.variance * blocks
    spread = (seen + _BLOCKS_BEFORE * scale.block_variance) / (blocks + _BLOCKS_BEFORE - 1.0)
    return replace(found, variance=spread / blocks * (blocks + 3.0) / (blocks + 1.0), reach=scale.reach)
