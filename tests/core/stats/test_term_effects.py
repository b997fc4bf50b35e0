"""Words of prompts that lift or sink, and how seldom chance makes one."""

import numpy as np
import numpy.typing as npt
import pytest

from learning_core.stats.term_effects import TermEffects, Uses, in_units, term_effects

Numbers = npt.NDArray[np.int64]
LIFTING = 7


def world(seed: int, *, prompts: int = 200, words: int = 120, lift: float = 0.0) -> TermEffects:
    """Prompts of eight Zipf words with one to four images each; ratings differ by prompt and checkpoint."""
    draw = np.random.default_rng(seed)
    zipf = 1.0 / np.arange(1, words + 1)
    texts = [np.unique(draw.choice(words, 8, p=zipf / zipf.sum())) for _ in range(prompts)]
    prompt = np.repeat(np.arange(prompts), [len(text) for text in texts])
    term = np.concatenate(texts)
    images = draw.integers(1, 5, prompts)
    of_image = np.repeat(np.arange(prompts), images)
    has = np.isin(np.arange(prompts), prompt[term == LIFTING])
    checkpoint = draw.integers(0, 5, len(of_image))
    score = 3.3 + 0.3 * (checkpoint % 3) + draw.normal(0, 0.6, prompts)[of_image] + draw.normal(0, 0.9, len(of_image))
    stars = np.clip(np.rint(score + lift * has[of_image]), 1, 5)
    total = np.bincount(of_image, in_units(stars, [checkpoint])).astype(np.int64)
    return term_effects(Uses(prompt, term, images[prompt], total[prompt], images, total), words)


def test_where_no_word_does_anything_none_is_named_in_95_of_100_libraries() -> None:
    assert sum(world(seed).named.any() for seed in range(100)) <= 5


def test_a_word_that_lifts_is_named_with_an_interval_that_holds_the_truth() -> None:
    found = [world(seed, prompts=500, lift=0.8) for seed in range(20)]
    assert all(LIFTING in each.term[each.named] for each in found)
    inside = [each.low[at] <= 0.8 <= each.high[at] for each in found for at in np.flatnonzero(each.term == LIFTING)]
    assert sum(inside) >= 18
    assert sum(int((each.named & (each.term != LIFTING)).sum()) for each in found) <= 2


def uses(texts: list[list[int]], totals: list[int]) -> Uses:
    prompt = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    term = np.array([word for text in texts for word in text], np.int64)
    images, total = np.ones(len(texts), np.int64), np.array(totals, np.int64)
    return Uses(prompt, term, images[prompt], total[prompt], images, total)


def test_a_word_in_nearly_all_prompts_or_in_few_is_not_tested() -> None:
    texts = [[0, 1] if n % 2 else [0] for n in range(20)]
    texts[0] = [0, 2]
    texts[3] = [1]
    found = term_effects(uses(texts, list(range(20))), 3)
    assert (found.term.tolist(), found.everywhere.tolist(), found.rare) == ([1], [0], 1)
    assert found.prompts.tolist() == [10]


def test_the_difference_is_that_of_the_means_of_prompts_not_of_images() -> None:
    stars = np.array([5.0] * 9 + [1.0, 1.0, 1.0, 1.0, 1.0, 3.0, 3.0, 3.0, 3.0, 3.0])
    prompt = np.array([0] * 9 + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    images = np.bincount(prompt)
    total = np.bincount(prompt, in_units(stars, [])).astype(np.int64)
    with_term = np.arange(6)
    found = term_effects(Uses(with_term, np.zeros(6, np.int64), images[:6], total[:6], images, total), 1)
    assert found.difference[0] == pytest.approx(10 / 6 - 3.0, abs=1e-4)


def test_five_equal_prompts_are_no_certainty() -> None:
    # All five with the word have five stars: their own spread is nothing, that of all prompts is not.
    draw = np.random.default_rng(4)
    totals = np.rint(draw.normal(0, 16384, 60)).astype(int)
    totals[:5] = totals.max()
    found = term_effects(uses([[0] if n < 5 else [] for n in range(60)], totals.tolist()), 1)
    assert found.p[0] > 1e-8


def test_a_checkpoints_own_lead_is_not_counted_for_the_words_used_with_it() -> None:
    draw = np.random.default_rng(5)
    checkpoint = np.repeat([0, 1], 50)
    stars = np.where(checkpoint == 0, 4.0, 2.0) + draw.choice([-1.0, 0.0, 1.0], 100)
    texts = [[0] if (n < 45 or n > 95) else [] for n in range(100)]
    naive, fair = (term_effects(uses(texts, in_units(stars, strata).tolist()), 1) for strata in ([], [checkpoint]))
    assert naive.named[0]
    assert not fair.named[0]


def test_a_prompt_with_and_without_a_word_stands_on_both_sides() -> None:
    n = 10
    images, total = np.full(n, 2), np.full(n, 4 * 16384)
    prompt, ones = np.arange(n), np.ones(n, np.int64)
    found = term_effects(Uses(prompt, 0 * prompt, ones, 3 * 16384 * ones, images, total), 1)
    assert found.prompts.tolist() == [n]
    assert found.difference[0] == pytest.approx(2.0)


def test_the_order_of_prompts_changes_no_bit() -> None:
    draw = np.random.default_rng(6)
    texts = [np.unique(draw.integers(0, 6, 3)).tolist() for _ in range(60)]
    totals = draw.integers(-30000, 30000, 60)
    order = draw.permutation(60)
    one = term_effects(uses(texts, totals.tolist()), 6)
    other = term_effects(uses([texts[at] for at in order], totals[order].tolist()), 6)
    assert one.difference.tolist() == other.difference.tolist()
    assert one.p.tolist() == other.p.tolist()


def test_without_prompts_there_is_nothing() -> None:
    none = np.zeros(0, np.int64)
    assert len(term_effects(Uses(none, none, none, none, none, none), 0).term) == 0
