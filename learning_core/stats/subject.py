"""Rates of levels among the images that a question selects, drawn towards what the library as a whole expects.

A subject stands in the two-way model like one more keyword: the common rate, the level's effect and the subject's own
make the prior of each rate, and the images decide how far it departs (statistics.md 3.4 to 3.7). What the model
learned from these very images is taken out of the levels' effects first, so that nothing counts twice. Without a
subject the levels' own effects are estimated, each level measured against the prompts that it was used with.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import astuple

from learning_core.stats.beta import Reals
from learning_core.stats.comparing import Difference, difference
from learning_core.stats.effective_numbers import effective
from learning_core.stats.greatest import Best, best_of_several
from learning_core.stats.grouping import Counts
from learning_core.stats.logit import logistic, logit
from learning_core.stats.main_effects import effects_at
from learning_core.stats.posterior import mixture
from learning_core.stats.star_scale import StarScale
from learning_core.stats.two_way import Fitted, variance_of_effects

_LEAST_STRENGTH = 0.5


class Images(Struct, frozen=True, eq=False):
    """Judged images of each level: n, s that came out well, q = Σ n_g² over prompts, and the sums of their stars.

    Images that weigh less count in part. `level` is its number in the fitted model, or UNSEEN; `r` is Σ n_p² over the
    prompts of all levels together. `stars` are not looked at where the model has none.
    """

    level: Counts
    n: Counts | Reals
    s: Counts | Reals
    q: Counts | Reals
    stars: Counts | Reals
    r: float


class Rates(Struct, frozen=True, eq=False, dict=True):
    """Rates of levels, one element each: expected without the images (`prior`), estimated, and their spread.

    `place` and `place_sd` are for setting levels against each other, on a scale where what they share cancels;
    `unknown` is the variance of the place of each level before any image, `departure` that of its distance from what
    the library expects; `unit` is the share that one unit of place amounts to.
    """

    effective_n: Reals
    prior: Reals
    mean: Reals
    sd: Reals
    place: Reals
    place_sd: Reals
    unknown: Reals
    departure: Reals
    unit: float = 1.0

    @cached_property
    def shapes(self) -> tuple[Reals, Reals]:
        """Return a and b of the Beta distributions with these means and spreads."""
        return shapes_of(self.mean, self.sd)

    def compared(self, first: Counts, second: Counts) -> Difference:
        """Return the differences of the places of pairs of levels."""
        return _differences(self.place, self.place_sd, self.unknown, first, second)

    def departures(self) -> Difference:
        """Return how far each rate departs from what the library as a whole expects of it."""
        return difference(self.place - self.prior, self.place_sd**2, self.departure)


def shapes_of(mean: Reals, sd: Reals) -> tuple[Reals, Reals]:
    """Return a and b of the Beta distributions with some means and standard deviations."""
    strength = np.maximum(mean * (1.0 - mean) / sd**2 - 1.0, _LEAST_STRENGTH)
    return strength * mean, strength * (1.0 - mean)


def best_of_each(rates: Sequence[Rates], levels: Sequence[Sequence[int]]) -> list[Best]:
    """Return for each of some rates the chances of some levels to be the best of all, and regrets, in shares."""
    found = best_of_several([each.place for each in rates], [each.place_sd for each in rates], levels)
    return [
        Best(one.probability, one.expected_regret * each.unit, one.regret * each.unit)
        for one, each in zip(found, rates, strict=True)
    ]


def compared_each(rates: Sequence[Rates], pairs: Sequence[tuple[int, Sequence[int]]]) -> list[Difference]:
    """Return for each of some rates how far one of its levels is ahead of some others of them."""
    if not rates:
        return []
    columns = [np.concatenate([getattr(each, of) for each in rates]) for of in ("place", "place_sd", "unknown")]
    begins = list(accumulate((len(each.place) for each in rates), initial=0))
    sizes = [len(others) for _, others in pairs]
    first = np.repeat([begin + one for begin, (one, _) in zip(begins, pairs, strict=False)], sizes)
    second = [begin + each for begin, (_, others) in zip(begins, pairs, strict=False) for each in others]
    found = _differences(columns[0], columns[1], columns[2], first, np.array(second, np.int64))
    return [found.part(end - size, end) for size, end in zip(sizes, accumulate(sizes), strict=True)]


def _differences(place: Reals, place_sd: Reals, unknown: Reals, first: Counts, second: Counts) -> Difference:
    variance = place_sd[first] ** 2 + place_sd[second] ** 2
    return difference(place[first] - place[second], variance, unknown[first] + unknown[second])


class Models(NamedTuple):
    """Figures of several models, an element each, ready for every question about them.

    `stars` are those of their StarScale, a row each; of `weights` each has a column: those of the strengths of levels,
    of keywords and of the interaction. What follows is there for each level of each model, one model after the other:
    `first` tells where it begins.
    """

    rate: Reals
    rate_variance: Reals
    outcome_variance: Reals
    same_level: Reals
    across: Reals
    departures: Reals
    level_strength: Reals
    level_prior_variance: Reals
    keyword_strength: Reals
    stars: Reals
    level_weights: Reals
    keyword_weights: Reals
    weights: Reals
    first: Counts
    level_n: Reals
    level_s: Reals
    expected: Reals
    uneven_mix: Reals

    @classmethod
    def of(cls, fitted: Sequence[Fitted]) -> "Models":
        """Return the figures of one model at least."""
        figures = np.array([(*_figures(each), *astuple(each.stars)) for each in fitted]).T
        own = cls._fields.index("stars")
        sizes = np.array([each.levels for each in fitted])
        weights = [(each.effects.levels, each.effects.keywords, each.interaction) for each in fitted]
        of_levels = [
            (each.informed.level_n, each.informed.level_s, each.effects.levels.expected, each.uneven_mix)
            for each in fitted
        ]
        return cls._make(
            [
                *figures[:own],
                figures[own:],
                *(np.stack([one.weights for one in each], axis=1) for each in zip(*weights, strict=True)),
                np.cumsum(sizes) - sizes,
                *map(np.concatenate, zip(*of_levels, strict=True)),
            ]
        )


def _figures(fitted: Fitted) -> tuple[float, ...]:
    correlations, effects = fitted.correlations, fitted.effects
    return (
        effects.rate, fitted.rate_variance, fitted.outcome_variance, correlations.same_level, correlations.across,
        fitted.interaction.variance, effects.level_strength, fitted.level_prior_variance, effects.keywords.strength,
    )  # fmt: skip


def of_subject(models: Models, asked: Sequence[Images], known: Sequence[Images]) -> list[Rates]:
    """Return the rates of levels among the images of one subject, for several parameters, by a model each.

    `asked` are the subject's images, `known` those of them that the model was fitted to. All parameters are worked out
    at once: arrays of a few levels each cost more to begin with than to go through.
    """
    if not asked:
        return []
    images, inside = _joined(asked), _joined(known)
    of_case, first, end = images.of_case, images.first, len(images.level)
    # It looks at each level alone, so that both may stand in one row.
    of_both = _worth(_Joined._make(map(np.concatenate, zip(images, inside, strict=True))), models)
    size, worth, good = (each[:end] for each in of_both)
    effect, own = _without(models, images, inside, *(each[end:] for each in of_both[1:]))
    base = logit(models.rate)[of_case] + effect
    subject, spread, covariance = _effects_of_subject(models, images, worth, logistic(base))
    prior = logistic(base + subject[of_case])
    weights = models.weights[:, of_case]
    whole = own + (spread + models.rate_variance)[of_case]
    variance, shared = np.array((whole, own)), np.array((covariance[of_case], np.zeros(end)))
    (mean, place), (sd, place_sd) = mixture(worth, good, prior, variance, shared, weights)
    slope, departures = prior * (1.0 - prior), models.departures[of_case]
    unknown = slope**2 * (models.level_prior_variance[of_case] + departures)
    departure = slope**2 * (own + departures)
    parts = [slice(low, high) for low, high in pairwise([*first.tolist(), len(size)])]
    return [Rates(size[i], prior[i], mean[i], sd[i], place[i], place_sd[i], unknown[i], departure[i]) for i in parts]


class _Joined(NamedTuple):
    """The images of several cases one after the other: where each begins, its `r`, and the case of each level."""

    level: Counts
    n: Counts | Reals
    s: Counts | Reals
    q: Counts | Reals
    stars: Counts | Reals
    r: Reals
    first: Counts
    of_case: Counts


def _joined(images: Sequence[Images]) -> _Joined:
    columns = (np.concatenate([getattr(each, name) for each in images]) for name in _Joined._fields[:5])
    sizes = [len(each.level) for each in images]
    first, of_case = np.cumsum([0, *sizes[:-1]]), np.repeat(np.arange(len(images)), sizes)
    return _Joined._make([*columns, np.array([each.r for each in images]), first, of_case])


def _worth(images: _Joined, models: Models) -> tuple[Reals, Reals, Reals]:
    """Return effective images, how many images without stars they are worth, and how many of these came out well."""
    n, s, of_case = images.n, images.s, images.of_case
    size, _ = effective(n, s, images.q, models.same_level[of_case])
    return size, *StarScale(*models.stars[:, of_case]).informed(size, n, s, images.stars)


def of_everything(fitted: Fitted, images: Images, expected: Reals) -> Rates:
    """Return the rates of levels over all subjects; `expected` is the rate of each level's prompts without it."""
    size, worth, good = _worth(_joined([images]), Models.of([fitted]))
    levels = fitted.effects.levels
    effect = effects_at(levels.strength, worth, good, expected)
    departures = np.append(fitted.uneven_mix, fitted.interaction.variance)
    weights = levels.cautious.weights[:, None]
    variance = variance_of_effects(effect, expected, weights, worth, good, departures[images.level])
    # The chance that levels make no difference at all: the leader of many equal ones must not be overstated.
    mean = logistic(logit(fitted.effects.rate) + (1.0 - levels.none) * effect)
    either = levels.none * (1.0 - levels.none) * effect**2
    sd = mean * (1.0 - mean) * np.sqrt(variance + either + fitted.rate_variance)
    unknown = np.full(len(size), fitted.level_prior_variance)
    prior = np.full(len(size), fitted.effects.rate)
    return Rates(size, prior, mean, sd, effect, np.sqrt(variance), unknown, unknown, fitted.outcome_variance)


