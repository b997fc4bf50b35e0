from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from two_way_example import BEACH, PORTRAIT, A, B, C, judgements, prompts_of

from learning_core.stats import differences, posterior
from learning_core.stats.comparing import best
from learning_core.stats.interaction import STRENGTHS, widening
from learning_core.stats.prediction import predict
from learning_core.stats.star_ratings import star_ratings
from learning_core.stats.sufficient_statistics import UNSEEN, Judgements, summarised
from learning_core.stats.two_way import Fitted, fit

FOUR_DIGITS = 5.1e-5


def close(found: object, expected: object) -> None:
    assert_allclose(np.asarray(found, np.float64), np.asarray(expected, np.float64), rtol=0, atol=FOUR_DIGITS)


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    """The model, with variances by the plain formulas of statistics.md 3.7: one slope, strengths taken as certain.

    And as if a cell's images were not among those of its level and its keyword.
    """
    found = fit(summarised(judgements()))
    numbers, effects, slope = found.numbers, found.effects, found.outcome_variance
    cell_n = numbers.cell_n.reshape(2, 3)
    equal_keywords = cell_n.sum(axis=0) ** 2 / (cell_n**2).sum(axis=0)
    equal_levels = cell_n.sum(axis=1) ** 2 / (cell_n**2).sum(axis=1)
    spread = found.interaction.variance
    level = effects.level_strength * slope + 1 / (1 / (numbers.level_n * slope) + spread / equal_keywords)
    keyword = effects.keyword_strength * slope + 1 / (1 / (numbers.keyword_n * slope) + spread / equal_levels)
    return replace(
        found,
        level_variance=1 / level,
        keyword_variance=1 / keyword,
        level_prior_variance=1 / (effects.level_strength * slope),
        level_covariance=np.zeros(3),
        keyword_covariance=np.zeros(2),
    )


def test_the_worked_example_has_its_effective_numbers(fitted: Fitted) -> None:
    numbers = fitted.numbers
    close([fitted.correlations.same_level, fitted.correlations.across], [0.3486, 0.0423])
    close([numbers.total, fitted.effects.rate], [27.1424, 0.5565])
    close(numbers.cell_n, [9.1447, 7.1935, 3.9104, 3.3087, 5.2456, 5.8656])
    close(numbers.cell_s, [7.6206, 2.5691, 0.9776, 1.1029, 3.6719, 2.4440])
    close(numbers.level_n, [10.4911, 11.0975, 7.8208])
    close(numbers.keyword_n, [18.5013, 13.2373])
    close(numbers.keyword_s, [10.1757, 6.6187])


def test_the_worked_example_has_its_effects_and_its_interaction(fitted: Fitted) -> None:
    effects = fitted.effects
    close([effects.level_strength, effects.keyword_strength], [36.7033, 54.7723])
    close(effects.level, [0.1810, -0.0465, -0.0784])
    close(effects.keyword, [-0.0191, -0.0429])
    close(widening(2, 3), 1.4142)
    close([fitted.interaction.variance, fitted.interaction.weights.max()], [0.4669, 0.1084])
    close(STRENGTHS[fitted.interaction.weights.argmax()], 6.3246)
    close(fitted.level_variance, [0.0948, 0.0933, 0.0964])
    close(fitted.keyword_variance, [0.0622, 0.0639])
    close(fitted.rate_variance, 0.1493)


def test_the_worked_example_has_its_posteriors(fitted: Fitted) -> None:
    beach, portrait = (posterior.of_keyword(fitted, each) for each in (BEACH, PORTRAIT))
    close(beach.prior, [0.5960, 0.5402, 0.5323])
    close(beach.mean, [0.7497, 0.4307, 0.4025])
    close(beach.sd, [0.1140, 0.1387, 0.1618])
    low, high = beach.intervals()
    close(low, [0.4971, 0.1759, 0.1183])
    close(high, [0.9327, 0.7077, 0.7314])
    close(portrait.mean, [0.4829, 0.6217, 0.4655])
    close(portrait.sd, [0.1694, 0.1473, 0.1469])
    close(beach.difference_mean, [0.7234, 0.4513, 0.4312])
    close(beach.difference_sd, [0.1114, 0.1283, 0.1482])


