"""The weights of one LoRA with one checkpoint, in bands, where they were varied."""

import json

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import Strength
from learning_core.answers.judged_prompts import Scope
from learning_core.answers.recommendation import WeightBand
from learning_core.answers.weighing import Weighed
from learning_core.index.columns import Column
from learning_core.stats.beta import Reals
from learning_core.stats.comparing import difference
from learning_core.stats.effective_numbers import effective
from learning_core.stats.grouping import Tally, distinct, starts, tally
from learning_core.stats.posterior import mixture
from learning_core.stats.probability import probability_text
from learning_core.stats.strength import Case, claim
from learning_core.text.names import number_text, same_name

ENDS = (0.4, 0.7, 0.9)
"""Bands of weights end here, these ends included; the last one is open."""


class Weights(Struct, frozen=True):
    """The weight to take, None where none is known; how surely its band leads, and all bands by weight."""

    weight: float | None
    strength: Strength
    bands: list[WeightBand]
    why: str


class _Estimates(Struct, frozen=True, eq=False):
    """Counts of bands, their effective images, and their rates drawn towards that of the LoRA with the checkpoint."""

    counts: Tally
    effective_n: Reals
    mean: Reals
    sd: Reals
    prior_variance: float


def weights(scope: Scope, weighed: Weighed, level: int) -> Weights:
    """Return what is known of the weights of one LoRA, given by its level."""
    rows = weighed.counted.levels.rows_of(level)
    values = _values(scope, rows, weighed.counted.levels.names[level])
    known = ~np.isnan(values)
    rows, values = rows[known], values[known]
    if not len(rows):
        return Weights(None, "none", [], "No weight is known.")
    group = distinct(np.searchsorted(ENDS, values))[1]
    order = np.lexsort((rows, group))
    rows, values, group = rows[order], values[order], group[order]
    found = _estimates(scope, weighed, level, rows, group)
    bands = _bands(found, values, scope.evidence.images[rows], group)
    if len(bands) == 1:
        only = bands[0]
        return Weights(only.weight, "none", bands, f"Weights were only {only.band}, so none can be said to be better.")
    return _chosen(found, bands)


def _estimates(scope: Scope, weighed: Weighed, level: int, rows: Column, group: Column) -> _Estimates:
    evidence, fitted = scope.evidence, weighed.model.fitted
    counts = tally(group, evidence.clusters[rows], evidence.images[rows], evidence.good[rows])
    size, _ = effective(counts.n, counts.s, counts.q, fitted.correlations.same_level)
    stars = np.add.reduceat(evidence.star_sums()[rows], starts(group))
    worth, good = fitted.stars.informed(size, counts.n, counts.s, stars)
    rate = float(weighed.order.rate[level])
    variance = fitted.interaction.variance
    weights, nothing = fitted.interaction.weights[:, None], np.zeros(len(size))
    mean, sd = mixture(worth, good, np.full(len(size), rate), np.full(len(size), variance), nothing, weights)
    # A band departs from the LoRA as a cell does from its effects, and so does its effect.
    return _Estimates(counts, size, mean, sd, 4.0 * (rate * (1.0 - rate)) ** 2 * variance)


def _bands(found: _Estimates, values: Column, images: Column, group: Column) -> list[WeightBand]:
    first = starts(group)
    parts = [slice(low, high) for low, high in zip(first, [*first[1:], len(group)], strict=True)]
    return [
        WeightBand(
            band=_text(values[part]),
            weight=_most_used(values[part], images[part]),
            n=int(found.counts.n[place]),
            good=int(found.counts.s[place]),
            prompts=int(found.counts.clusters[place]),
            estimate=round(float(found.mean[place]), 4),
        )
        for place, part in enumerate(parts)
    ]


def _chosen(found: _Estimates, bands: list[WeightBand]) -> Weights:
    counts = found.counts
    best, second = np.lexsort((-counts.n, -found.mean.round(9))).tolist()[:2]
    pair = [best, second]
    apart = difference(
        found.mean[[best]] - found.mean[[second]], (found.sd[pair] ** 2).sum(keepdims=True), found.prior_variance
    )
    case = Case(
        float(apart.probability[0]),
        float(apart.bayes_factor[0]),
        float(found.effective_n[pair].min()),
        int(counts.clusters[pair].min()),
    )
    strength = claim(case).strength
    # Where no band shows to be better, the one that most is known about is the safe choice.
    taken = best if strength != "none" else int(np.argmax(counts.n))
    better = f"{bands[best].band} is better than {bands[second].band}"
    why = f"Of its weights, {better} with probability {probability_text(case.probability)}: {strength}."
    return Weights(bands[taken].weight, strength, bands, why)


def _values(scope: Scope, rows: Column, name: str) -> Column:
    """Return the weight of a LoRA in each row, NaN where it is unknown."""
    numbers, place = distinct(scope.evidence.column("lora_set")[rows])
    key = same_name(name)
    found = []
    for text in scope.snapshot.names("lora_set", numbers):
        uses = {same_name(member): weight for member, weight in json.loads(text)}
        weight = uses.get(key)
        found.append(np.nan if weight is None else float(weight))
    return np.array(found)[place]


def _most_used(values: Column, images: Column) -> float:
    different, place = np.unique(values, return_inverse=True)
    return float(different[int(np.argmax(np.bincount(place, images)))])


def _text(values: Column) -> str:
    low, high = number_text(float(values.min())), number_text(float(values.max()))
    return low if low == high else f"{low} to {high}"
