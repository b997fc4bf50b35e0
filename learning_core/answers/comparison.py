"""The values of one parameter set against each other: their estimates, their order, and whether one leads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learning_core.answers.answer import By, Status
from learning_core.answers.breakdown import Breakdown, Levels
from learning_core.answers.entanglement import entangled_with
from learning_core.answers.evidence import Evidence
from learning_core.stats.shrinkage import Estimates, probability_greater, shrink, within_cluster_correlation

LEAD_PROBABILITY = 0.99
LEAD_EFFECTIVE_N = 10.0
LEAD_PROMPTS = 5
THIN_EFFECTIVE_N = 3.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a value leads: the two values that speak for it, and what else could be behind the lead.

    `quoted` are numbers of levels, the best first, none where nothing is compared. `few` values besides the leader
    and its rivals rest on too few images to be compared.
    """

    status: Status
    quoted: tuple[int, ...] = ()
    few: int = 0
    entangled: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The values of one parameter with their estimates; `ranking` holds the numbers of the levels, best first.

    The parameter is known for `n` images, of which the share `baseline` came out well, and for `unknown` ones not.
    """

    levels: Levels
    estimates: Estimates
    ranking: list[int]
    n: int
    unknown: int
    baseline: float
    verdict: Verdict


def compare(breakdown: Breakdown, by: By, parameters: Sequence[By]) -> Comparison | None:
    """Return the comparison of a parameter's values, None where none is known.

    What leads must still lead at equal values of each of the other `parameters`.
    """
    levels, evidence = breakdown.levels(by), breakdown.evidence
    if levels is None:
        return None
    n = int(evidence.images[levels.known].sum())
    unknown = evidence.total - n
    baseline = int(evidence.good[levels.known].sum()) / n
    tally = levels.tally
    correlation = within_cluster_correlation(tally.cluster_n, tally.cluster_s)
    estimates = shrink(tally.n, tally.s, tally.q, baseline, correlation)
    ranking = _ranking(evidence, levels, estimates)
    if len(ranking) == 1:
        verdict = Verdict("too_thin" if unknown > n else "never_varied")
    else:
        verdict = _verdict(breakdown, levels, estimates, ranking, [other for other in parameters if other != by])
    if verdict.status == "clear_leader":
        # Values on too few images to be compared may have a higher estimate, and must not push the leader away.
        leader = verdict.quoted[0]
        ranking = [leader, *(level for level in ranking if level != leader)]
    return Comparison(levels, estimates, ranking, n, unknown, baseline, verdict)


def _ranking(evidence: Evidence, levels: Levels, estimates: Estimates) -> list[int]:
    """Order levels by estimate, then by effective number, then by stars; the order of their names decides the rest."""
    # The last digits are rounding errors, and must not part what is equal.
    mean, size = -estimates.mean.round(12), -estimates.effective_n.round(12)
    order = np.lexsort((size, mean))
    equal = (mean[order][1:] == mean[order][:-1]) & (size[order][1:] == size[order][:-1])
    if equal.any():
        stars = levels.totals(evidence.sums("rating_sum")) / np.maximum(levels.totals(evidence.sums("rated")), 1)
        order = np.lexsort((-stars, size, mean))
    ranking: list[int] = order.tolist()
    return ranking


def _verdict(
    breakdown: Breakdown, levels: Levels, estimates: Estimates, ranking: list[int], parameters: list[By]
) -> Verdict:
    size = estimates.effective_n
    solid = [level for level in ranking if size[level] >= THIN_EFFECTIVE_N]
    if len(solid) < 2:
        return Verdict("too_thin")
    # A rival rests on enough images, of enough separate prompts, to be compared.
    is_rival = (size >= LEAD_EFFECTIVE_N) & (levels.tally.clusters >= LEAD_PROMPTS)
    leader = solid[0]
    rivals = [level for level in solid[1:] if is_rival[level]]
    quoted = (leader, (rivals or solid[1:])[0])
    if not (rivals and is_rival[leader] and _leads(estimates, leader, rivals)):
        return Verdict("not_separable", quoted)
    if together := entangled_with(breakdown, levels, leader, rivals, parameters):
        return Verdict("not_separable", quoted, entangled=together)
    return Verdict("clear_leader", quoted, few=len(ranking) - 1 - len(rivals))


def _leads(estimates: Estimates, leader: int, rivals: list[int]) -> bool:
    """The leader must be surer than LEAD_PROBABILITY against each rival."""
    first, others = estimates.take(np.array([leader])), estimates.take(np.array(rivals))
    return min(probability_greater(first, others)) >= LEAD_PROBABILITY
