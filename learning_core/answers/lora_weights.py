"""The weights of one LoRA with one checkpoint, in bands, where they were varied."""

import json
from dataclasses import dataclass

import numpy as np

from learning_core.answers.answer import Strength
from learning_core.answers.judged_prompts import Scope
from learning_core.answers.recommendation import WeightBand
from learning_core.answers.weighing import Weighed
from learning_core.index.columns import Column
from learning_core.stats.comparing import difference
from learning_core.stats.grouping import distinct, starts, tally
from learning_core.stats.posterior import mixture
from learning_core.stats.shrinkage import effective
from learning_core.stats.strength import Case, claim
from learning_core.text.names import number_text, same_name

ENDS = (0.4, 0.7, 0.9)
"""Bands of weights end here, these ends included; the last one is open."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The weight to take, None where none is known; how surely its band leads, and all bands by weight."""

    weight: float | None
    strength: Strength
    bands: list[WeightBand]
    why: str


def weights(scope: Scope, weighed: Weighed, level: int) -> Weights:
    """Return what is known of the weights of one LoRA, given by its level."""
    rows = weighed.counted.levels.rows_of(level)
    values = _values(scope, rows, weighed.counted.levels.names[level])
    known = ~np.isnan(values)
    rows, values = rows[known], values[known]
    if not len(rows):
        return Weights(None, "none", [], "No weight is known.")
    evidence = scope.evidence
    band = np.searchsorted(ENDS, values)
    present, group = distinct(band)
    order = np.lexsort((rows, group))
    rows, values, group = rows[order], values[order], group[order]
    counts = tally(group, evidence.clusters[rows], evidence.images[rows], evidence.good[rows])
    fitted = weighed.model.fitted
    size, good = effective(counts.n, counts.s, counts.q, fitted.correlations.same_level)
    prior = np.full(len(present), weighed.order.rate[level])
    spread = np.full(len(present), fitted.interaction.variance)
    mean, sd = mixture(size, good, prior, spread, fitted.interaction.weights)
    first = starts(group)
    parts = [slice(low, high) for low, high in zip(first, [*first[1:], len(group)], strict=True)]
    usual = [_most_used(values[part], evidence.images[rows[part]]) for part in parts]
    bands = [
        WeightBand(
            band=_text(values[part]),
            weight=usual[place],
            n=int(counts.n[place]),
            good=int(counts.s[place]),
            prompts=int(counts.clusters[place]),
            estimate=round(float(mean[place]), 4),
        )
        for place, part in enumerate(parts)
    ]
    if len(bands) == 1:
        return Weights(usual[0], "none", bands, f"Weights were only {bands[0].band}, so none can be said to be better.")
    ranking = np.lexsort((-counts.n, -mean.round(9))).tolist()
    best, second = ranking[:2]
    slope = float(prior[0] * (1.0 - prior[0]))
    found = difference(
        mean[[best]] - mean[[second]], sd[[best]] ** 2 + sd[[second]] ** 2, 4.0 * slope**2 * fitted.interaction.variance
    )
    case = Case(
        float(found.probability[0]),
        float(found.bayes_factor[0]),
        float(size[[best, second]].min()),
        int(counts.clusters[[best, second]].min()),
    )
    strength = claim(case).strength
    # Where no band shows to be better, the one that most is known about is the safe choice.
    chosen = best if strength != "none" else int(np.argmax(counts.n))
    chance = f"{bands[best].band} is better than {bands[second].band} with probability {case.probability:.3f}"
    return Weights(usual[chosen], strength, bands, f"Of its weights, {chance}: {strength}.")


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
