"""The values of parameters in their order, and how surely the first is ahead of those that it is set against."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from msgspec import Struct

from learning_core.answers.breakdown import Levels
from learning_core.answers.evidence import Evidence
from learning_core.stats.comparing import Difference
from learning_core.stats.strength import LEAST_EFFECTIVE_N, STRENGTHS, STRONG_PROMPTS, Case, Claim, claim
from learning_core.stats.subject import Rates, compared_each

THIN_EFFECTIVE_N = 3.0


class Ranked(Struct, frozen=True, eq=False):
    """The levels of one parameter with their rates; `ranking` holds their numbers, best first."""

    levels: Levels
    rates: Rates
    ranking: list[int]


class Contest(Struct, frozen=True):
    """A leader and the levels that it is set against, best first: its rivals, or the next one where it has none.

    A rival rests on enough images, of enough separate prompts, to be compared, and so does the leader of rivals.
    """

    leader: int
    others: list[int]
    are_rivals: bool


class Ahead(Struct, frozen=True, eq=False):
    """The level that a leader is least surely ahead of, how surely, and their difference."""

    closest: int
    claim: Claim
    difference: Difference


def ranked(evidence: Evidence, levels: Sequence[Levels], rates: Sequence[Rates]) -> list[Ranked]:
    """Order the levels of each parameter by rate, then by effective number, then by stars, then by name."""
    if not levels:
        return []
    sizes = [len(each.names) for each in levels]
    parameter = np.repeat(np.arange(len(levels)), sizes)
    # The last digits are rounding errors, and must not part what is equal.
    place, size = (-np.concatenate([getattr(each, of) for each in rates]).round(12) for of in ("place", "effective_n"))
    order = np.lexsort((size, place, parameter))
    ahead, behind = order[:-1], order[1:]
    if ((place[ahead] == place[behind]) & (size[ahead] == size[behind])).any():
        stars, rated = (
            np.concatenate([each.totals(evidence.sums(name)) for each in levels]) for name in ("rating_sum", "rated")
        )
        order = np.lexsort((-stars / np.maximum(rated, 1), size, place, parameter))
    return [
        Ranked(levels[number], rates[number], (order[end - size : end] - (end - size)).tolist())
        for number, (end, size) in enumerate(zip(accumulate(sizes), sizes, strict=True))
    ]


def contest(of: Ranked) -> Contest | None:
    """Return which level leads, and what it is set against; None where fewer than two rest on more than nothing."""
    size, prompts = of.rates.effective_n, of.levels.tally.clusters
    is_solid = (size >= THIN_EFFECTIVE_N).tolist()
    is_rival = ((size >= LEAST_EFFECTIVE_N) & (prompts >= STRONG_PROMPTS)).tolist()
    solid = [level for level in of.ranking if is_solid[level]]
    if len(solid) < 2:
        return None
    leader, *others = solid
    rivals = [level for level in others if is_rival[level]] if is_rival[leader] else []
    return Contest(leader, rivals or others[:1], bool(rivals))


def ahead(contests: Sequence[tuple[Ranked, Contest]]) -> list[Ahead]:
    """Return of each leader how surely it is ahead of the level that it is least surely ahead of."""
    pairs = [(each.leader, each.others) for _, each in contests]
    differences = compared_each([of.rates for of, _ in contests], pairs)
    return [_weakest(of, each, found) for (of, each), found in zip(contests, differences, strict=True)]


def _weakest(of: Ranked, found: Contest, difference: Difference) -> Ahead:
    leader, others = found.leader, found.others
    size, prompts = of.rates.effective_n.tolist(), of.levels.tally.clusters.tolist()
    probability, bayes_factor = difference.probability.tolist(), difference.bayes_factor.tolist()

    def against(place: int) -> Claim:
        other = others[place]
        return claim(
            Case(
                probability=probability[place],
                bayes_factor=bayes_factor[place],
                effective_n=min(size[leader], size[other]),
                prompts=min(prompts[leader], prompts[other]),
            )
        )

    closest = _lowest(probability)
    weakest = against(closest)
    if weakest.strength != STRENGTHS[0]:
        # The claim against each is held back by one of four figures, so one of the four lowest ones decides.
        figures = (bayes_factor, [size[other] for other in others], [prompts[other] for other in others])
        claims = {place: against(place) for place in sorted({closest, *map(_lowest, figures)})}
        closest = min(claims, key=lambda each: (STRENGTHS.index(claims[each].strength), probability[each], each))
        weakest = claims[closest]
    return Ahead(others[closest], weakest, difference.one(closest))


def _lowest(figures: list[float]) -> int:
    """Return the place of the lowest figure, the first of several."""
    return figures.index(min(figures))
