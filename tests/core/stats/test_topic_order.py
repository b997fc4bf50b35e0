"""The order of levels for the words of a prompt."""

import numpy as np
import pytest
from msgspec.structs import replace

from learning_core.stats.grouping import Counts
from learning_core.stats.sufficient_statistics import Judgements, Prompts, summarised
from learning_core.stats.topic_order import beside, for_prompt, over_all_prompts, words_of
from learning_core.stats.two_way import Fitted, fit

BEACH, TOWER, GOLDEN = 0, 1, 2
LEVELS = np.arange(2)


def of(words: int) -> Counts:
    """Traits of a prompt of so many words, of which nothing else is known."""
    return np.array([words, 0, 0, 0])


def fitted(beach_a: int, beach_b: int) -> Fitted:
    """Forty prompts with beach, eighty with tower and golden; ten images each of two levels, so many good ones."""
    prompt, level, n, s, keywords = [], [], [], [], []
    for number in range(120):
        good = (beach_a, beach_b) if number < 40 else (4, 6)
        keywords.append([BEACH] if number < 40 else [TOWER, GOLDEN])
        for place in (0, 1):
            prompt.append(number)
            level.append(place)
            n.append(10)
            s.append(min(10, max(0, good[place] + number % 3 - 1)))
    starts = np.cumsum([0, *map(len, keywords)])
    prompts = Prompts(starts, np.array([word for each in keywords for word in each]))
    counts = Judgements(*(np.array(each) for each in (prompt, level, n, s)), prompts, levels=2, keywords=3)
    return fit(summarised(counts))


@pytest.mark.parametrize("words", [[BEACH], [BEACH, GOLDEN], [BEACH, TOWER, GOLDEN, -1]])
def test_a_word_with_an_order_of_its_own_is_not_diluted(words: list[int]) -> None:
    model = fitted(9, 1)
    added = words_of(model, np.array(words), LEVELS)
    assert added.departs.tolist()[0]
    order = for_prompt(over_all_prompts(model, LEVELS), added, model, of(len(words)))
    assert order.score[0] > order.score[1]


def test_words_without_an_order_of_their_own_hardly_move_it() -> None:
    model = fitted(4, 6)
    added = words_of(model, np.array([BEACH, TOWER]), LEVELS)
    assert not added.some_depart
    before = over_all_prompts(model, LEVELS)
    order = for_prompt(before, added, model, of(2))
    assert np.abs(order.score - before.score).max() < 0.15
    assert np.all(order.variance >= before.variance)


def test_a_word_that_nobody_used_adds_nothing() -> None:
    model = fitted(9, 1)
    added = words_of(model, np.array([-1]), LEVELS)
    before = over_all_prompts(model, LEVELS)
    np.testing.assert_allclose(for_prompt(before, added, model, of(1)).score, before.score, atol=1e-9)


def test_words_change_the_rates_but_not_the_order_that_they_stand_beside() -> None:
    model = fitted(2, 2)
    before = over_all_prompts(model, LEVELS)
    after = beside(before, words_of(model, np.array([BEACH]), LEVELS), model, of(1))
    assert after.score is before.score
    assert np.all(after.rate < before.rate)


def test_the_chance_to_be_the_best_agrees_with_the_comparison_of_two() -> None:
    order = over_all_prompts(fitted(9, 1), LEVELS)
    chance = order.best(LEVELS).probability
    assert chance.sum() == pytest.approx(1.0)
    assert chance[0] == pytest.approx(float(order.compared(0, np.array([1])).probability[0]), abs=0.02)


def test_few_images_do_not_make_a_rate_sound_sure() -> None:
    prompts = Prompts(np.array([0, 1]), np.array([0]))
    counts = Judgements(*(np.array([each]) for each in (0, 0, 5, 5)), prompts, levels=2, keywords=1)
    order = over_all_prompts(fit(summarised(counts)), LEVELS)
    assert 0.5 < order.rate[0] < 1.0 / (1.0 + np.exp(-order.offset - order.score[0]))


def test_longer_prompts_that_fail_more_lower_the_rate_of_long_prompts_only_by_their_length() -> None:
    keywords = [[p % 5] if p < 100 else [0, 1, 2, 3, 4] for p in range(200)]
    prompts = Prompts(np.cumsum([0, *map(len, keywords)]), np.concatenate(keywords))
    s = np.array([int(p % 10 < (7 if p < 100 else 3)) for p in range(200)])
    one, none = np.ones(200, np.int64), np.zeros(200, np.int64)
    model = fit(summarised(Judgements(np.arange(200), none, one, s, prompts, 1, 5)))
    assert -1.5 < model.text.slopes[0] < -0.5
    words = words_of(model, np.array([0]), np.arange(1))
    short, long = (for_prompt(over_all_prompts(model, np.arange(1)), words, model, of(size)).rate[0] for size in (1, 5))
    assert short > long + 0.1


def test_words_beyond_those_that_count_make_a_prompt_longer() -> None:
    few = Prompts(np.arange(201), np.zeros(200, np.int64), np.outer(np.where(np.arange(200) < 100, 5, 40), of(1)))
    s = np.array([int(p % 10 < (7 if p < 100 else 3)) for p in range(200)])
    one, none = np.ones(200, np.int64), np.zeros(200, np.int64)
    model = fit(summarised(Judgements(np.arange(200), none, one, s, few, 1, 1)))
    assert model.text.of_traits(of(40)) < model.text.of_traits(of(5)) - 0.8


def test_of_words_that_stand_apart_the_one_that_sets_levels_farther_apart_is_louder() -> None:
    model = fitted(9, 1)
    added = words_of(model, np.array([BEACH, TOWER, GOLDEN]), LEVELS)
    assert added.some_depart
    every = replace(added, departs=np.ones(3, bool))
    before = over_all_prompts(model, LEVELS)
    moved = for_prompt(before, every, model, of(3)).score - before.score
    assert moved[0] - moved[1] > np.subtract(*added.departure.mean(axis=0)) + 0.1
    alone = words_of(model, np.array([BEACH]), LEVELS[:1])
    assert np.isfinite(for_prompt(over_all_prompts(model, LEVELS[:1]), alone, model, of(1)).score).all()
