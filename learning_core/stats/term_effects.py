"""Which terms of prompts go with better or worse judgements: prompts with a term against prompts without it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from learning_core.stats.beta import Reals
from learning_core.stats.false_discovery import benjamini_hochberg, selected_quantile, two_sided
from learning_core.stats.grouping import Counts, Numbers, distinct

LEAST_PROMPTS = 5
"""So many prompts with a term, and without it, are the least that say anything."""

FALSE_DISCOVERY_RATE = 0.05
"""Expected share of false names among those that are named."""

_LEAST_VARIANCE = 1e-12

_UNIT = 1 << 14
"""Means of prompts are kept in whole numbers of this part of a star, so that no order of adding up shows."""


class Uses(Struct, frozen=True, eq=False):
    """Terms used with prompts: a row is a prompt and a term that some of its images have, each pair once.

    `prompt` and `term` are numbers from 0; `images` and `total` count the images of the prompt with the term and add
    up their centred judgements; `prompt_images` and `prompt_total` those of every prompt, in whole units (`in_units`).
    """

    prompt: Counts
    term: Counts
    images: Counts
    total: Counts
    prompt_images: Counts
    prompt_total: Counts


class TermEffects(Struct, frozen=True, eq=False):
    """The terms that could be tested, an array each: `difference` of the mean of prompts with the term to those
    without, its 95 % interval, images and prompts with the term, p-value, and p adjusted for all that were tested.

    `named` tells which are told from 0 at the FALSE_DISCOVERY_RATE; their intervals allow for having been picked.
    `everywhere` are terms that too few prompts lack, `rare` how many too few prompts have.
    """

    term: Counts
    difference: Reals
    low: Reals
    high: Reals
    images: Counts
    prompts: Counts
    p: Reals
    adjusted: Reals
    named: npt.NDArray[np.bool_]
    everywhere: Counts
    rare: int


def in_units(value: Reals, strata: Sequence[Numbers]) -> Counts:
    """Return judgements less the mean of their stratum, for one stratification after the other, in whole units.

    A term is then compared at equal checkpoints (or periods); what it shares with one of them is not counted for it.
    """
    centred = value
    for stratum in strata:
        _, place = distinct(stratum)
        sums = np.bincount(place, np.rint(centred * _UNIT))
        centred = centred - (sums / np.bincount(place))[place] / _UNIT
    return np.rint(centred * _UNIT).astype(np.int64)


def term_effects(uses: Uses, terms: int) -> TermEffects:
    """Return the effects of the terms numbered below `terms`; prompts are the units, however many images they have.

    The error is the larger one of two: of a shuffle of all prompts (which no chance agreement of a few prompts makes
    small) and Welch's. A prompt with images of either kind stands on both sides, which errs towards no difference.
    """
    with_term, without = _sides(uses, terms)
    is_used = with_term.prompts > 0
    is_frequent = with_term.prompts >= LEAST_PROMPTS
    is_varied = without.prompts >= LEAST_PROMPTS
    tested = np.flatnonzero(is_frequent & is_varied)
    one, other = with_term.of(tested), without.of(tested)
    difference = one.mean - other.mean
    shuffled = _variance_of_all(uses) * (1.0 / one.prompts + 1.0 / other.prompts)
    welch = one.variance / one.prompts + other.variance / other.prompts
    error = np.sqrt(np.maximum(np.maximum(shuffled, welch), _LEAST_VARIANCE))
    p = two_sided(difference / error)
    adjusted = benjamini_hochberg(p)
    named = adjusted <= FALSE_DISCOVERY_RATE
    half = error * selected_quantile(int(named.sum()), max(len(tested), 1), FALSE_DISCOVERY_RATE)
    return TermEffects(
        term=tested,
        difference=difference,
        low=difference - half,
        high=difference + half,
        images=np.bincount(uses.term, uses.images, terms).astype(np.int64)[tested],
        prompts=one.prompts,
        p=p,
        adjusted=adjusted,
        named=named,
        everywhere=np.flatnonzero(is_frequent & ~is_varied),
        rare=int(np.count_nonzero(is_used & ~is_frequent)),
    )


class _Side(Struct, frozen=True, eq=False):
    """Prompts on one side of each term, the mean of their means, and the variance of these."""

    prompts: Counts
    mean: Reals
    variance: Reals

    def of(self, terms: Counts) -> "_Side":
        return _Side(self.prompts[terms], self.mean[terms], self.variance[terms])


def _means(total: Counts, images: Counts) -> Reals:
    """Return means in whole units, as numbers that add up without rounding."""
    return np.rint(total / np.maximum(images, 1))


def _side(prompts: Counts, sums: Reals, squares: Reals) -> _Side:
    n = np.maximum(prompts, 1)
    variance = np.maximum(squares - sums * sums / n, 0.0) / np.maximum(prompts - 1, 1)
    return _Side(prompts, sums / n / _UNIT, variance / _UNIT**2)


def _sides(uses: Uses, terms: int) -> tuple[_Side, _Side]:
    """Return the prompts with each term and those without; one that has images of either kind is on both sides."""

    def sums(rows: Counts | slice, values: Reals) -> tuple[Counts, Reals, Reals]:
        term = uses.term[rows]
        return (
            np.bincount(term, minlength=terms),
            np.bincount(term, values, terms).astype(np.float64),
            np.bincount(term, values * values, terms).astype(np.float64),
        )

    all_means = _means(uses.prompt_total, uses.prompt_images)
    images, total = uses.prompt_images[uses.prompt] - uses.images, uses.prompt_total[uses.prompt] - uses.total
    mixed = np.flatnonzero(images)
    own = sums(slice(None), _means(uses.total, uses.images))
    whole = sums(slice(None), all_means[uses.prompt])
    left = sums(mixed, _means(total[mixed], images[mixed]))
    every = len(all_means), all_means.sum(), (all_means * all_means).sum()
    others = [all_of - of_term + rest for all_of, of_term, rest in zip(every, whole, left, strict=True)]
    return _side(*own), _side(*others)


def _variance_of_all(uses: Uses) -> float:
    means = _means(uses.prompt_total, uses.prompt_images)
    sums, squares = np.array([means.sum()]), np.array([(means * means).sum()])
    return float(_side(np.array([len(means)]), sums, squares).variance[0])
