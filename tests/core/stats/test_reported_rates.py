"""What is reported of levels allows for the chance that they do not differ."""

import numpy as np
from two_way_example import judgements

from learning_core.stats.posterior import Overall, overall
from learning_core.stats.sufficient_statistics import Judgements, Prompts, summarised
from learning_core.stats.two_way import Fitted, fit


def levels_of(good: list[int], of: int) -> tuple[Fitted, Overall]:
    """Levels with so many good images each, every image of a prompt of its own that has the one keyword."""
    levels, images = len(good), len(good) * of
    level = np.repeat(np.arange(levels), of)
    s = (np.tile(np.arange(of), levels) < np.repeat(good, of)).astype(np.int64)
    prompts = Prompts(np.arange(images + 1), np.zeros(images, np.int64))
    fitted = fit(summarised(Judgements(np.arange(images), level, np.ones_like(s), s, prompts, levels, 1)))
    return fitted, overall(fitted)


def test_equal_levels_are_reported_close_to_the_common_rate() -> None:
    fitted, found = levels_of([24, 26, 23, 27, 25, 25], of=50)
    assert fitted.effects.levels.none > 0.9
    assert np.ptp(found.reported) < 0.1 * np.ptp(found.mean)


def test_levels_that_surely_differ_are_reported_as_they_are() -> None:
    fitted, found = levels_of([10, 40, 20, 30, 15, 35], of=50)
    assert fitted.effects.levels.none < 0.001
    assert np.abs(found.reported - found.mean).max() < 0.001


def test_the_order_of_levels_is_the_same_and_the_interval_holds_what_is_reported() -> None:
    found = overall(fit(summarised(judgements())))
    assert found.reported.argsort().tolist() == found.mean.argsort().tolist()
    assert ((found.low < found.reported) & (found.reported < found.high)).all()


def test_no_images_leave_the_chance_as_it_was() -> None:
    none = np.zeros(0, np.int64)
    empty = Judgements(none, none, none, none, Prompts(np.zeros(1, np.int64), none), 3, 2)
    assert abs(fit(summarised(empty)).effects.levels.none - 0.75) < 1e-12
