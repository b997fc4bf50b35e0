"""Two arms in worlds whose truth is known: words decide how well images come out, and which arm makes them."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from learning_core.stats.given_words import PARTS, Words, given_words, made_by_words, words_of_arms
from learning_core.stats.stratified import Rows, everything, stratified

CLEAR = 2.33


class World(Struct, eq=False):
    rows: Rows
    words: Words

    @property
    def raw(self) -> float:
        return stratified(self.rows, everything(self.rows)).value


def world(seed: int, *, prompts: int = 800, words: int = 30, pull: float = 1.2, effect: float = 0.0) -> World:
    """Each prompt has 4 words; `pull` is how much more often its arm is A the easier they are, `effect` what A adds."""
    draw = np.random.default_rng(seed)
    ease = draw.normal(size=words)
    word = np.argsort(draw.random((prompts, words)), axis=1)[:, :4]
    easy = ease[word].sum(axis=1) / 2.0
    is_b = draw.random(prompts) > 1.0 / (1.0 + np.exp(-pull * easy))
    good = draw.random(prompts) < 1.0 / (1.0 + np.exp(-0.2 - 1.3 * easy - effect * ~is_b))
    rows = Rows(is_b.astype(np.int64), np.arange(prompts), np.ones(prompts, np.int64), good.astype(np.int64))
    return World(rows, Words(np.repeat(rows.prompt, 4), word.ravel(), draw.integers(0, PARTS, prompts), words))


def test_what_the_words_make_is_taken_out_of_the_difference() -> None:
    found = [(each, given_words(each.rows, each.words)) for each in map(world, range(30))]
    raw, left = (np.mean(each) for each in zip(*((each.raw, held.value) for each, held in found), strict=True))
    assert raw > 0.15
    assert abs(left) < 0.15 * raw
    assert sum(held.value > CLEAR * held.standard_error for _, held in found) <= 1
    assert all(made_by_words(*words_of_arms(each.rows, each.words)) > each.raw / 8 for each, _ in found)


def test_of_many_rare_words_only_a_part_is_found_and_the_error_says_so() -> None:
    worlds = [world(seed, prompts=400, words=200) for seed in range(30)]
    found = [given_words(each.rows, each.words) for each in worlds]
    assert sum(held.value > CLEAR * held.standard_error for held in found) <= 4
    assert sum(each.raw > CLEAR * sqrt(0.25 * 4 / 400) for each in worlds) >= 28


@pytest.mark.parametrize("pull", [0.0, 1.2])
def test_a_true_difference_stays(pull: float) -> None:
    found = [given_words(each.rows, each.words) for each in (world(seed, pull=pull, effect=1.0) for seed in range(20))]
    assert np.mean([held.value for held in found]) == pytest.approx(0.19, abs=0.03)
    assert sum(held.value > CLEAR * held.standard_error for held in found) >= 17


def test_where_words_have_nothing_to_do_with_the_arm_hardly_anything_changes() -> None:
    for seed in range(10):
        each = world(seed, pull=0.0, effect=0.8)
        held = given_words(each.rows, each.words)
        assert held.value == pytest.approx(each.raw, abs=0.05)
        assert held.covered > 0.95
        assert abs(made_by_words(*words_of_arms(each.rows, each.words))) < each.raw / 4


def test_swapped_arms_mirror_the_difference() -> None:
    each = world(3)
    swapped = Rows(1 - each.rows.arm, each.rows.prompt, each.rows.n, each.rows.s)
    held, mirrored = given_words(each.rows, each.words), given_words(swapped, each.words)
    assert mirrored.value == pytest.approx(-held.value, abs=1e-6)
    assert mirrored.variance == pytest.approx(held.variance, rel=1e-5)
    assert mirrored.n == held.n[::-1]
    a, b = words_of_arms(each.rows, each.words)
    assert made_by_words(b, a) == pytest.approx(-made_by_words(a, b))


def test_neither_the_order_of_rows_nor_the_numbers_of_prompts_and_words_show_in_a_digit() -> None:
    each, draw = world(4), np.random.default_rng(0)
    order, prompt, word = draw.permutation(800), draw.permutation(800), draw.permutation(30)
    rows = each.rows.take(order)
    part = np.empty_like(each.words.part)
    part[prompt] = each.words.part
    entries = draw.permutation(3_200)
    other = Words(prompt[each.words.prompt][entries], word[each.words.word][entries], part, 30)
    renumbered = Rows(rows.arm, prompt[rows.prompt], rows.n, rows.s)
    first, second = given_words(each.rows, each.words), given_words(renumbered, other)
    assert first.value == pytest.approx(second.value, abs=1e-6)
    assert first.variance == pytest.approx(second.variance, rel=1e-5)


def test_many_images_of_one_prompt_are_one_prompt() -> None:
    each = world(5, prompts=100)
    eightfold = Rows(each.rows.arm, each.rows.prompt, 8 * each.rows.n, 8 * each.rows.s)
    once, often = given_words(each.rows, each.words), given_words(eightfold, each.words)
    assert often.prompts == once.prompts == 100
    assert often.standard_error > 0.7 * once.standard_error


def test_prompts_without_an_image_count_for_nothing() -> None:
    each = world(6, prompts=300)
    kept = each.rows.take(np.flatnonzero(each.rows.prompt < 250))
    inside = each.words.prompt < 250
    fewer = Words(each.words.prompt[inside], each.words.word[inside], each.words.part[:250], 30)
    with_empty, without = given_words(kept, each.words), given_words(kept, fewer)
    assert with_empty.prompts == without.prompts == 250
    assert with_empty.value == pytest.approx(without.value, abs=1e-6)


@given(
    images=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(1, 4), st.booleans()), max_size=20),
    has=st.lists(st.sets(st.integers(0, 3)), min_size=6, max_size=6),
    part=st.lists(st.integers(0, PARTS - 1), min_size=6, max_size=6),
)
def test_however_little_there_is_a_difference_is_a_number_or_none(
    images: list[tuple[int, int, int, bool]], has: list[set[int]], part: list[int]
) -> None:
    arm, prompt, n, all_good = (
        np.array(each, np.int64) for each in zip(*images, (0, 0, 1, 1), (1, 1, 1, 0), strict=True)
    )
    entries = [(number, word) for number, words in enumerate(has) for word in sorted(words)]
    numbers, words = np.array(entries, np.int64).reshape(-1, 2).T
    held = given_words(Rows(arm, prompt, n, n * all_good), Words(numbers, words, np.array(part), 4))
    if held is not None:
        assert np.isfinite(held.value)
        assert 0.0 <= held.variance < np.inf
        assert 0.0 <= held.covered <= 1.0


def test_words_that_foretell_the_arm_leave_little_that_could_tell() -> None:
    draw = np.random.default_rng(7)
    arm = np.repeat([0, 1], 200)
    rows = Rows(arm, np.arange(400), np.ones(400, np.int64), (draw.random(400) < 0.5 - 0.2 * arm).astype(np.int64))
    held = given_words(rows, Words(np.arange(400), arm.copy(), draw.integers(0, PARTS, 400), 2))
    assert held is None or held.covered < 0.1
