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

PARTS = 10
"""Parts of the prompts, of which folds are made: what is foretold of a fold comes from the others."""

SUSPECT = 1.0 / 8.0
"""The part of a difference from which words are looked at closely, where a first look says that they make it.

In simulated worlds without a difference, where words chose the arm, the first look said a fifth and more; where they
did not, with a true difference, a seventh or less nine times in ten.
"""

_FOLDS, _FOLDS_OF_MANY = 5, 2
_MANY = 5_000
"""Prompts from which half of them teach all that there is to learn."""

_MISSED = 2.0
"""How much more of the difference the words may make than they were found to, as a standard error.

In parts of what they were found to make, for each part by which the regressions pull words towards nothing. With 400
images and 200 words that chose the arm and the outcome alike, a quarter to a third was missed in simulation; with 20
words, next to nothing.
"""

_PENALTY = 3.0
"""In images: a word that is in three images is believed by half."""

_LIKENESS = 0.5
"""Correlation of the images of a prompt, as far as it decides how much a prompt weighs in the regressions."""

_LEAST_INFORMATION = 1e-9
_CLOSE_ENOUGH = 1e-2
"""What is foretold need not be exact: it is taken out of both."""


class Words(Struct, frozen=True, eq=False):
    """Words of prompts, an entry each: the number of the prompt (as in Rows) and of the word; `words` are known.

    `part`, from 0 to PARTS − 1, is one number for each prompt that has nothing to do with its outcome.
    """

    prompt: Counts
    word: Counts
    part: Counts
    words: int

    def totals(self, of_prompts: Reals) -> Reals:
        """Return the sum of a number of each prompt over the prompts that have each word."""
        return np.bincount(self.word, of_prompts[self.prompt], self.words).astype(np.float64, copy=False)

    @property
    def are_many(self) -> bool:
        """Tell whether a close look at so many prompts takes more time than one that need not be taken."""
        return len(self.part) >= _MANY


class ArmWords(Struct, frozen=True, eq=False):
    """The images of an arm and the good ones of these, in all and of the prompts that have each word."""

    images: float
    good: float
    with_word: Reals
    good_with_word: Reals


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
    G / (G − 1 − W) for G prompts and W words as far as they are believed, and that of the words which may be missed
    (`_MISSED`). `covered` is the part of what tells the arms apart that no word foretells.
    """
    cells = _cells(rows, len(words.part))
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
    believed, pulled = _learnt(cells.weight, words)
    missed = _MISSED * pulled * (float(shares[0] - shares[1]) - value)
    prompts, of_arm = int(np.count_nonzero(cells.n.any(axis=1))), np.count_nonzero(cells.n, axis=0)
    freedom = max(int(prompts - 1 - believed), 1)
    seen = float(sum_of_rows((influence * prompts) ** 2)) / prompts / freedom
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
        freedom=freedom,
        reach=inf,
    )


def made_by_words(a: ArmWords, b: ArmWords) -> float:
    """Return about how much of the raw difference the words make: Σ (share in A − share in B) · gain, over words.

    A word's gain is what its images do better than others of their arm. After Kitagawa (1955), word by word: a first
    look, which takes little time and is too small by up to a half where words choose the arm.
    """
    better = sum(each.good_with_word - each.with_word * (each.good / each.images) for each in (a, b))
    gain = better / (a.with_word + b.with_word + _PENALTY)
    return float(sum_of_rows((a.with_word / a.images - b.with_word / b.images) * gain))


def words_of_arms(rows: Rows, words: Words) -> tuple[ArmWords, ArmWords]:
    """Return what both arms have of each word."""
    cells = _cells(rows, len(words.part))
    of_a, of_b = (
        ArmWords(float(n.sum()), float(s.sum()), *(words.totals(each) for each in (n, s)))
        for n, s in zip(cells.n.T, cells.s.T, strict=True)
    )
    return of_a, of_b


def _cells(rows: Rows, prompts: int) -> _Cells:
    cell = 2 * rows.prompt.astype(np.int64) + rows.arm
    n, s = (
        np.bincount(cell, each, 2 * prompts).astype(np.float64, copy=False).reshape(-1, 2) for each in (rows.n, rows.s)
    )
    every = n.sum(axis=1)
    return _Cells(n, s, n[:, 0] / np.maximum(every, 1.0), s.sum(axis=1) / np.maximum(every, 1.0))


def _learnt(weight: Reals, words: Words) -> tuple[float, float]:
    """Return how many words are believed, each in part, and the part by which a word of a prompt is not, on average."""
    taught = words.totals(weight)
    believed = taught / (taught + _PENALTY)
    total = float(sum_of_rows(taught))
    return float(sum_of_rows(believed)), float(sum_of_rows(taught * (1.0 - believed))) / total if total else 0.0


def _foretold(cells: _Cells, words: Words) -> tuple[Reals, Reals]:
    """Return the share of good images, and of A, that the words of each prompt let expect of it."""
    prompts = len(cells.n)
    # A column that every prompt has moves the mean, which what is left out of a fold may have shifted.
    row = np.concatenate((words.prompt, np.arange(prompts)))
    column = np.concatenate((words.word, np.full(prompts, words.words)))
    design = Design(row, column, np.ones(prompts), words.words + 1)
    found = np.zeros((2, prompts))
    folds = _FOLDS_OF_MANY if words.are_many else _FOLDS
    for fold in range(folds):
        inside = words.part % folds == fold
        weight = np.where(inside, 0.0, cells.weight)
        # Of few prompts, all may be in one fold: then nothing is known of it but the mean.
        known = weight if weight.any() else cells.weight
        total = float(sum_of_rows(known))
        for place, target in enumerate((cells.good, cells.of_a)):
            mean = float(sum_of_rows(known * target)) / total
            foretold = mean + design.of_rows(ridge(design, weight, target - mean, _PENALTY, close_enough=_CLOSE_ENOUGH))
            found[place, inside] = foretold[inside]
    return found[0], found[1]
