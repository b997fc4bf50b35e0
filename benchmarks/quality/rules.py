"""Rules that say how likely an image is to come out well, ours and those that it must beat, in one protocol.

A rule learns from the counts of judged images, and answers for prompts: a matrix with a row for each prompt and a
column for each level. A keyword alone is a prompt of one keyword.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from learning_core.stats.beta import Reals
from learning_core.stats.prediction import Prediction, predict
from learning_core.stats.star_ratings import Stars, star_ratings
from learning_core.stats.student import NORMAL_QUANTILE
from learning_core.stats.sufficient_statistics import Prompts, SufficientStatistics
from learning_core.stats.two_way import Fitted, fit


class Learned(Protocol):
    """What a rule made of the counts."""

    def rates(self, prompts: Prompts) -> Reals | None:
        """Return how likely an image is to come out well, 0 to 1; None from a rule that does not say."""

    def scores(self, prompts: Prompts) -> Reals:
        """Return what the rule recommends by: the level of the greatest score."""


class Rule(Protocol):
    """A rule by its name."""

    @property
    def name(self) -> str:
        """The name in tables."""

    def learn(self, counts: SufficientStatistics) -> Learned:
        """Learn from judged images."""


@dataclass(frozen=True, slots=True)
class TwoWay:
    """The two-way empirical-Bayes model; levels are ordered by stars, where there are any and `by_stars` says so."""

    name: str = "whatworks"
    by_stars: bool = True

    def learn(self, counts: SufficientStatistics) -> "LearnedTwoWay":
        """Fit the model, and that of the stars."""
        fitted = fit(counts)
        has_stars = self.by_stars and bool(counts.levels.stars.any())
        return LearnedTwoWay(fitted, star_ratings(counts, fitted.numbers) if has_stars else None)


@dataclass(slots=True)
class LearnedTwoWay:
    """A fitted model; the last prediction is kept, as rates and scores are asked for the same prompts."""

    fitted: Fitted
    stars: Stars | None = None
    _last: tuple[Prompts, Prediction] | None = field(default=None, repr=False)

    def rates(self, prompts: Prompts) -> Reals:
        """Return the predicted rates."""
        return self._predict(prompts).rate

    def scores(self, prompts: Prompts) -> Reals:
        """Return the scores that levels are ordered by."""
        return self._predict(prompts).score if self.stars is None else self.stars.scores(prompts)

    def _predict(self, prompts: Prompts) -> Prediction:
        if self._last is None or self._last[0] is not prompts:
            self._last = prompts, predict(self.fitted, prompts)
        return self._last[1]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Counts as dense tables: n and s of cells (keyword, level) and of levels."""

    n: Reals
    s: Reals
    level_n: Reals
    level_s: Reals

    @property
    def common(self) -> float:
        """The rate of all images as if six more, half of them good, had been seen; ours starts the same way."""
        return float((self.level_s.sum() + 3.0) / (self.level_n.sum() + 6.0))


