"""What the model states of levels and of their differences, and whether held-out prompts bear it out."""

from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct

from benchmarks.quality.answered import effective_images, inside_keywords, over_everything, prompts_of_levels
from benchmarks.quality.held_out_rates import HeldOutRates
from learning_core.stats.beta import Reals, credible_interval
from learning_core.stats.comparing import Difference
from learning_core.stats.grouping import Counts
from learning_core.stats.strength import Case, claim
from learning_core.stats.student import NORMAL_QUANTILE
from learning_core.stats.subject import Rates
from learning_core.stats.sufficient_statistics import SufficientStatistics
from learning_core.stats.two_way import Fitted


class Statement(Struct, frozen=True):
    """One interval (`kind` "level" or "difference") or one claim (`kind` a strength), and whether it was borne out.

    `allowing` is the same with room for the chance in the held-out ratings themselves; of claims it says whether the
    held-out difference contradicts by more than that chance (Student's t, 95 %).
    """

    scope: str
    kind: str
    holds: bool
    allowing: bool


class Model(Struct, frozen=True, eq=False):
    """A fitted model with the counts that it was fitted to, and what claims need of them."""

    fitted: Fitted
    counts: SufficientStatistics
    effective_n: Reals
    cell_prompts: Counts

    @classmethod
    def of(cls, fitted: Fitted, counts: SufficientStatistics) -> "Model":
        """Count the prompts: each cluster is one prompt of its level."""
        levels, keywords = fitted.levels, fitted.keywords
        cluster, keyword = counts.prompts.pairs(counts.clusters.prompt)
        key = keyword * levels + counts.clusters.level[cluster]
        cells = np.bincount(key, minlength=keywords * levels).reshape(keywords, levels)
        return cls(fitted, counts, effective_images(fitted, counts), cells)


def statements(model: Model, truths: Iterable[HeldOutRates]) -> Iterator[Statement]:
    """Return all statements about levels and pairs of levels with images that the held-out ratings can judge."""
    inside = []
    for truth in truths:
        if truth.keyword < 0:
            prompts = prompts_of_levels(model.counts)
            yield from _stated("overall", model, truth, over_everything(model.fitted, model.counts), prompts)
        elif model.counts.keyword_r[truth.keyword]:
            inside.append(truth)
    rates = inside_keywords(model.fitted, model.counts, [truth.keyword for truth in inside])
    for truth, found in zip(inside, rates, strict=True):
        low, high = np.searchsorted(model.counts.cells.keyword, (truth.keyword, truth.keyword + 1))
        level = model.counts.cells.level[low:high]
        yield from _stated("keyword", model, truth.of(level), found, model.cell_prompts[truth.keyword][level], level)


def _stated(
    scope: str, model: Model, truth: HeldOutRates, rates: Rates, prompts: Counts, level: Counts | None = None
) -> Iterator[Statement]:
    """Return the statements about some levels, all or those given by their numbers."""
    known = np.flatnonzero((rates.effective_n > 0) & ~np.isnan(truth.rate))
    yield from _levels(scope, truth, known, (rates.mean, *credible_interval(*rates.shapes)))
    pairs = _pairs(known)
    found = rates.compared(*pairs)
    # On the scale of rates, where the held-out ones are; the places of levels over all prompts are log-odds.
    is_overall = level is None
    slope = rates.mean * (1.0 - rates.mean) if is_overall else np.ones(len(rates.mean))
    error = np.hypot(*(slope[each] * rates.place_sd[each] for each in pairs))
    yield from _differences(scope, truth, pairs, rates.mean if is_overall else rates.place, error)
    effective_n = model.effective_n if level is None else model.effective_n[level]
    yield from _claims(scope, truth, pairs, found, effective_n, prompts)


def _pairs(known: Counts) -> tuple[Counts, Counts]:
    first, second = np.triu_indices(len(known), 1)
    return known[first], known[second]


def _levels(scope: str, truth: HeldOutRates, known: Counts, said: tuple[Reals, Reals, Reals]) -> Iterator[Statement]:
    mean, low, high = (each[known] for each in said)
    rate, error = truth.rate[known], truth.quantile * np.sqrt(np.diag(truth.covariance)[known])
    inside = (low <= rate) & (rate <= high)
    room = np.hypot(np.where(rate < mean, mean - low, high - mean), error)
    for holds, allowing in zip(inside.tolist(), (np.abs(rate - mean) <= room).tolist(), strict=True):
        yield Statement(scope, "level", holds, allowing)


def _differences(
    scope: str, truth: HeldOutRates, pairs: tuple[Counts, Counts], mean: Reals, error: Reals
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
    truth: HeldOutRates,
    pairs: tuple[Counts, Counts],
    found: Difference,
    effective_n: Reals,
    prompts: Counts,
) -> Iterator[Statement]:
    value, chance = _held_out_difference(truth, pairs)
    sign = np.sign(found.value)
    for place, (first, second) in enumerate(zip(*pairs, strict=True)):
        p = float(found.probability[place])
        made = claim(
            Case(
                max(p, 1.0 - p),
                float(found.bayes_factor[place]),
                float(min(effective_n[first], effective_n[second])),
                int(min(prompts[first], prompts[second])),
            )
        )
        agreement = float(value[place] * sign[place])
        yield Statement(scope, made.strength, agreement >= 0.0, agreement >= -truth.quantile * float(chance[place]))


def _held_out_difference(truth: HeldOutRates, pairs: tuple[Counts, Counts]) -> tuple[Reals, Reals]:
    first, second = pairs
    own = np.diag(truth.covariance)
    variance = own[first] + own[second] - 2.0 * truth.covariance[first, second]
    return truth.rate[first] - truth.rate[second], np.sqrt(np.maximum(variance, 0.0))
