"""How often a difference is ever claimed between two equal checkpoints by who looks a hundred times."""

from collections.abc import Iterator

import numpy as np

from benchmarks.quality.answered import effective_images, over_everything, prompts_of_levels
from benchmarks.quality.claims import our_claims
from benchmarks.quality.coverage import pairs_inside, two_proportions
from benchmarks.quality.targets import Figure, Target
from benchmarks.quality.worlds import Design, World, two_way
from learning_core.stats.adjusted import check, most_uneven
from learning_core.stats.comparing import Difference
from learning_core.stats.equal_parts import equal_parts
from learning_core.stats.stratified import Rows
from learning_core.stats.strength import STRENGTHS, Case, claim
from learning_core.stats.sufficient_statistics import SufficientStatistics, summarised
from learning_core.stats.two_way import Fitted, fit

RECORDS, EVERY = 1_000, 10
TIME_PARTS = 8
EQUAL = Design(RECORDS, batch=4, levels=2, level_sd=0.0)
MOST = Target(high=0.03)
SUBJECT = "simulated worlds: two equal checkpoints, a difference ever claimed in 100 looks"


def measure(worlds: int, seed: int) -> Iterator[Figure]:
    """Yield the share of worlds in which a rule ever claims a difference, from so many worlds."""
    ever = [claims_ever(two_way(EQUAL, np.random.default_rng([seed, number]))) for number in range(worlds)]
    for name, target in RULES.items():
        yield Figure(SUBJECT, name, sum(name in each for each in ever) / worlds, target, of=worlds)


RULES = {
    "whatworks, strong": MOST,
    "whatworks, strong inside any of 24 keywords": MOST,
    "whatworks, moderate or strong": None,
    "P > .95": None,
    "raw z > 1.96": None,
    "higher raw rate by .1": None,
}
"""What may be claimed, and how often at most."""


def claims_ever(world: World) -> set[str]:
    """Return the rules that claim a difference at any look at the growing records."""
    found: set[str] = set()
    for records in range(EVERY, len(world.prompt) + 1, EVERY):
        counts = summarised(world.judgements(records))
        if counts.levels.n.all():
            found |= set(_claims(counts, world))
    return found


def _claims(counts: SufficientStatistics, world: World) -> Iterator[str]:
    fitted = fit(counts)
    one, other = np.array([0]), np.array([1])
    difference = over_everything(fitted, counts).compared(one, other)
    strength = STRENGTHS.index(claim(overall_case(counts, fitted, difference)).strength)
    if strength == 3:
        yield "whatworks, strong"
    if strength >= 2:
        yield "whatworks, moderate or strong"
    if abs(difference.probability[0] - 0.5) > 0.45:
        yield "P > .95"
    pairs = pairs_inside(counts.cells.keyword)
    strong = np.flatnonzero(our_claims(counts, pairs, fitted)["whatworks, strong"])
    if any(_passes(world, counts.n, keyword) for keyword in counts.cells.keyword[pairs[0][strong]].tolist()):
        yield "whatworks, strong inside any of 24 keywords"
    value, error = two_proportions(counts.levels.n, counts.levels.s, one, other)
    if abs(value[0]) > 1.96 * error[0] > 0:
        yield "raw z > 1.96"
    if abs(value[0]) > 0.1:
        yield "higher raw rate by .1"


def _passes(world: World, records: int, keyword: int) -> bool:
    """Tell whether the difference inside a keyword passes the check over time and the most uneven other keyword."""
    chosen = np.flatnonzero(world.words[world.prompt[:records], keyword])
    words = np.delete(world.words[world.prompt[chosen]], keyword, axis=1)
    good = world.selected[chosen].astype(np.int64)
    rows = Rows(world.level[chosen], world.prompt[chosen], np.ones_like(good), good)
    other = words[:, most_uneven(rows, words)].astype(np.int64)
    return check(rows, {"keyword": other, "time": equal_parts(chosen, TIME_PARTS)}).outcome == "passed"


def overall_case(counts: SufficientStatistics, fitted: Fitted, difference: Difference, objection: str = "") -> Case:
    """Return what a comparison of the levels 0 and 1 over all keywords rests on."""
    chance = float(difference.probability[0])
    return Case(
        probability=max(chance, 1.0 - chance),
        bayes_factor=float(difference.bayes_factor[0]),
        effective_n=float(effective_images(fitted, counts).min()),
        prompts=int(prompts_of_levels(counts).min()),
        objection=objection,
    )
