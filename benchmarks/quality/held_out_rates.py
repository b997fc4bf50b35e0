"""What ratings of held-out prompts say of levels: rates, differences, and how far chance may have moved them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.quality.splits import HeldOut
from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts

LEAST_PROMPTS = 8
"""A keyword's rates are known well enough from so many held-out prompts."""


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Rates of levels over some prompts (`keyword` −1: all), NaN where unrated, and the covariance of their errors."""

    keyword: int
    rate: Reals
    covariance: Reals


def held_out_rates(held_out: HeldOut, levels: int) -> Iterator[Rates]:
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


def _rates(keyword: int, n: Counts, s: Reals) -> Rates:
    """Errors as those of ratios whose units are prompts."""
    total = n.sum(axis=0)
    rate = np.where(total > 0, s.sum(axis=0) / np.maximum(total, 1), np.nan)
    influence = (s - n * np.nan_to_num(rate)) / np.maximum(total, 1)
    units = len(n)
    return Rates(keyword, rate, influence.T @ influence * units / max(units - 1, 1))