def test_a_cell_is_less_certain_as_its_images_are_among_those_of_its_keyword(fitted: Fitted) -> None:
    shared = 1 / ((fitted.numbers.keyword_n + fitted.effects.keyword_strength) * fitted.outcome_variance)
    as_fitted = fit(summarised(judgements()))
    assert_allclose(as_fitted.keyword_covariance, shared, rtol=1e-12)
    own = 1 / ((fitted.numbers.level_n + fitted.effects.level_strength) * fitted.outcome_variance)
    assert_allclose(as_fitted.level_covariance, np.maximum(own - fitted.rate_variance, 0), rtol=1e-12)
    apart = posterior.of_keyword(fitted, BEACH)
    together = posterior.of_keyword(replace(fitted, keyword_covariance=shared), BEACH)
    slope, variance = apart.prior * (1 - apart.prior), fitted.level_variance + fitted.keyword_variance[BEACH]
    expected = np.zeros(3)
    for kappa, weight in zip(STRENGTHS, fitted.interaction.weights, strict=True):
        width = slope / (kappa + 1) + slope**2 * (variance + fitted.rate_variance)
        own = apart.effective_n / (slope / width - 1 + apart.effective_n)
        expected += weight * 2 * own * (1 - own) * slope**2 * shared[BEACH]
    assert_allclose(together.sd**2 - apart.sd**2, expected, rtol=1e-9)
    close(together.sd, [0.1198, 0.1441, 0.1666])
    assert (together.mean == apart.mean).all()
    assert (together.difference_sd == apart.difference_sd).all()


def test_the_worked_example_has_its_comparisons(fitted: Fitted) -> None:
    beach = posterior.of_keyword(fitted, BEACH)
    found = differences.inside_keyword(fitted, beach, np.array([A]), np.array([B]))
    close(found.value, [0.2721])
    close(found.standard_error, [0.1700])
    close(found.probability, [0.9453])
    close(found.bayes_factor, [2.3288])
    chance = best(beach.difference_mean, beach.difference_sd)
    close(chance.probability, [0.8988, 0.0489, 0.0524])
    close(chance.expected_regret, 0.0079)


def test_the_worked_example_has_its_prediction_for_two_keywords(fitted: Fitted) -> None:
    found = predict(fitted, prompts_of(((BEACH, PORTRAIT),)))
    close(found.plain_rate, [[0.6361, 0.5198, 0.3921]])
    close(found.score, [[0.2995, -0.0835, -0.3789]])
    pair = found.compared(0, np.array([A]), np.array([B]))
    close([pair.value, pair.standard_error], [[0.3830], [0.7957]])
    close([pair.probability, pair.bayes_factor], [[0.6849], [0.8315]])


def test_the_worked_example_has_its_stars() -> None:
    counts = summarised(judgements())
    stars = star_ratings(counts, fit(counts).numbers)
    close([stars.mean, stars.variance], [3.6721, 2.2459])
    close([stars.level_spread, stars.keyword_spread, stars.cell_spread], [0.1232, 0.1404, 0.0990])
    close(stars.level, [0.2306, -0.0427, -0.0885])
    close(stars.keyword, [-0.0483, -0.0749])
    close(stars.expected(np.array([BEACH]), 1), [4.0399, 3.4584, 3.4199])
    close(stars.expected(np.array([PORTRAIT]), 1), [3.7225, 3.6569, 3.4556])
    assert C == 2


def test_levels_are_ordered_by_stars_with_departures_of_keywords_damped_by_their_number() -> None:
    counts = summarised(judgements())
    stars = star_ratings(counts, fit(counts).numbers)
    beach, both, unseen = stars.scores(prompts_of(((BEACH,), (BEACH, PORTRAIT), (UNSEEN,))))
    portrait = stars.scores(prompts_of(((PORTRAIT,),)))[0]
    assert_allclose(beach - beach[A], stars.expected(np.array([BEACH]), 1) - 4.0399, atol=FOUR_DIGITS)
    assert_allclose(both, (beach + portrait) / 2, atol=1e-12)
    assert unseen.tolist() == stars.level.tolist()
    assert stars.difference_variance(BEACH, A, B) == pytest.approx(stars.difference_variance(BEACH, B, A))


def of_clusters(clusters: list[tuple[int, int, int, int]], levels: int) -> Fitted:
    """Fit prompts of one keyword, the same for all: prompt, level, images, successes."""
    prompt, level, n, s = np.array(clusters, np.int64).T
    prompts = prompts_of(((0,),) * (int(prompt.max()) + 1))
    return fit(summarised(Judgements(prompt, level, n, s, prompts, levels, 1)))