def table(counts: SufficientStatistics) -> Table:
    """Return the counts as dense tables."""
    cells, shape = counts.cells, (len(counts.keyword_r), len(counts.levels.n))
    n, s = np.zeros(shape), np.zeros(shape)
    n[cells.keyword, cells.level], s[cells.keyword, cells.level] = cells.n, cells.s
    return Table(n, s, counts.levels.n.astype(np.float64), counts.levels.s.astype(np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class LearnedMeans:
    """A number for each cell, and one for each level where a prompt has no keyword; a prompt's is the mean."""

    cell: Reals
    level: Reals

    def rates(self, prompts: Prompts) -> Reals:
        """Return the mean over the keywords of each prompt."""
        lengths = prompts.lengths
        prompt = np.repeat(np.arange(len(lengths)), lengths)
        total = np.zeros((len(lengths), len(self.level)))
        np.add.at(total, prompt, self.cell[prompts.keywords])
        return np.where(lengths[:, None] > 0, total / np.maximum(lengths, 1)[:, None], self.level)

    def scores(self, prompts: Prompts) -> Reals:
        """Return the same numbers."""
        return self.rates(prompts)


@dataclass(frozen=True, slots=True)
class CellMeans:
    """A rule that is a number for each cell."""

    name: str
    means: Callable[[Table], LearnedMeans]

    def learn(self, counts: SufficientStatistics) -> LearnedMeans:
        """Compute the numbers."""
        return self.means(table(counts))


@dataclass(frozen=True, slots=True, eq=False)
class LearnedOrder:
    """An order of levels, the same for all prompts, and no rates."""

    order: Reals

    def rates(self, prompts: Prompts) -> None:
        """Return nothing: the rule names a winner only."""

    def scores(self, prompts: Prompts) -> Reals:
        """Return the same scores for each prompt."""
        return np.tile(self.order, (len(prompts.lengths), 1))


@dataclass(frozen=True, slots=True)
class StableNewConfidence:
    """The level of the highest confidence wins, the mean rating only breaks ties; without stars, 5 is a success."""

    name: str = "StableNew's confidence"

    def learn(self, counts: SufficientStatistics) -> LearnedOrder:
        """Compute 0.45 min(1, n/6) + 0.25 (1 − min(1, sd/2.5)); weights of records are all 1 here."""
        levels = counts.levels
        has_stars = bool(levels.stars.any())
        stars = levels.stars if has_stars else levels.n + 4 * levels.s
        squares = levels.squares if has_stars else levels.n + 24 * levels.s
        n = np.maximum(levels.n, 1)
        mean = stars / n
        sd = np.sqrt(np.maximum(squares / n - mean * mean, 0.0))
        confidence = 0.45 * np.minimum(1.0, levels.n / 6.0) + 0.25 * (1.0 - np.minimum(1.0, sd / 2.5))
        return LearnedOrder(np.where(levels.n > 0, confidence + 1e-9 * mean, -1.0))


def _rate(s: Reals, n: Reals, otherwise: Reals | float) -> Reals:
    return np.where(n > 0, s / np.maximum(n, 1.0), otherwise)


def _imgen_as_coded(counts: Table) -> LearnedMeans:
    return LearnedMeans(np.where(counts.n >= 3, _rate(counts.s, counts.n, 0.5), 0.5), np.full(len(counts.level_n), 0.5))


def _imgen_as_documented(counts: Table) -> LearnedMeans:
    level = _rate(counts.level_s, counts.level_n, 0.5)
    trust = np.minimum(counts.n / 20.0, 1.0)
    return LearnedMeans(trust * _rate(counts.s, counts.n, 0.5) + (1.0 - trust) * level, level)


def _raw_mean(counts: Table) -> LearnedMeans:
    return LearnedMeans(_rate(counts.s, counts.n, 0.5), _rate(counts.level_s, counts.level_n, 0.5))


def _wilson(counts: Table) -> LearnedMeans:
    square = NORMAL_QUANTILE * NORMAL_QUANTILE
    cell = (counts.s + square / 2.0) / (counts.n + square)
    return LearnedMeans(cell, (counts.level_s + square / 2.0) / (counts.level_n + square))


def _checkpoint_only(counts: Table) -> LearnedMeans:
    level = (counts.level_s + 10.0 * counts.common) / (counts.level_n + 10.0)
    return LearnedMeans(np.tile(level, (len(counts.n), 1)), level)


def _global_mean(counts: Table) -> LearnedMeans:
    level = (counts.level_s + 10.0 * counts.common) / (counts.level_n + 10.0)
    return LearnedMeans((counts.s + 10.0 * counts.common) / (counts.n + 10.0), level)


OURS = TwoWay()
BY_SELECTIONS = TwoWay("whatworks, order by selections", by_stars=False)
AS_CODED = CellMeans("imgen as coded", _imgen_as_coded)
AS_DOCUMENTED = CellMeans("imgen as documented", _imgen_as_documented)
CHECKPOINT_ONLY = CellMeans("checkpoint only", _checkpoint_only)

RULES: tuple[Rule, ...] = (
    OURS,
    BY_SELECTIONS,
    AS_CODED,
    AS_DOCUMENTED,
    StableNewConfidence(),
    CellMeans("raw mean", _raw_mean),
    CellMeans("Wilson centre", _wilson),
    CellMeans("pooled to the global mean", _global_mean),
    CHECKPOINT_ONLY,
)
"""All rules, ours first."""
