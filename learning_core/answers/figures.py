"""What each value of a parameter comes to beside the others: chances, regret, strength, and its pooled stars."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from learning_core.answers.comparison import Comparison
from learning_core.answers.evidence import Evidence
from learning_core.stats.beta import Reals
from learning_core.stats.comparing import Difference
from learning_core.stats.greatest import Best
from learning_core.stats.pooled_mean import Starred, pooled_means
from learning_core.stats.strength import STRENGTHS, Case, Claim, claim

SHOWN_DECIMALS = 1
"""Pooled stars that look the same leave the order to the shares."""


class Figures(Struct, frozen=True):
    """One value: its chance to be the best, its expected regret, how surely the first value is better, and why.

    `rated_share` is that of the images made with it; `pooled_rating` its mean stars drawn to those of all values.
    """

    chance_best: float
    regret: float
    claim: Claim
    rated_share: float
    pooled_rating: float | None


def in_shown_order(compared: Comparison, stars: Reals | None, *, is_led: bool) -> Comparison:
    """Return a comparison in the order in which its values are shown.

    Where none leads, and none over all prompts (`is_led`), rated values stand by their pooled stars, which tell a 5
    from a 4 where shares of good images do not (acceptance case E9). `stars` are as `pooled_stars` gives them.
    """
    if stars is None or is_led or compared.verdict.status not in ("not_separable", "too_thin"):
        return compared
    less = (-stars.round(SHOWN_DECIMALS)).tolist()
    return replace(compared, ranking=sorted(compared.ranking, key=less.__getitem__))


def figures_of(
    compared: Comparison, stars: Reals | None, shown: list[int], made: list[int], best: Best, behind: Difference
) -> list[Figures]:
    """Return the figures of the shown levels, the first of which is set against all others.

    `made` are the images made with each of them, judged or not, `best` their chances to be the best of all levels, and
    `behind` tells how far the first is ahead of each other one.
    """
    n = compared.levels.tally.n
    return [
        Figures(
            chance_best=round(min(chance, 1.0), 4),
            regret=round(min(regret, 1.0), 4),
            claim=each,
            rated_share=round(int(n[level]) / max(images, int(n[level]), 1), 4),
            pooled_rating=None if stars is None else round(float(stars[level]), 2),
        )
        for level, images, chance, regret, each in zip(
            shown, made, best.probability.tolist(), best.regret.tolist(), _claims(compared, shown, behind), strict=True
        )
    ]


def _claims(compared: Comparison, shown: list[int], behind: Difference) -> list[Claim]:
    """Return how sure the lead is, and of each other level how sure it is that the first one is better.

    What holds back the claim about the closest rival (another cause, uneven judging) holds back all of them.
    """
    rates, tally, verdict = compared.rates, compared.levels.tally, compared.verdict
    leader, others = shown[0], shown[1:]
    found = [verdict.claim]
    most = STRENGTHS.index("weak" if verdict.entangled or verdict.uneven else "strong")
    for place, level in enumerate(others):
        case = Case(
            probability=float(behind.probability[place]),
            bayes_factor=float(behind.bayes_factor[place]),
            effective_n=float(min(rates.effective_n[leader], rates.effective_n[level])),
            prompts=int(min(tally.clusters[leader], tally.clusters[level])),
        )
        own = claim(case)
        found.append(own if STRENGTHS.index(own.strength) <= most else Claim("weak", verdict.claim.reason))
    return found


def pooled_stars(evidence: Evidence, compared: Sequence[Comparison]) -> list[Reals | None]:
    """Return the pooled mean stars of all levels of each comparison, None where selections are what counts."""
    if evidence.outcome == "selected":
        return [None] * len(compared)
    starred = [
        Starred(
            each.rates.effective_n,
            each.levels.stars / each.levels.tally.n,
            each.n,
            evidence.total_of("rating_sum", each.levels.known),
            evidence.total_of("rating_squares", each.levels.known),
        )
        for each in compared
    ]
    return [*pooled_means(starred)]