def test_unknown_strength_and_extreme_rates_widen_what_the_plain_formula_gives(fitted: Fitted) -> None:
    found = fit(summarised(judgements()))
    assert (found.level_variance > fitted.level_variance).all()
    assert found.level_prior_variance > fitted.level_prior_variance
    beach, plain = (posterior.of_keyword(each, BEACH) for each in (found, fitted))
    assert (beach.sd > plain.sd).all()
    close(beach.mean, [0.7676, 0.4201, 0.3836])


def test_a_level_that_always_failed_has_an_interval_from_nearly_none_to_a_few_percent() -> None:
    found = posterior.overall(of_clusters([(p, m, 1, m) for p in range(100) for m in (0, 1)], 2))
    assert found.low[0] < 0.001
    assert 0.01 < found.high[0] < 0.06
    assert found.high[1] > 0.999
    assert 0.94 < found.low[1] < 0.99


def test_without_any_image_every_level_has_the_prior() -> None:
    empty = fit(summarised(Judgements(*(np.zeros(0, np.int64),) * 4, prompts_of(((0, 1),)), 3, 2)))
    levels = posterior.overall(empty)
    assert levels.mean.tolist() == [0.5, 0.5, 0.5]
    assert (levels.low < 0.1).all()
    assert (levels.high > 0.9).all()
    pair = differences.over_all(empty, levels, np.array([A]), np.array([B]))
    assert pair.probability.tolist() == [0.5]
    assert pair.bayes_factor[0] <= 1.0


def test_a_keyword_that_no_prompt_has_says_what_the_levels_say() -> None:
    found = fit(summarised(judgements()))
    unseen = posterior.of_keyword(found, UNSEEN)
    assert_allclose(unseen.mean, posterior.overall(found).mean, atol=1e-12)
    assert (unseen.effective_n == 0).all()
    assert (unseen.sd > posterior.of_keyword(found, BEACH).sd).all()


def test_repeats_of_one_prompt_say_less_than_as_many_prompts() -> None:
    prompts = [(p, m, 1, int((p + m) % 3 == 0)) for p in range(40) for m in (0, 1)]
    batches = [(p, m, 8, 8 * int((p + m) % 3 == 0)) for p in range(5) for m in (0, 1)]
    many, few = of_clusters(prompts, 2), of_clusters(batches, 2)
    assert (few.numbers.level_n < 0.3 * many.numbers.level_n).all()
    assert few.correlations.same_level > 0.7


def test_an_image_of_another_keyword_and_level_leaves_the_counts_of_a_cell_alone() -> None:
    rows = [(p, p % 2, 1, p % 3 == 0) for p in range(8)]
    before, after = of_clusters(rows, 3), of_clusters([*rows, (8, 2, 1, 1)], 3)
    assert before.cell_key.tolist() == [0, 1]
    assert after.cell_key.tolist() == [0, 1, 2]
    assert_allclose(before.numbers.cell_n, after.numbers.cell_n[:2], rtol=0.2)


def test_few_images_do_not_make_a_prediction_sound_sure() -> None:
    found = of_clusters([(0, 0, 5, 5)], 2)
    prediction = predict(found, prompts_of(((0,),)))
    assert 0.5 < prediction.rate[0, 0] < prediction.plain_rate[0, 0]


def test_longer_prompts_that_fail_more_lower_the_rate_of_long_prompts_only_by_their_length() -> None:
    keywords = tuple((p % 5,) if p < 100 else (0, 1, 2, 3, 4) for p in range(200))
    rows = Judgements(
        np.arange(200), np.zeros(200, np.int64), np.ones(200, np.int64),
        np.array([int(p % 10 < (7 if p < 100 else 3)) for p in range(200)]), prompts_of(keywords), 1, 5,
    )  # fmt: skip
    found = fit(summarised(rows))
    assert found.length.mean == pytest.approx(3.0)
    assert -0.4 < found.length.slope < -0.1
    short, long = predict(found, prompts_of(((0,), (0, 1, 2, 3, 4)))).rate[:, 0]
    assert short > long + 0.1


def test_levels_with_the_same_images_share_the_chance_to_be_best() -> None:
    found = best(np.array([0.5, 0.5, 0.5, 0.5]), np.array([0.1, 0.1, 0.1, 0.1]))
    assert_allclose(found.probability, 0.25, atol=1e-9)
    assert found.expected_regret == pytest.approx(0.103, abs=0.001)


def test_a_single_level_is_the_best_of_all() -> None:
    found = best(np.array([0.4]), np.array([0.2]))
    assert (found.probability.tolist(), found.expected_regret) == ([1.0], 0.0)
