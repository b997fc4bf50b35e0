"""What stars tell beyond good or not."""

import numpy as np
import pytest

from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts
from learning_core.stats.star_scale import NO_STARS, StarScale, star_scale
from learning_core.stats.sufficient_statistics import Judgements, Prompts, Stars, SufficientStatistics, summarised
from learning_core.stats.two_way import fit


def rated(level: Counts, stars: Counts, least: int = 4) -> SufficientStatistics:
    """Count images of prompts of their own, good from `least` stars on."""
    one, good = np.ones_like(stars), (stars >= least).astype(np.int64)
    prompts = Prompts(np.arange(len(stars) + 1), np.zeros(len(stars), np.int64))
    rows = Judgements(
        np.arange(len(stars)), level, one, good, prompts, int(level.max()) + 1, 1, Stars.of_jobs(one, good, stars)
    )
    return summarised(rows)


def normal_stars(shifts: list[float], each: int, seed: int = 4) -> SufficientStatistics:
    """Stars that are normal quantities, cut into five, of levels that are shifted."""
    draw = np.random.default_rng(seed)
    level = np.repeat(np.arange(len(shifts)), each)
    score = 3.4 + np.repeat(shifts, each) + draw.normal(0.0, 1.3, len(level))
    return rated(level, np.clip(np.rint(score), 1, 5).astype(np.int64))


def shares(scale: StarScale, counts: SufficientStatistics) -> tuple[Reals, Reals]:
    levels = counts.levels
    worth, good = scale.informed(levels.n.astype(np.float64), levels.n, levels.s, levels.stars.total)
    return worth, good / worth


def test_counting_only_good_ones_loses_a_quarter_of_what_stars_say() -> None:
    scale = star_scale(normal_stars([0.0, 0.3, -0.3], 3000))
    # A normal quantity that is cut in the middle loses 1 - 2/pi = .36; five stars are not quite as telling as it is.
    assert 0.2 < scale.lost < 0.36
    assert scale.slope == pytest.approx(0.347 / 0.25, rel=0.15)


def test_stars_that_are_only_good_or_bad_tell_nothing_more() -> None:
    draw = np.random.default_rng(1)
    counts = rated(np.repeat([0, 1], 1000), np.where(draw.random(2000) < 0.5, 5, 2))
    scale = star_scale(counts)
    assert scale.lost < 0.03
    worth, share = shares(scale, counts)
    np.testing.assert_allclose(worth, counts.levels.n, rtol=0.02)
    np.testing.assert_allclose(share, counts.levels.s / counts.levels.n, atol=0.005)


def test_outcomes_without_stars_count_as_they_are() -> None:
    size, n, s = np.array([3.5, 0.0]), np.array([5, 0]), np.array([2, 0])
    worth, good = NO_STARS.informed(size, n, s, np.zeros(2, np.int64))
    assert worth.tolist() == [3.5, 0.0]
    assert good.tolist() == [3.5 * 0.4, 0.0]


def test_of_levels_with_equal_shares_the_one_with_more_stars_is_the_better_one() -> None:
    stars = np.concatenate([np.tile([5, 5, 3, 3], 5), np.tile([4, 4, 1, 1], 5)])
    counts = rated(np.repeat([0, 1], 20), stars)
    assert counts.levels.s.tolist() == [10, 10]
    level = fit(counts).effects.level
    assert level[0] > level[1] + 0.03


def test_with_many_images_a_level_has_its_own_share_whatever_its_stars() -> None:
    stars = np.concatenate([np.tile([5, 5, 3, 3], 500), np.tile([4, 4, 1, 1], 500)])
    counts = rated(np.repeat([0, 1], 2000), stars)
    _, share = shares(star_scale(counts), counts)
    np.testing.assert_allclose(share, 0.5, atol=0.02)


def test_images_with_stars_are_worth_more_the_fewer_they_are() -> None:
    scale = star_scale(normal_stars([0.0, 0.3, -0.3], 1000))
    n = np.array([10, 1000])
    worth, _ = scale.informed(n.astype(np.float64), n, n // 2, 3 * n)
    assert 1.2 < worth[0] / n[0] < 1.6
    assert 1.0 < worth[1] / n[1] < worth[0] / n[0]


def test_rates_of_few_images_are_nearer_to_the_truth_with_stars_than_without() -> None:
    off = {True: 0.0, False: 0.0}
    for seed in range(20):
        shifts = np.random.default_rng(seed).normal(0.0, 0.4, 8).tolist()
        counts = normal_stars(shifts, 15, seed)
        scale = star_scale(counts)
        truth = normal_stars(shifts, 4000, seed + 100).levels
        for with_stars in off:
            _, share = shares(scale if with_stars else NO_STARS, counts)
            off[with_stars] += float(((share - truth.s / truth.n) ** 2).mean())
    assert off[True] < 0.85 * off[False]
