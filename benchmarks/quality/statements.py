"""What the model states of levels and of their differences, and whether held-out prompts bear it out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.quality.held_out_rates import Rates
from learning_core.stats.beta import Reals
from learning_core.stats.comparing import Difference
from learning_core.stats.differences import inside_keyword, over_all
from learning_core.stats.grouping import Counts
from learning_core.stats.posterior import of_keyword, overall
from learning_core.stats.strength import Case, claim
from learning_core.stats.student import NORMAL_QUANTILE
from learning_core.stats.sufficient_statistics import SufficientStatistics
from learning_core.stats.two_way import Fitted


@dataclass(frozen=True, slots=True)
class Statement:
    """One interval (`kind` "level" or "difference") or one claim (`kind` a strength), and whether it was borne out.

    `allowing` is the same with room for the chance in the held-out ratings themselves; of claims it says whether the
    held-out difference contradicts by more than that chance (Student's t, 95 %).
    """

    scope: str
    kind: str
    holds: bool
    allowing: bool


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A fitted model with what claims need of its counts: prompts behind each level and each cell."""

    fitted: Fitted
    level_prompts: Counts
    cell_prompts: Counts

    @classmethod
    def of(cls, fitted: Fitted, counts: SufficientStatistics) -> "Model":
        """Count the prompts: each cluster is one prompt of its level."""
        levels, keywords = fitted.levels, fitted.keywords
        cluster, keyword = counts.prompts.pairs(counts.clusters.prompt)
        key = keyword * levels + counts.clusters.level[cluster]
        cells = np.bincount(key, minlength=keywords * levels).reshape(keywords, levels)
        return cls(fitted, np.bincount(counts.clusters.level, minlength=levels), cells)


def statements(model: Model, truths: Iterable[Rates]) -> Iterator[Statement]:
    """Return all statements about levels and pairs of levels with images that the held-out ratings can judge."""
    for truth in truths:
        yield from _overall(model, truth) if truth.keyword < 0 else _keyword(model, truth)


def _overall(model: Model, truth: Rates) -> Iterator[Statement]:
    levels = overall(model.fitted)
    known = np.flatnonzero((levels.effective_n > 0) & ~np.isnan(truth.rate))
    yield from _levels("overall", truth, known, (levels.mean, levels.low, levels.high))
    first, second = _pairs(known)
    found = over_all(model.fitted, levels, first, second)
    # On the scale of rates, where the held-out ones are.
    variance = (levels.mean * (1.0 - levels.mean)) ** 2 * levels.variance
    error = np.sqrt(variance[first] + variance[second])
    yield from _differences("overall", truth, (first, second), levels.mean, error)
    yield from _claims("overall", model, truth, (first, second), found, model.level_prompts)


def _keyword(model: Model, truth: Rates) -> Iterator[Statement]:
    cells = of_keyword(model.fitted, truth.keyword)
    known = np.flatnonzero((cells.effective_n > 0) & ~np.isnan(truth.rate))
    if not len(known):
        return
    yield from _levels("keyword", truth, known, (cells.mean, *cells.intervals()))
    first, second = _pairs(known)
    found = inside_keyword(model.fitted, cells, first, second)
    yield from _differences("keyword", truth, (first, second), cells.difference_mean, found.standard_error)
    yield from _claims("keyword", model, truth, (first, second), found, model.cell_prompts[truth.keyword])


def _pairs(known: Counts) -> tuple[Counts, Counts]:
    first, second = np.triu_indices(len(known), 1)
    return known[first], known[second]


def _levels(scope: str, truth: Rates, known: Counts, said: tuple[Reals, Reals, Reals]) -> Iterator[Statement]:
    mean, low, high = (each[known] for each in said)
    rate, error = truth.rate[known], truth.quantile * np.sqrt(np.diag(truth.covariance)[known])
    inside = (low <= rate) & (rate <= high)
    room = np.hypot(np.where(rate < mean, mean - low, high - mean), error)
    for holds, allowing in zip(inside.tolist(), (np.abs(rate - mean) <= room).tolist(), strict=True):
        yield Statement(scope, "level", holds, allowing)


def _differences(
    scope: str, truth: Rates, pairs: tuple[Counts, Counts], mean: Reals, error: Reals
) -> Iterator[Statement]:
    value, chance = _held_out_difference(truth, pairs)
    off = np.abs(mean[pairs[0]] - mean[pairs[1]] - value)
    near = (off <= NORMAL_QUANTILE * error).tolist()
    for holds, allowing in zip(
        near, (off <= np.hypot(NORMAL_QUANTILE * error, truth.quantile * chance)).tolist(), strict=True
    ):
        yield Statement(scope, "difference", holds, allowing)


def _claims(
    scope: str,
    model: Model,
    truth: Rates,
    pairs: tuple[Counts, Counts],
    found: Difference,
    prompts: Counts,
) -> Iterator[Statement]:
    value, chance = _held_out_difference(truth, pairs)
    sign = np.sign(found.value)
    number = model.fitted.numbers.level_n
    for place, (first, second) in enumerate(zip(*pairs, strict=True)):
        p = float(found.probability[place])
        made = claim(
            Case(
                max(p, 1.0 - p),
                float(found.bayes_factor[place]),
                float(min(number[first], number[second])),
                int(min(prompts[first], prompts[second])),
            )
        )
        agreement = float(value[place] * sign[place])
        yield Statement(scope, made.strength, agreement >= 0.0, agreement >= -truth.quantile * float(chance[place]))


def _held_out_difference(truth: Rates, pairs: tuple[Counts, Counts]) -> tuple[Reals, Reals]:
    first, second = pairs
    own = np.diag(truth.covariance)
    variance = own[first] + own[second] - 2.0 * truth.covariance[first, second]
    return truth.rate[first] - truth.rate[second], np.sqrt(np.maximum(variance, 0.0))