def _without(models: Models, images: _Joined, known: _Joined, worth: Reals, good: Reals) -> tuple[Reals, Reals]:
    """Return the effects of the images' levels, and their variances, as the models have them without the known ones.

    `worth` and `good` are what the known ones come to, as `_worth` gives them. Levels that a model has not met have no
    effect, and the variance of any level before its images.
    """
    seen = known.level >= 0
    place = (models.first[known.of_case] + known.level)[seen]
    is_met = images.level >= 0
    case = images.of_case[is_met]
    met = models.first[case] + images.level[is_met]
    # Effective numbers do not simply add up: what is left may not fall below nothing.
    n, s = models.level_n, models.level_s
    n = np.maximum(n - np.bincount(place, worth[seen], len(n)), 0.0)[met]
    s = np.minimum(np.maximum(s - np.bincount(place, good[seen], len(s)), 0.0)[met], n)
    expected, weights = models.expected[met], models.level_weights[:, case]
    effect = np.zeros(len(is_met))
    effect[is_met] = found = effects_at(models.level_strength[case], n, s, expected)
    variance = models.level_prior_variance[images.of_case]
    variance[is_met] = variance_of_effects(found, expected, weights, n, s, models.uneven_mix[met])
    return effect, variance


def _effects_of_subject(models: Models, images: _Joined, size: Reals, rates: Reals) -> tuple[Reals, Reals, Reals]:
    """Return the subject's effect on the log-odds in each case, its variance, and its covariance with its own images.

    `size` are the effective images of each level, `rates` what is expected of them.
    """
    n, s = _together(models, images)
    total = np.add.reduceat(size, images.first)
    expected = np.add.reduceat(size * rates, images.first) / total
    unequal = np.add.reduceat(size * size, images.first) / (total * total)
    value = effects_at(models.keyword_strength, n, s, expected)
    variance = variance_of_effects(value, expected, models.keyword_weights, n, s, models.departures * unequal)
    return value, variance, 1.0 / ((n + models.keyword_strength) * models.outcome_variance)


def _together(models: Models, images: _Joined) -> tuple[Reals, Reals]:
    """Return effective n and s of all levels of each case together, with what stars tell.

    For keywords see statistics.md 3.2.
    """
    n, s, q, stars = (np.add.reduceat(each, images.first) for each in (images.n, images.s, images.q, images.stars))
    excess = ((q - n) * models.same_level + (images.r - q) * models.across) / n
    return StarScale(*models.stars).informed(n / np.maximum(1.0, 1.0 + excess), n, s, stars)
