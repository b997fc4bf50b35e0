"""What answers say of counts: rates of levels over all prompts, and inside single keywords."""

from collections.abc import Sequence

import numpy as np

from learning_core.stats.effective_numbers import effective
from learning_core.stats.grouping import Counts
from learning_core.stats.main_effects import RATE_PARTS, expected_of_prompts
from learning_core.stats.subject import Images, Models, Rates, of_everything, of_subject
from learning_core.stats.sufficient_statistics import SufficientStatistics
from learning_core.stats.two_way import Fitted


def over_everything(fitted: Fitted, counts: SufficientStatistics) -> Rates:
    """Return the rates of all levels over all prompts, as answers without a subject give them."""
    levels = counts.levels
    images = Images(np.arange(len(levels.n)), levels.n, levels.s, levels.q, levels.stars.total, counts.r)
    return of_everything(fitted, images, _expected_of_levels(fitted, counts))


def inside_keywords(fitted: Fitted, counts: SufficientStatistics, keywords: Sequence[int]) -> list[Rates]:
    """Return the rates of the levels of each keyword's cells, as answers about that subject give them."""
    cells = counts.cells
    asked = []
    for keyword in keywords:
        low, high = np.searchsorted(cells.keyword, (keyword, keyword + 1))
        here = slice(low, high)
        images = Images(
            cells.level[here],
            cells.n[here],
            cells.s[here],
            cells.q[here],
            cells.stars[here],
            int(counts.keyword_r[keyword]),
        )
        asked.append(images)
    return of_subject(Models.of([fitted] * len(asked)), asked, asked) if asked else []


def of_cells(fitted: Fitted, counts: SufficientStatistics) -> Rates:
    """Return the rates of all cells, one after the other."""
    parts = inside_keywords(fitted, counts, np.flatnonzero(counts.keyword_r).tolist())
    names = [each for each in Rates.__struct_fields__ if each != "unit"]
    return Rates(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def effective_images(fitted: Fitted, counts: SufficientStatistics) -> np.ndarray:
    """Return the effective images of each level's whole record, which claims ask for."""
    levels = counts.levels
    return effective(levels.n, levels.s, levels.q, fitted.correlations.same_level)[0]


def _expected_of_levels(fitted: Fitted, counts: SufficientStatistics) -> np.ndarray:
    prompts, clusters = counts.prompts, counts.clusters
    parts = expected_of_prompts(fitted.effects.rate, fitted.effects.keyword, prompts.keywords, prompts.lengths)
    sums = np.bincount(clusters.level, clusters.n * (parts[clusters.prompt] / RATE_PARTS), len(counts.levels.n))
    return np.where(counts.levels.n > 0, sums / np.maximum(counts.levels.n, 1), fitted.effects.rate)


def prompts_of_levels(counts: SufficientStatistics) -> Counts:
    """Return how many prompts each level has: each cluster is one."""
    return np.bincount(counts.clusters.level, minlength=len(counts.levels.n))
