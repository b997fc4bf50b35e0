import numpy as np
import pytest
from numpy.testing import assert_allclose
from two_way_example import BEACH, PORTRAIT, A, B, C, judgements, prompts_of

from learning_core.stats import differences, posterior
from learning_core.stats.comparing import best
from learning_core.stats.interaction import STRENGTHS, widening
from learning_core.stats.prediction import predict
from learning_core.stats.star_ratings import star_ratings
from learning_core.stats.sufficient_statistics import summarised
from learning_core.stats.two_way import Fitted, fit

FOUR_DIGITS = 5.1e-5


def close(found: object, expected: object) -> None:
    assert_allclose(np.asarray(found, np.float64), np.asarray(expected, np.float64), rtol=0, atol=FOUR_DIGITS)


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return fit(summarised(judgements()))


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
