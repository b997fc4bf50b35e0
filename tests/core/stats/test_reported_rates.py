"""What is reported of levels allows for the chance that they do not differ."""

import numpy as np
from two_way_example import judgements

from learning_core.stats.beta import Reals, credible_interval
from learning_core.stats.logit import logistic, logit
from learning_core.stats.subject import Images, Rates, of_everything
from learning_core.stats.sufficient_statistics import Judgements, Prompts, SufficientStatistics, summarised
from learning_core.stats.two_way import Fitted, fit


def overall(counts: SufficientStatistics) -> tuple[Fitted, Rates]:
    fitted, levels = fit(counts), counts.levels
    images = Images(np.arange(len(levels.n)), levels.n, levels.s, levels.q, levels.stars.total, counts.r)
    return fitted, of_everything(fitted, images, fitted.effects.levels.expected)


def certain(fitted: Fitted) -> Reals:
    """Return the rates of levels as if it were certain that they differ."""
    return logistic(logit(fitted.effects.rate) + fitted.effects.level)


def levels_of(good: list[int], of: int) -> tuple[Fitted, Rates]:
    """Levels with so many good images each, every image of a prompt of its own that has the one keyword."""
    levels, images = len(good), len(good) * of
    level = np.repeat(np.arange(levels), of)
    s = (np.tile(np.arange(of), levels) < np.repeat(good, of)).astype(np.int64)
    prompts = Prompts(np.arange(images + 1), np.zeros(images, np.int64))
    return overall(summarised(Judgements(np.arange(images), level, np.ones_like(s), s, prompts, levels, 1)))


def test_equal_levels_are_reported_close_to_the_common_rate() -> None:
    fitted, found = levels_of([24, 26, 23, 27, 25, 25], of=50)
    assert fitted.effects.levels.none > 0.9
    assert np.ptp(found.mean) < 0.1 * np.ptp(certain(fitted))


def test_levels_that_surely_differ_are_reported_as_they_are() -> None:
    fitted, found = levels_of([10, 40, 20, 30, 15, 35], of=50)
    assert fitted.effects.levels.none < 0.001
    assert np.abs(found.mean - certain(fitted)).max() < 0.001


def test_the_order_of_levels_is_the_same_and_the_interval_holds_what_is_reported() -> None:
    fitted, found = overall(summarised(judgements()))
    assert found.mean.argsort().tolist() == certain(fitted).argsort().tolist()
    low, high = credible_interval(*found.shapes)
    assert ((low < found.mean) & (found.mean < high)).all()


def test_a_level_that_always_failed_has_an_interval_from_nearly_none_to_a_few_percent() -> None:
    _, found = levels_of([0, 100], of=100)
    low, high = credible_interval(*found.shapes)
    assert low[0] < 0.001
    assert 0.01 < high[0] < 0.06
    assert high[1] > 0.999
    assert 0.94 < low[1] < 0.99


def test_no_images_leave_the_chance_as_it_was() -> None:
    none = np.zeros(0, np.int64)
    empty = Judgements(none, none, none, none, Prompts(np.zeros(1, np.int64), none), 3, 2)
    assert abs(fit(summarised(empty)).effects.levels.none - 0.75) < 1e-12


def test_levels_that_look_alike_by_chance_may_still_differ() -> None:
    """The doubt about how far levels differ is that of their own rates, not that of what their cells are drawn to."""
    alike, _ = levels_of([12, 13, 12, 13], of=25)
    assert (alike.level_variance > 1.2 * alike.level_variance_in_cells).all()
    apart, _ = levels_of([10, 40, 20, 30, 15, 35], of=50)
    assert (apart.level_variance < 1.1 * apart.level_variance_in_cells).all()
