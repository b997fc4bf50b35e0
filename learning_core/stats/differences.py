"""Differences of levels: inside one keyword, and over all keywords (statistics.md 3.9)."""

from learning_core.stats.comparing import Difference, difference
from learning_core.stats.grouping import Counts
from learning_core.stats.posterior import Cells, Overall
from learning_core.stats.two_way import Fitted


def inside_keyword(fitted: Fitted, cells: Cells, first: Counts, second: Counts) -> Difference:
    """Return the differences of rates of pairs of cells, given by their places; the pairs share a keyword each."""
    value = cells.difference_mean[first] - cells.difference_mean[second]
    variance = cells.difference_sd[first] ** 2 + cells.difference_sd[second] ** 2
    slope = cells.prior * (1.0 - cells.prior)
    prior = (slope[first] ** 2 + slope[second] ** 2) * (fitted.level_prior_variance + fitted.interaction.variance)
    return difference(value, variance, prior)


def over_all(fitted: Fitted, levels: Overall, first: Counts, second: Counts) -> Difference:
    """Return the differences of effects of pairs of levels, on the log-odds scale."""
    value = levels.effect[first] - levels.effect[second]
    return difference(value, levels.variance[first] + levels.variance[second], 2.0 * fitted.level_prior_variance)
