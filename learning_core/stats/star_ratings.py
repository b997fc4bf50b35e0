"""Ratings 1 to 5 by level, keyword and cell: the normal analogue of the two-way model (statistics.md 3.11)."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from learning_core.stats.beta import Reals
from learning_core.stats.effective_numbers import EffectiveNumbers
from learning_core.stats.grouping import Counts
from learning_core.stats.sufficient_statistics import PROMPT_SHARES, Prompts, SufficientStatistics

_MIDDLE = 3.0
_IMAGES_BEFORE = 3
_LEAST_VARIANCE = 0.05
_VARIANCE_OF_ONE = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Stars:
    """Mean ratings: of all (`mean`), and the effects of levels, keywords and cells, shrunk; in rating points.

    `variance` is that of one rating; the others are the spreads of true effects among levels, keywords and cells.
    """

    mean: float
    variance: float
    level: Reals
    keyword: Reals
    cell: Reals
    level_spread: float
    keyword_spread: float
    cell_spread: float
    levels: int
    cell_key: Counts
    numbers: EffectiveNumbers

    def expected(self, keywords: Counts, length: int) -> Reals:
        """Return the expected rating of each level for a prompt of `length` keywords, of which these were seen."""
        level = np.arange(self.levels)
        total = np.zeros(self.levels)
        for keyword in keywords.tolist():
            total += self.keyword[keyword] + self._at(self.cell, keyword, level)
        found: Reals = self.mean + self.level + total / sqrt(max(length, 1))
        return found

    def scores(self, prompts: Prompts) -> Reals:
        """Return what to order levels by, a row for each prompt: departures of cells damped by L, as in prediction."""
        lengths = prompts.lengths
        prompt, place = np.repeat(np.arange(len(lengths)), lengths), np.arange(self.levels)
        departures = self._at(self.cell, prompts.keywords[:, None], place)
        total = np.zeros((len(lengths), self.levels))
        np.add.at(total, prompt, departures)
        found: Reals = self.level + total / np.maximum(lengths, 1)[:, None]
        return found

    def difference_variance(self, keyword: int, first: int, second: int) -> float:
        """Return the variance of the difference of two levels inside a keyword."""
        pair = np.array([first, second])
        cell_n = self._at(self.numbers.cell_n, keyword, pair)
        own = 1.0 / (self.numbers.level_n[pair] / self.variance + 1.0 / self.level_spread)
        return float((own + 1.0 / (cell_n / self.variance + 1.0 / self.cell_spread)).sum())

    def _at(self, of_cells: Reals, keyword: int | Counts, level: Counts) -> Reals:
        # An unseen keyword, whose number is negative, has no cell.
        key = np.where(np.asarray(keyword) < 0, -2, keyword * self.levels + level)
        place = np.searchsorted(self.cell_key, key)
        found: Reals = np.where(np.append(self.cell_key, -1)[place] == key, np.append(of_cells, 0.0)[place], 0.0)
        return found


def star_ratings(counts: SufficientStatistics, numbers: EffectiveNumbers) -> Stars:
    """Return the model of the ratings in counts that hold only rated images, at least one."""
    cells, levels, images = counts.cells, counts.levels, counts.n
    mean, variance = _moments(int(levels.stars.sum()), int(levels.squares.sum()), images)
    keywords = len(counts.keyword_r)
    keyword_images = np.bincount(cells.keyword, cells.n, keywords)
    keyword_stars = np.bincount(cells.keyword, cells.stars, keywords)
    shares = np.bincount(cells.level, cells.share, len(levels.n)) / PROMPT_SHARES
    share_stars = np.bincount(cells.level, cells.share_stars, len(levels.n)) / PROMPT_SHARES
    raw = _ratio(levels.stars - mean * levels.n, levels.n)
    level_spread = _spread(numbers.level_n, raw, variance)
    level = _shrunken(raw, numbers.level_n, variance, level_spread)
    for _ in range(2):
        expected = np.bincount(cells.keyword, cells.n * (mean + level)[cells.level], keywords)
        raw = _ratio(keyword_stars - expected, keyword_images)
        keyword_spread = _spread(numbers.keyword_n, raw, variance)
        keyword = _shrunken(raw, numbers.keyword_n, variance, keyword_spread)
        expected = np.bincount(cells.level, cells.share * (mean + keyword)[cells.keyword], len(levels.n))
        level = _shrunken(
            _ratio(share_stars - expected / PROMPT_SHARES, shares), numbers.level_n, variance, level_spread
        )
    raw = cells.stars / np.maximum(cells.n, 1) - (mean + level[cells.level] + keyword[cells.keyword])
    cell_spread = _spread(numbers.cell_n, raw, variance)
    return Stars(
        mean,
        variance,
        level,
        keyword,
        _shrunken(raw, numbers.cell_n, variance, cell_spread),
        level_spread,
        keyword_spread,
        cell_spread,
        len(levels.n),
        cells.keyword * len(levels.n) + cells.level,
        numbers,
    )


def _moments(stars: int, squares: int, images: int) -> tuple[float, float]:
    mean = (stars + _IMAGES_BEFORE * _MIDDLE) / (images + _IMAGES_BEFORE)
    if images < 2:
        return mean, _VARIANCE_OF_ONE
    return mean, max((squares - stars * stars / images) / (images - 1), _LEAST_VARIANCE)


def _ratio(sums: Reals | Counts, sizes: Reals | Counts) -> Reals:
    return np.where(sizes > 0, sums / np.where(sizes > 0, sizes, 1), 0.0)


def _spread(n: Reals, departure: Reals, variance: float) -> float:
    """Return the variance of true effects: the moments of DerSimonian and Laird, pulled towards a small one."""
    n, departure = n[n > 0], departure[n > 0]
    groups, total = len(n), float(n.sum())
    small = variance / 8.0
    if groups < 2:
        return small
    excess = max(float((n * departure * departure).sum()) / variance - (groups - 1), 0.0)
    moment = variance * excess / (total - float((n * n).sum()) / total)
    return (moment * groups + 2.0 * small) / (groups + 2)


def _shrunken(departure: Reals, n: Reals, variance: float, spread: float) -> Reals:
    # No spread at all leaves no effect, however many ratings there are.
    return departure * (n * spread / (n * spread + variance))
