"""The difference of two arms that is left once the words of their prompts are taken out of both: outcome and arm.

The partially linear model (Robinson 1988), fitted crosswise (Chernozhukov et al. 2018). From the words of the other
prompts ridge regressions foretell how well the images of a prompt come out, and which arm they belong to; the
difference is the slope of what is left of the one over what is left of the other. What a regression misses of the
words does harm only as far as the other one misses it, too.
"""

from math import inf

import numpy as np
from msgspec import Struct

from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts
from learning_core.stats.ridge import Design, ridge, sum_of_rows
from learning_core.stats.stratified import Difference, Rows

FOLDS = 5
"""Parts of the prompts; what is foretold of one comes from the others."""

MISSED = 1.0 / 3.0
"""How much more than what the words were found to explain they may explain, as a standard error.

Of rare words only a part can be found. With 400 images and 200 words that choose the arm and the outcome alike, a
quarter to a third was missed in simulation; with 20 words, next to nothing.
"""

_PENALTY = 3.0
"""In images: a word that is in three images is believed by half."""

_LIKENESS = 0.5
"""Correlation of the images of a prompt, as far as it decides how much a prompt weighs in the regressions."""

_LEAST_INFORMATION = 1e-9
_CLOSE_ENOUGH = 1e-3
"""What is foretold need not be exact: it is taken out of both."""


class Words(Struct, frozen=True, eq=False):
    """Words of prompts, an entry each: the number of the prompt (as in Rows) and of the word; `words` are known.

    `fold`, from 0 to FOLDS − 1, is one number for each prompt that has nothing to do with its outcome.
    """

    prompt: Counts
    word: Counts
    fold: Counts
    words: int


class _Cells(Struct, frozen=True, eq=False):
    """Images and good ones by prompt and arm (columns A, B); the prompt's share of A and share of good ones."""

    n: Reals
    s: Reals
    of_a: Reals
    good: Reals

    @property
    def weight(self) -> Reals:
        """What a prompt tells: its images, less what they repeat of each other."""
        n = self.n.sum(axis=1)
        found: Reals = n / (1.0 + _LIKENESS * np.maximum(n - 1.0, 0.0))
        return found


def given_words(rows: Rows, words: Words) -> Difference | None:
    """Return share of good images in A − that in B at equal words, None where the words leave nothing to compare.

    Both arms have images. The variance is that of the influences summed over prompts, times
    G / (G − 1), and that of the words which may be missed (`MISSED`). `covered` is the part of what tells the arms
    apart that no word foretells.
    """
    cells = _cells(rows, len(words.fold))
    good, of_a = _foretold(cells, words)
    apart = np.stack((1.0 - of_a, -of_a), axis=1)
    squares = cells.n * apart * apart
    information = float(sum_of_rows(squares.sum(axis=1)))
    images = sum_of_rows(cells.n)
    whole = float(images[0] * images[1] / images.sum())
    if information < _LEAST_INFORMATION * whole:
        return None
    left = cells.s - cells.n * good[:, None]
    value = float(sum_of_rows((apart * left).sum(axis=1))) / information
    influence = (apart * (left - value * cells.n * apart)).sum(axis=1) / information
    shares = sum_of_rows(cells.s) / images
    missed = MISSED * (float(shares[0] - shares[1]) - value)
    prompts, of_arm = int(np.count_nonzero(cells.n.any(axis=1))), np.count_nonzero(cells.n, axis=0)
    seen = float(sum_of_rows((influence * prompts) ** 2)) / prompts**2 * prompts / max(prompts - 1, 1)
    of_image = sum_of_rows(squares) / information**2
    return Difference(
        value=value,
        variance=seen + missed * missed,
        n=rows.images,
        prompts=prompts,
        fewest_prompts=int(of_arm.min()),
        covered=min(information / whole, 1.0),
        strata=prompts,
        blocks=2.0 * information,
        of_image=(float(of_image[0]), float(of_image[1])),
        freedom=max(prompts - 1, 1),
        reach=inf,
    )


def made_by_words(rows: Rows, words: Words) -> float:
    """Return about how much of the raw difference the words make: Σ (share in A − share in B) · gain, over words.

    A word's gain is what its images do better than others of their arm. After Kitagawa (1955), word by word: a first
    look, which takes little time and is too small by up to a half where words choose the arm.
    """
    cells = _cells(rows, len(words.fold))
    images = sum_of_rows(cells.n)
    expected = cells.n * (sum_of_rows(cells.s) / images)
    better = (cells.s - expected).sum(axis=1)
    every = cells.n.sum(axis=1)
    of_a, of_b, seen, gained = (
        np.bincount(words.word, each[words.prompt], words.words) for each in (*cells.n.T, every, better)
    )
    gain = gained / (seen + _PENALTY)
    return float(sum_of_rows((of_a / images[0] - of_b / images[1]) * gain))


def _cells(rows: Rows, prompts: int) -> _Cells:
    cell = 2 * rows.prompt.astype(np.int64) + rows.arm
    n, s = (
        np.bincount(cell, each, 2 * prompts).astype(np.float64, copy=False).reshape(-1, 2) for each in (rows.n, rows.s)
    )
    every = n.sum(axis=1)
    return _Cells(n, s, n[:, 0] / np.maximum(every, 1.0), s.sum(axis=1) / np.maximum(every, 1.0))


def _foretold(cells: _Cells, words: Words) -> tuple[Reals, Reals]:
    """Return the share of good images, and of A, that the words of each prompt let expect of it."""
    prompts = len(cells.n)
    # A column that every prompt has moves the mean, which what is left out of a fold may have shifted.
    row = np.concatenate((words.prompt, np.arange(prompts)))
    column = np.concatenate((words.word, np.full(prompts, words.words)))
    design = Design(row, column, np.ones(prompts), words.words + 1)
    found = np.zeros((2, prompts))
    for fold in range(FOLDS):
        inside = words.fold == fold
        weight = np.where(inside, 0.0, cells.weight)
        total = max(float(sum_of_rows(weight)), 1.0)
        for place, target in enumerate((cells.good, cells.of_a)):
            mean = float(sum_of_rows(weight * target)) / total
            foretold = mean + design.of_rows(ridge(design, weight, target - mean, _PENALTY, close_enough=_CLOSE_ENOUGH))
            found[place, inside] = foretold[inside]
    return found[0], found[1]
