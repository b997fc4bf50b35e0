"""By how much the reported rate of the leader among forty checkpoints exceeds its true one."""

from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from benchmarks.quality.answered import over_everything
from benchmarks.quality.rules import OURS, RULES, Rule
from benchmarks.quality.targets import Figure, Target
from benchmarks.quality.worlds import Design, World, two_way
from learning_core.stats.beta import Reals
from learning_core.stats.sufficient_statistics import Prompts, SufficientStatistics, summarised
from learning_core.stats.two_way import fit

SIZES = (200, 1_000, 5_000)
FORTY = Design(0, batch=4, levels=40)
EQUAL = "forty equal"
KINDS = {EQUAL: replace(FORTY, level_sd=0.0), "forty that differ": FORTY}
SUBJECT = "simulated worlds: reported less true rate of the leader"
BOUNDS = Target(-0.02, 0.02)
RAW, WILSON = "raw mean", "Wilson centre"


def measure(worlds: int, seed: int) -> Iterator[Figure]:
    """Yield the mean overstatement of the leader, by rule and number of records, each from so many worlds."""
    for kind, design in KINDS.items():
        for records in SIZES:
            found: dict[str, list[float]] = {}
            for number in range(worlds):
                draw = np.random.default_rng([seed, number, records, int(design.level_sd > 0)])
                world = two_way(replace(design, records=records), draw)
                for rule, excess in overstatements(world).items():
                    found.setdefault(rule, []).append(excess)
            for rule, excesses in found.items():
                name = f"{kind}, {records:,} records: {rule}"
                yield Figure(
                    SUBJECT,
                    name,
                    float(np.mean(excesses)),
                    BOUNDS if (rule, kind) == (OURS.name, EQUAL) else None,
                    of=worlds,
                )


def overstatements(world: World) -> dict[str, float]:
    """Return reported less true rate of the leader, by rule."""
    counts = summarised(world.judgements())
    used = counts.levels.n > 0
    reported = {OURS.name: over_everything(fit(counts), counts).mean}
    reported |= {rule.name: _level_rates(rule, counts) for rule in RULES if rule.name in (RAW, WILSON)}
    return {rule: _excess(np.where(used, rates, -1.0), world.truth.levels) for rule, rates in reported.items()}


def _excess(reported: Reals, true: Reals) -> float:
    leader = int(reported.argmax())
    return float(reported[leader] - true[leader])


def _level_rates(rule: Rule, counts: SufficientStatistics) -> Reals:
    """Return what a rule says of each level where no keyword is asked for."""
    nothing = Prompts(np.zeros(2, np.int64), np.zeros(0, np.int64))
    rates = rule.learn(counts).rates(nothing)
    assert rates is not None, "these rules say rates"
    found: Reals = rates[0]
    return found
