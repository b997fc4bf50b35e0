"""What a prompt's words and traits do to its images, whatever the level."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts
from learning_core.stats.prompt_text import USUAL_WORDS
from learning_core.stats.sufficient_statistics import Judgements, Prompts, summarised
from learning_core.stats.two_way import Fitted, fit


def fitted(keywords: list[list[int]], good: list[int], images: int = 4, traits: Counts | None = None) -> Fitted:
    """One level, a prompt for each list of keywords, so many of its images good."""
    prompts = Prompts(
        np.cumsum([0, *map(len, keywords)]), np.array([word for each in keywords for word in each]), traits
    )
    n = np.full(len(keywords), images)
    rows = Judgements(
        np.arange(len(n)), np.zeros_like(n), n, np.array(good), prompts, 1, int(prompts.keywords.max()) + 1
    )
    return fit(summarised(rows))


def test_what_goes_with_a_word_is_told_from_what_the_word_does() -> None:
    """Word 0 comes with good images, and word 1 mostly comes with it, but does nothing where it stands alone."""
    model = fitted([[0], [0, 1], [0, 1], [1], [2], [2]] * 30, [17, 16, 16, 13, 8, 8] * 30, 20)
    assert model.effects.keyword[1] > 0.1
    assert model.text.words[0] > 0.7
    assert abs(model.text.words[1]) < 0.2


def test_effects_of_words_are_those_of_the_normal_equations() -> None:
    """Prompts of one trait each way leave no slope: the weights are worked out here by a dense matrix."""
    keywords = [[0, 1], [0, 2], [1, 2], [0, 3], [2, 3]] * 8
    good = [3, 1, 2, 4, 0] * 8
    model = fitted(keywords, good)
    design = np.zeros((len(keywords), 4))
    for prompt, words in enumerate(keywords):
        design[prompt, words] = 1 / np.sqrt(len(words))
    rate = 1 / (1 + np.exp(-np.log(model.effects.rate / (1 - model.effects.rate)) - model.effects.level[0]))
    size = 4 / (1 + 3 * model.correlations.same_level)
    away: Reals = (np.array(good) / 4 - rate) / model.outcome_variance
    weight = size * model.outcome_variance
    expected = np.linalg.solve(weight * design.T @ design + np.eye(4) / USUAL_WORDS**2, weight * design.T @ away)
    assert_allclose(model.text.slopes, 0.0, atol=1e-9)
    assert_allclose(model.text.words, expected, atol=1e-5)


def test_prompts_that_count_things_and_fail_lower_the_rate_of_others_that_do() -> None:
    traits = np.array([[4, 20, place % 2, 0] for place in range(80)])
    model = fitted([[place % 7] for place in range(80)], [1 if place % 2 else 3 for place in range(80)], 4, traits)
    asked = np.array([4, 20, 1, 0])
    assert model.text.of_traits(asked) < model.text.of_traits(asked - [0, 0, 1, 0]) - 1.0


def test_traits_that_go_with_nothing_hardly_change_anything() -> None:
    draw = np.random.default_rng(3)
    traits, good = draw.integers(0, 6, (150, 4)), draw.binomial(4, 0.5, 150)
    model = fitted([[place % 7] for place in range(150)], good.tolist(), 4, traits)
    assert np.abs(model.text.slopes).max() < 0.01


def test_the_numbering_of_prompts_shows_in_no_digit() -> None:
    draw = np.random.default_rng(5)
    keywords = [sorted(draw.choice(12, draw.integers(1, 6), replace=False).tolist()) for _ in range(150)]
    good, traits = draw.integers(0, 5, 150), draw.integers(0, 9, (150, 4))
    first = fitted(keywords, good.tolist(), 4, traits).text
    order = draw.permutation(150)
    second = fitted([keywords[place] for place in order], good[order].tolist(), 4, traits[order]).text
    assert_array_equal(first.words, second.words)
    assert_array_equal(first.slopes, second.slopes)
    assert_array_equal(first.usual, second.usual)


def test_without_images_there_is_no_effect() -> None:
    none = np.zeros(0, np.int64)
    text = fit(summarised(Judgements(none, none, none, none, Prompts(np.zeros(1, np.int64), none), 1, 3))).text
    assert not text.words.any()
    assert text.of_traits(np.array([9, 50, 1, 1])) == 0.0
    assert text.of_words(np.zeros(0)) == 0.0
