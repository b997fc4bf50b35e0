"""Prompts put into classes of about equal difficulty by their words, to compare like with like.

The words are scored on both arms together, the difference of the arms taken off, so that it does not become one of
the words; arms are then compared inside classes of the score (Hansen, "The prognostic analogue of the propensity
score", Biometrika 95, 2008). A prompt's own outcomes have no part in its score.
"""

import numpy as np
from msgspec import Struct

from learning_core.stats.equal_parts import equal_parts
from learning_core.stats.grouping import Counts, Numbers
from learning_core.stats.stratified import Mask, Rows, stratified
from learning_core.stats.sufficient_statistics import Prompts

LEAST_PROMPTS = 2
"""A word is shared when each arm has it in so many prompts."""

EXPECTED_PROMPTS = 5
"""A word that one arm lacks, though going by the other it should have it so often, is a subject of its own."""

RARER = 5
"""A word that is rarer by more than this factor is lacking."""

_FOLDS = 8
_ROUNDS = 3
_PROMPTS_A_STRATUM = 20
_FEWEST_STRATA, _MOST_STRATA = 5, 24
_SCALE = 1_000_000
_PRIOR_PROMPTS = 10


class _Sample(Struct, frozen=True, eq=False):
    """Images and outcomes of each arm's prompts, and a row for each word of each prompt: `of_prompt` and `word`."""

    n: tuple[Counts, Counts]
    s: tuple[Counts, Counts]
    of_prompt: Counts
    word: Counts
    words: int
    counts: tuple[Counts, Counts]

    @property
    def prompts(self) -> int:
        return len(self.n[0])


class Difficulty(Struct, frozen=True, eq=False):
    """The class of each row, a number from 0, and whether its prompt has its like in the other arm."""

    strata: Counts
    matched: Mask


def difficulty(rows: Rows, prompts: Prompts, words: int) -> Difficulty:
    """Return classes of rows, of about equal count, whose prompts are about equally difficult by their words.

    `prompts` holds the distinct words of each prompt of the rows, numbers below `words`. A prompt has its like when at
    least half of its words that are not common to most prompts are shared by both arms, and none of them is one-sided:
    of other prompts the classes know too little, so they may show that prompts make a difference, but not that they
    make none. Sums are of whole numbers, so that neither the order of rows nor the numbering of words shows.
    """
    sample = _sample(rows, prompts, words)
    strata = min(max(sample.prompts // _PROMPTS_A_STRATUM, _FEWEST_STRATA), _MOST_STRATA)
    matched = _matched(sample)[rows.prompt]
    offset = _mean(sample, 0) - _mean(sample, 1)
    found = np.zeros(len(rows.n), np.int64)
    # Arms whose prompts differ in difficulty differ in their means, too: what is left of the difference inside the
    # classes, among prompts that have their like, is a better guess of it.
    for _ in range(_ROUNDS):
        _, place = np.unique(_scores(sample, offset), return_inverse=True)
        found = equal_parts(place[rows.prompt], strata)
        inside = stratified(rows, np.where(matched, found, -1))
        offset = inside.value if inside.fewest_prompts >= _PROMPTS_A_STRATUM else offset
    return Difficulty(found, matched)


def _sample(rows: Rows, prompts: Prompts, words: int) -> _Sample:
    places = len(prompts.lengths)
    mine = [np.flatnonzero(rows.arm == arm) for arm in (0, 1)]
    n, s = ([_sums(rows.prompt[each], column[each], places) for each in mine] for column in (rows.n, rows.s))
    of_prompt = np.repeat(np.arange(places), prompts.lengths)
    counts = [_sums(prompts.keywords, (of_arm > 0)[of_prompt], words) for of_arm in n]
    return _Sample((n[0], n[1]), (s[0], s[1]), of_prompt, prompts.keywords, words, (counts[0], counts[1]))


def _mean(sample: _Sample, arm: int) -> float:
    return int(sample.s[arm].sum()) / max(int(sample.n[arm].sum()), 1)


def _matched(sample: _Sample) -> Mask:
    counts, (first, second) = sample.counts, sample.n
    used = int(np.logical_or(first, second).sum())
    specific = (counts[0] + counts[1] > 0) & (2 * np.maximum(*counts) <= used)
    shared = specific & (np.minimum(*counts) >= LEAST_PROMPTS)
    sizes = [int(np.count_nonzero(each)) for each in sample.n]
    one_sided = np.zeros(sample.words, bool)
    for mine, other in ((0, 1), (1, 0)):
        expected = counts[mine] * sizes[other]
        lacking = (counts[other] < LEAST_PROMPTS) | (counts[other] * RARER * sizes[mine] < expected)
        one_sided |= (expected >= EXPECTED_PROMPTS * sizes[mine]) & (counts[mine] > 0) & lacking
    number, has, alone = (
        _sums(sample.of_prompt, flags[sample.word], sample.prompts) for flags in (specific, shared, one_sided)
    )
    known = np.zeros(sample.prompts, bool)
    known[sample.of_prompt] = True
    found: Mask = (2 * has >= number) & (alone == 0) & known
    return found


def _scores(sample: _Sample, offset: float) -> Counts:
    """Return the sum of the effects of each prompt's words, in millionths, learned from the other folds of prompts."""
    residual, pieces = _residuals(sample, offset)
    fold = np.arange(sample.prompts) % _FOLDS
    cell = sample.word * _FOLDS + fold[sample.of_prompt]
    total, times, squares = (
        _sums(cell, column[sample.of_prompt], sample.words * _FOLDS).reshape(-1, _FOLDS)
        for column in (residual, pieces, residual // 1000 * (residual // 1000))
    )
    total, times = (column.sum(axis=1, keepdims=True) - column for column in (total, times))
    variance = int(squares.sum()) * 1_000_000 / max(int(pieces[sample.of_prompt].sum()), 1)
    # A word's effect is shrunk by how far it stands out from noise (James and Stein).
    kept = np.maximum(0.0, 1.0 - times * variance / np.maximum(total.astype(np.float64) ** 2, 1.0))
    effect = np.rint(total / (times + _PRIOR_PROMPTS) * kept).astype(np.int64)
    effect[np.minimum(*sample.counts) < LEAST_PROMPTS] = 0
    return _sums(sample.of_prompt, effect.ravel()[cell], sample.prompts)


def _residuals(sample: _Sample, offset: float) -> tuple[Counts, Counts]:
    """Return the sum over arms of each prompt's mean outcome less what is expected, in millionths, and of how many."""
    images = [int(each.sum()) for each in sample.n]
    common = (int(sample.s[0].sum()) + int(sample.s[1].sum()) - offset * images[0]) / max(sum(images), 1)
    total, pieces = np.zeros(sample.prompts, np.int64), np.zeros(sample.prompts, np.int64)
    for arm, expected in ((0, common + offset), (1, common)):
        n, s = sample.n[arm], sample.s[arm]
        deviation = np.where(n > 0, s / np.maximum(n, 1) - expected, 0.0)
        total += np.rint(deviation * _SCALE).astype(np.int64)
        pieces += n > 0
    return total, pieces


def _sums(place: Numbers, numbers: Numbers | Mask, places: int) -> Counts:
    return np.bincount(place, numbers, places).astype(np.int64)
