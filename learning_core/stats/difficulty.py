"""Prompts put into classes of about equal difficulty by their words, to compare like with like.

The words are scored on both arms together, each arm's own mean taken off, so that a difference of the arms does not
become one of the words; arms are then compared inside classes of the score (Hansen, "The prognostic analogue of the
propensity score", Biometrika 95, 2008).
"""

import numpy as np

from learning_core.stats.adjusted import Rows, time_strata
from learning_core.stats.grouping import Counts, Numbers
from learning_core.stats.sufficient_statistics import Prompts

LEAST_PROMPTS = 2
"""A word is shared when each arm has it in so many prompts."""

EXPECTED_PROMPTS = 5
"""A word that one arm lacks, though it should have it in so many prompts going by the other, is a subject of its own."""

_SCALE = 1_000_000
_PRIOR_PROMPTS = 10


def difficulty_strata(rows: Rows, prompts: Prompts, words: int, strata: int = 8) -> Counts:
    """Return the class of each row, 0 to strata − 1 of about equal count, or −1 where its prompt has no match.

    `prompts` holds the distinct words of each prompt of the rows, numbers below `words`. A prompt has a match when at
    least half of its words that are not common to most prompts are shared by both arms, and none of them is one-sided.
    In whole numbers throughout, so that neither the order of rows nor the numbering of words shows.
    """
    lengths = prompts.lengths
    of_prompt = np.repeat(np.arange(len(lengths)), lengths)
    residual, present = _residuals(rows, len(lengths))
    counts = [_sums(prompts.keywords, has[of_prompt], words) for has in present]
    matched = _matched(prompts, of_prompt, counts, present)
    effect = _effects(prompts, of_prompt, counts, residual, present)
    score = _sums(of_prompt, effect[prompts.keywords], len(lengths))
    found = np.full(len(rows.n), -1, np.int64)
    usable = np.flatnonzero(matched[rows.prompt])
    scores = score[rows.prompt[usable]]
    if len(scores):
        found[usable] = time_strata(_ranks(scores), strata)
    return found


def _residuals(rows: Rows, prompts: int) -> tuple[tuple[Counts, Counts], tuple[Counts, Counts]]:
    """Return, an array an arm, each prompt's mean outcome less the arm's, in millionths, and whether the arm has it."""
    residuals, present = [], []
    for arm in (0, 1):
        mine = np.flatnonzero(rows.arm == arm)
        n, s = (_sums(rows.prompt[mine], column[mine], prompts) for column in (rows.n, rows.s))
        mean = int(s.sum()) / max(int(n.sum()), 1)
        deviation = np.where(n > 0, s / np.maximum(n, 1) - mean, 0.0)
        residuals.append(np.rint(deviation * _SCALE).astype(np.int64))
        present.append((n > 0).astype(np.int64))
    return (residuals[0], residuals[1]), (present[0], present[1])


def _matched(prompts: Prompts, of_prompt: Counts, counts: list[Counts], present: tuple[Counts, Counts]) -> Numbers:
    used = int(np.logical_or(*present).sum())
    specific = (counts[0] + counts[1] > 0) & (2 * np.maximum(counts[0], counts[1]) <= used)
    shared = specific & (np.minimum(*counts) >= LEAST_PROMPTS)
    sizes = [int(each.sum()) for each in present]
    one_sided = np.zeros(len(specific), bool)
    for mine, other in ((0, 1), (1, 0)):
        expected = counts[mine] * sizes[other] >= EXPECTED_PROMPTS * sizes[mine]
        one_sided |= expected & (counts[mine] > 0) & (counts[other] < LEAST_PROMPTS)
    places = len(prompts.lengths)
    number, has, alone = (
        _sums(of_prompt, flags[prompts.keywords].astype(np.int64), places) for flags in (specific, shared, one_sided)
    )
    found: Numbers = (2 * has >= number) & (alone == 0) & (prompts.lengths > 0)
    return found


def _effects(
    prompts: Prompts,
    of_prompt: Counts,
    counts: list[Counts],
    residual: tuple[Counts, Counts],
    present: tuple[Counts, Counts],
) -> Counts:
    """Return each shared word's effect in millionths, shrunk by how far it stands out from noise (James and Stein)."""
    total = _sums(prompts.keywords, (residual[0] + residual[1])[of_prompt], len(counts[0]))
    prompts_of = counts[0] + counts[1]
    pieces = int(present[0].sum() + present[1].sum())
    # Sums of squares in thousandths of the squared unit keep within whole numbers.
    squares = int(((residual[0] // 1000) ** 2 + (residual[1] // 1000) ** 2).sum()) * 1_000_000
    variance = squares / max(pieces, 1)
    kept = np.maximum(0.0, 1.0 - prompts_of * variance / np.maximum(total.astype(np.float64) ** 2, 1.0))
    effect = total / (prompts_of + _PRIOR_PROMPTS) * kept
    shared = np.minimum(*counts) >= LEAST_PROMPTS
    return np.where(shared, np.rint(effect), 0.0).astype(np.int64)


def _ranks(scores: Counts) -> Counts:
    return np.unique(scores, return_inverse=True)[1]


def _sums(place: Numbers, numbers: Numbers, places: int) -> Counts:
    return np.bincount(place, numbers, places).astype(np.int64)
