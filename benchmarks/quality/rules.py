"""Rules that say how likely an image is to come out well, ours and those that it must beat, in one protocol.

A rule learns from the counts of judged images, and answers for prompts: a matrix with a row for each prompt and a
column for each level. A keyword alone is a prompt of one keyword.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Protocol

import numpy as np
from msgspec import Struct

from benchmarks.quality.answered import effective_images, prompts_of_levels
from benchmarks.quality.worlds import Flags
from learning_core.answers.leading import Sizes
from learning_core.answers.prompt_lead import Prompt, lead_for_prompt
from learning_core.stats.beta import Reals
from learning_core.stats.student import NORMAL_QUANTILE
from learning_core.stats.sufficient_statistics import STAR_PARTS, Prompts, SufficientStatistics
from learning_core.stats.topic_order import over_all_prompts, words_of
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

    @property
    def measured(self) -> bool:
        """Whether it is given the words of the measurement, not those that answers read."""

    def learn(self, counts: SufficientStatistics) -> Learned:
        """Learn from judged images."""


class Answers(Struct, frozen=True):
    """What `recommend` answers, with the words that it reads: the rates that it shows and the value that it puts first.

    Nothing else is entangled with a lead here, as ratings in normal form tell no other setting.
    """

    name: str = "whatworks"
    measured: bool = False

    def learn(self, counts: SufficientStatistics) -> "LearnedAnswers":
        """Fit the model."""
        fitted, levels = fit(counts), counts.levels
        stars = levels.stars.total / np.maximum(levels.n, 1)
        return LearnedAnswers(
            fitted, counts, Sizes(effective_images(fitted, counts), prompts_of_levels(counts), stars), levels.n > 0
        )


class LearnedAnswers(Struct):
    """A fitted model; the last answers are kept, as rates and scores are asked for the same prompts."""

    fitted: Fitted
    counts: SufficientStatistics
    sizes: Sizes
    judged: Flags
    _last: tuple[Prompts, Reals, Reals] | None = None

    def rates(self, prompts: Prompts) -> Reals:
        """Return the rates that are shown."""
        return self._answered(prompts)[1]

    def scores(self, prompts: Prompts) -> Reals:
        """Return 0 for what is put first, several values where they are tied, less for what follows, in its order.

        Not each level was rated for each prompt: what is recommended is then the first one that was.
        """
        return self._answered(prompts)[2]

    def _answered(self, prompts: Prompts) -> tuple[Prompts, Reals, Reals]:
        if self._last is None or self._last[0] is not prompts:
            every = np.arange(self.fitted.levels)
            usual = over_all_prompts(self.fitted, every)
            rates, scores = np.zeros((2, len(prompts.lengths), len(every)))
            scores -= len(every)
            for place, (low, high) in enumerate(pairwise(prompts.starts.tolist())):
                keywords = prompts.keywords[low:high]
                prompt = Prompt(keywords, words_of(self.fitted, keywords, every), prompts.traits[place])
                found = lead_for_prompt(
                    usual, prompt, self.fitted, self.sizes, self.judged, _no_objection, _no_objection
                )
                rates[place] = found.order.rate
                ranking = found.lead.ranking
                scores[place, ranking] = np.minimum(found.lead.tied - 1 - np.arange(len(ranking)), 0)
            self._last = prompts, rates, scores
        return self._last


def _no_objection(_leader: int, _rivals: list[int]) -> str:
    return ""


class Table(Struct, frozen=True, eq=False):
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


class LearnedMeans(Struct, frozen=True, eq=False):
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


class CellMeans(Struct, frozen=True):
    """A rule that is a number for each cell."""

    name: str
    means: Callable[[Table], LearnedMeans]
    measured: bool = True

    def learn(self, counts: SufficientStatistics) -> LearnedMeans:
        """Compute the numbers."""
        return self.means(table(counts))


class LearnedOrder(Struct, frozen=True, eq=False):
    """An order of levels, the same for all prompts, and no rates."""

    order: Reals

    def rates(self, prompts: Prompts) -> None:
        """Return nothing: the rule names a winner only."""

    def scores(self, prompts: Prompts) -> Reals:
        """Return the same scores for each prompt."""
        return np.tile(self.order, (len(prompts.lengths), 1))


class StableNewConfidence(Struct, frozen=True):
    """The level of the highest confidence wins, the mean rating only breaks ties; without stars, 5 is a success."""

    name: str = "StableNew's confidence"
    measured: bool = True

    def learn(self, counts: SufficientStatistics) -> LearnedOrder:
        """Compute 0.45 min(1, n/6) + 0.25 (1 − min(1, sd/2.5)); weights of records are all 1 here."""
        levels = counts.levels
        has_stars = bool(levels.stars.total.any())
        stars = levels.stars.total if has_stars else levels.n + 4 * levels.s
        squares = levels.stars.squares // STAR_PARTS if has_stars else levels.n + 24 * levels.s
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


OURS = Answers()
AS_CODED = CellMeans("imgen as coded", _imgen_as_coded)
AS_DOCUMENTED = CellMeans("imgen as documented", _imgen_as_documented)
CHECKPOINT_ONLY = CellMeans("checkpoint only", _checkpoint_only)

RULES: tuple[Rule, ...] = (
    OURS,
    AS_CODED,
    CellMeans("imgen as coded, with our words", _imgen_as_coded, measured=False),
    AS_DOCUMENTED,
    StableNewConfidence(),
    CellMeans("raw mean", _raw_mean),
    CellMeans("Wilson centre", _wilson),
    CellMeans("pooled to the global mean", _global_mean),
    CHECKPOINT_ONLY,
)
"""All rules, ours first."""
