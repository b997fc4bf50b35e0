"""Real ratings: loss and regret of each rule on unseen prompts, coverage and wrong claims of the model's statements."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from msgspec import Struct, field

from benchmarks.quality.held_out_rates import held_out_rates
from benchmarks.quality.ratings import RatingSet
from benchmarks.quality.rules import OURS, RULES, LearnedAnswers
from benchmarks.quality.splits import SIZES, HeldOut, Split, splits
from benchmarks.quality.statements import Model, Statement, statements
from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts

LEAST_RATE = 0.01
BINS = 10
Key = tuple[str, int, str]
"""Set, size, rule."""

StatementKey = tuple[str, int, str, str]
"""Set, size, scope, kind."""


class Calibration(Struct):
    """Sums of rates and of outcomes by bins of the rate."""

    rates: Reals = field(default_factory=lambda: np.zeros(BINS))
    outcomes: Reals = field(default_factory=lambda: np.zeros(BINS))

    def add(self, rates: Reals, outcomes: Counts) -> None:
        """Add predictions and what came out."""
        place = np.minimum((rates * BINS).astype(np.int64), BINS - 1)
        self.rates += np.bincount(place, rates, BINS)
        self.outcomes += np.bincount(place, outcomes, BINS)

    def error(self, total: int) -> float:
        """Return the mean distance of rate and outcome over the bins, weighted by their numbers."""
        return float(np.abs(self.rates - self.outcomes).sum()) / max(total, 1)


class Results(Struct):
    """What was measured over all splits."""

    loss: dict[Key, list[float]] = field(default_factory=lambda: defaultdict(list))
    regret: dict[Key, list[float]] = field(default_factory=lambda: defaultdict(list))
    random_regret: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    calibration: dict[Key, Calibration] = field(default_factory=lambda: defaultdict(Calibration))
    predicted: Counter[Key] = field(default_factory=Counter)
    made: Counter[StatementKey] = field(default_factory=Counter)
    held: Counter[StatementKey] = field(default_factory=Counter)
    allowed: Counter[StatementKey] = field(default_factory=Counter)

    def count(self, name: str, size: int, statement: Statement) -> None:
        """Count a statement."""
        key = (name, size, statement.scope, statement.kind)
        self.made[key] += 1
        self.held[key] += statement.holds
        self.allowed[key] += statement.allowing


def measure(sets: Sequence[RatingSet], times: int) -> Results:
    """Measure every rule on the sets, each split `times` times."""
    results = Results()
    for ratings in sets:
        for split in splits(ratings, times):
            _measure_split(results, ratings, split)
    return results


def _measure_split(results: Results, ratings: RatingSet, split: Split) -> None:
    held_out, levels = split.held_out, len(ratings.level_names)
    truths = list(held_out_rates(held_out, levels))
    worth = _worth(held_out, levels)
    of_levels = np.nanmean(worth, axis=0)
    top = float(np.nanmax(of_levels))
    results.random_regret[ratings.name].append(top - float(np.nanmean(of_levels)))
    for size in SIZES:
        if size > len(split.learned):
            continue
        counts = {measured: split.counts(size, measured=measured) for measured in (False, True)}
        for rule in RULES:
            key, learned = (ratings.name, size, rule.name), rule.learn(counts[rule.measured])
            prompts = held_out.measured if rule.measured else held_out.prompts
            _measure_rates(results, key, learned.rates(prompts), held_out)
            results.regret[key].append(top - _gain(learned.scores(prompts), worth))
            if rule == OURS and isinstance(learned, LearnedAnswers):
                for statement in statements(Model.of(learned.fitted, learned.counts), truths):
                    results.count(ratings.name, size, statement)


def _measure_rates(results: Results, key: Key, rates: Reals | None, held_out: HeldOut) -> None:
    if rates is None:
        return
    chance = np.clip(rates[held_out.prompt, held_out.level], LEAST_RATE, 1.0 - LEAST_RATE)
    results.loss[key].append(float(-np.log(np.where(held_out.selected == 1, chance, 1.0 - chance)).mean()))
    results.calibration[key].add(chance, held_out.selected)
    results.predicted[key] += len(chance)


def _worth(held_out: HeldOut, levels: int) -> Reals:
    """Return the share selected of each prompt and level, NaN where none was rated."""
    prompts = len(held_out.prompts.lengths)
    key = held_out.prompt * levels + held_out.level
    n = np.bincount(key, minlength=prompts * levels)
    s = np.bincount(key, held_out.selected, prompts * levels)
    return np.where(n > 0, s / np.maximum(n, 1), np.nan).reshape(prompts, levels)


def _gain(scores: Reals, worth: Reals) -> float:
    """Return the mean worth of the levels of the greatest score; of several equal ones any is as likely."""
    rated = ~np.isnan(worth)
    known = np.where(rated, scores, -np.inf)
    is_best = rated & (known >= known.max(axis=1, keepdims=True) - 1e-12)
    each = np.where(is_best, np.nan_to_num(worth), 0.0).sum(axis=1) / np.maximum(is_best.sum(axis=1), 1)
    return float(each[rated.any(axis=1)].mean())
