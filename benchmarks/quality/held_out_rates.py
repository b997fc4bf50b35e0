"""What ratings of held-out prompts say of levels: rates, differences, and how far chance may have moved them."""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from benchmarks.quality.splits import HeldOut
from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts
from learning_core.stats.student import student_quantile

LEAST_PROMPTS = 8
"""A keyword's rates are known well enough from so many held-out prompts."""


class HeldOutRates(Struct, frozen=True, eq=False):
    """Rates of levels over some prompts (`keyword` −1: all), NaN where unrated, and the covariance of their errors.

    95 % of errors are within `quantile` standard errors (Student's t, as many prompts as there are).
    """

    keyword: int
    rate: Reals
    covariance: Reals
    quantile: float

    def of(self, level: Counts) -> "HeldOutRates":
        """Return the rates of some levels, by their numbers."""
        return replace(self, rate=self.rate[level], covariance=self.covariance[np.ix_(level, level)])


def held_out_rates(held_out: HeldOut, levels: int) -> Iterator[HeldOutRates]:
    """Return the rates over all prompts, then those of each keyword with enough prompts."""
    prompts = len(held_out.prompts.lengths)
    key = held_out.prompt * levels + held_out.level
    n = np.bincount(key, minlength=prompts * levels).reshape(prompts, levels)
    s = np.bincount(key, held_out.selected, prompts * levels).reshape(prompts, levels)
    yield _rates(-1, n, s)
    prompt = np.repeat(np.arange(prompts), held_out.prompts.lengths)
    order = np.argsort(held_out.prompts.keywords, kind="stable")
    keywords, first = np.unique(held_out.prompts.keywords[order], return_index=True)
    for keyword, rows in zip(keywords.tolist(), np.split(prompt[order], first[1:]), strict=True):
        if len(rows) >= LEAST_PROMPTS:
            yield _rates(keyword, n[rows], s[rows])


def _rates(keyword: int, n: Counts | Reals, s: Counts | Reals) -> HeldOutRates:
    """Errors are those of ratios whose units are prompts, and of levels never below those of as many single ratings.

    Where all ratings agree they would otherwise seem exact.
    """
    total, good, units = n.sum(axis=0), s.sum(axis=0), (n > 0).sum(axis=0)
    rate = np.where(total > 0, good / np.maximum(total, 1), np.nan)
    influence = (s - n * np.nan_to_num(rate)) / np.maximum(total, 1)
    covariance = influence.T @ influence * len(n) / max(len(n) - 1, 1)
    cautious = (units * np.nan_to_num(rate) + 0.5) / (units + 1.0)
    least = cautious * (1.0 - cautious) / np.maximum(units, 1)
    covariance += np.diag(np.where(np.diag(covariance) > 0, 0.0, least))
    return HeldOutRates(keyword, rate, covariance, student_quantile(max(len(n) - 1, 1)))
