import numpy as np
import pytest
from msgspec.structs import replace
from numpy.testing import assert_allclose
from two_way_example import BEACH, PORTRAIT, A, B, judgements, prompts_of

from learning_core.stats.beta import Reals, credible_interval
from learning_core.stats.comparing import difference
from learning_core.stats.greatest import best
from learning_core.stats.interaction import STRENGTHS, widening
from learning_core.stats.logit import logit
from learning_core.stats.posterior import mixture, of_cells
from learning_core.stats.subject import Rates
from learning_core.stats.sufficient_statistics import UNSEEN, Judgements, summarised
from learning_core.stats.topic_order import over_all_prompts, words_of
from learning_core.stats.two_way import Fitted, fit

LEVELS = np.arange(3)
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
    keyword = effects.keywords.strength * slope + 1 / (1 / (numbers.keyword_n * slope) + spread / equal_levels)
    return replace(
        found,
        level_variance=1 / level,
        level_variance_in_cells=1 / level,
        keyword_variance=1 / keyword,
        level_prior_variance=1 / (effects.level_strength * slope),
        level_covariance=np.zeros(3),
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
    close([effects.level_strength, effects.keywords.strength], [36.7033, 54.7723])
    close(effects.level, [0.1810, -0.0465, -0.0784])
    close(effects.keyword, [-0.0191, -0.0429])
    close(widening(2, 3), 1.4142)
    close([fitted.interaction.variance, fitted.interaction.weights.max()], [0.4669, 0.1084])
    close(STRENGTHS[fitted.interaction.weights.argmax()], 6.3246)
    close(fitted.level_variance, [0.0948, 0.0933, 0.0964])
    close(fitted.keyword_variance, [0.0622, 0.0639])
    close(fitted.rate_variance, 0.1493)


def rates(fitted: Fitted, keyword: int) -> tuple[Reals, Reals]:
    """Return mean and sd of a keyword's rates by statistics.md 3.7, where nothing is taken out of the model."""
    here = slice(3 * keyword, 3 * keyword + 3)
    numbers, variance = fitted.numbers, fitted.level_variance + fitted.keyword_variance[keyword] + fitted.rate_variance
    prior = of_cells(fitted, np.full(3, keyword), LEVELS).prior
    weights = fitted.interaction.weights[:, None]
    return mixture(numbers.cell_n[here], numbers.cell_s[here], prior, variance, np.zeros(3), weights)


def test_the_worked_example_has_its_posteriors(fitted: Fitted) -> None:
    beach = of_cells(fitted, np.full(3, BEACH), LEVELS)
    close(beach.prior, [0.5960, 0.5402, 0.5323])
    close(beach.mean, [0.7234, 0.4513, 0.4312])
    close(beach.sd, [0.1114, 0.1283, 0.1482])
    mean, sd = rates(fitted, BEACH)
    close(mean, [0.7497, 0.4307, 0.4025])
    close(sd, [0.1140, 0.1387, 0.1618])
    nothing = np.zeros(3)
    low, high = credible_interval(*Rates(nothing, nothing, mean, sd, nothing, nothing, nothing, nothing).shapes)
    close(low, [0.4971, 0.1759, 0.1183])
    close(high, [0.9327, 0.7077, 0.7314])
    mean, sd = rates(fitted, PORTRAIT)
    close(mean, [0.4829, 0.6217, 0.4655])
    close(sd, [0.1694, 0.1473, 0.1469])


def test_a_cell_is_less_certain_as_its_images_are_among_those_of_its_level(fitted: Fitted) -> None:
    as_fitted = fit(summarised(judgements()))
    own = 1 / ((fitted.numbers.level_n + fitted.effects.level_strength) * fitted.outcome_variance)
    shared = np.maximum(own - fitted.rate_variance, 0)
    assert_allclose(as_fitted.level_covariance, shared, rtol=1e-12)
    apart = of_cells(fitted, np.full(3, BEACH), LEVELS)
    together = of_cells(replace(fitted, level_covariance=shared + 0.1), np.full(3, BEACH), LEVELS)
    slope = apart.prior * (1 - apart.prior)
    expected = np.zeros(3)
    for kappa, weight in zip(STRENGTHS, fitted.interaction.weights, strict=True):
        width = slope / (kappa + 1) + slope**2 * fitted.level_variance
        part = apart.effective_n / (slope / width - 1 + apart.effective_n)
        expected += weight * 2 * part * (1 - part) * slope**2 * (shared + 0.1)
    assert_allclose(together.sd**2 - apart.sd**2, expected, rtol=1e-9)
    assert (together.mean == apart.mean).all()


def test_the_worked_example_has_its_comparisons(fitted: Fitted) -> None:
    beach = of_cells(fitted, np.full(3, BEACH), LEVELS)
    slope = (beach.prior * (1 - beach.prior)) ** 2
    unknown = slope * (fitted.level_prior_variance + fitted.interaction.variance)
    found = difference(
        beach.mean[[A]] - beach.mean[[B]], beach.sd[[A]] ** 2 + beach.sd[[B]] ** 2, unknown[[A]] + unknown[[B]]
    )
    close(found.value, [0.2721])
    close(found.standard_error, [0.1700])
    close(found.probability, [0.9453])
    close(found.bayes_factor, [2.3288])
    chance = best(beach.mean, beach.sd)
    close(chance.probability, [0.8988, 0.0489, 0.0524])
    close(chance.expected_regret, 0.0079)


def test_the_worked_example_has_its_order_for_two_keywords(fitted: Fitted) -> None:
    words = words_of(fitted, np.array([BEACH, PORTRAIT]), LEVELS)
    close(words.departure.mean(axis=0) + fitted.effects.level, [0.2995, -0.0835, -0.3789])
    pair = difference(
        np.array([0.3830]), words.variance[:, [A, B]].mean(axis=0).sum(keepdims=True),
        2.0 * (fitted.level_prior_variance + fitted.interaction.variance),
    )  # fmt: skip
    close([pair.standard_error, pair.probability, pair.bayes_factor], [[0.7957], [0.6849], [0.8315]])


def of_clusters(clusters: list[tuple[int, int, int, int]], levels: int) -> Fitted:
    """Fit prompts of one keyword, the same for all: prompt, level, images, successes."""
    prompt, level, n, s = np.array(clusters, np.int64).T
    prompts = prompts_of(((0,),) * (int(prompt.max()) + 1))
    return fit(summarised(Judgements(prompt, level, n, s, prompts, levels, 1)))


def test_unknown_strength_and_extreme_rates_widen_what_the_plain_formula_gives(fitted: Fitted) -> None:
    found = fit(summarised(judgements()))
    assert (found.level_variance > fitted.level_variance).all()
    assert found.level_prior_variance > fitted.level_prior_variance
    beach, plain = (of_cells(each, np.full(3, BEACH), LEVELS) for each in (found, fitted))
    assert (beach.sd > plain.sd).all()


def test_without_any_image_every_level_has_the_prior() -> None:
    empty = fit(summarised(Judgements(*(np.zeros(0, np.int64),) * 4, prompts_of(((0, 1),)), 3, 2)))
    levels = over_all_prompts(empty, LEVELS)
    assert levels.rate.tolist() == [0.5, 0.5, 0.5]
    low, high = credible_interval(*levels.shapes)
    assert (low < 0.1).all()
    assert (high > 0.9).all()
    pair = levels.compared(A, np.array([B]))
    assert pair.probability.tolist() == [0.5]
    assert pair.bayes_factor[0] <= 1.0


def test_a_keyword_that_no_prompt_has_says_what_the_levels_say() -> None:
    found = fit(summarised(judgements()))
    unseen = of_cells(found, np.full(3, UNSEEN), LEVELS)
    assert_allclose(logit(unseen.mean), logit(found.effects.rate) + found.effects.level, atol=1e-12)
    assert (unseen.effective_n == 0).all()
    assert (unseen.sd > of_cells(found, np.full(3, BEACH), LEVELS).sd).all()


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


def test_levels_used_on_the_same_prompts_have_no_uneven_mix_and_others_have() -> None:
    keywords = tuple((prompt % 4,) for prompt in range(40))

    def uneven(pairs: list[tuple[int, int]]) -> list[float]:
        prompt, level = np.array(pairs).T
        one = np.ones(len(prompt), np.int64)
        counts = summarised(Judgements(prompt, level, one, prompt // 4 % 2, prompts_of(keywords), 2, 4))
        return fit(counts).uneven_mix.tolist()

    assert_allclose(uneven([(prompt, level) for prompt in range(40) for level in (0, 1)]), 0.0, atol=1e-12)
    leaning = uneven([(prompt, int(prompt % 4 > 1)) for prompt in range(40)])
    assert min(leaning) > 0.01
