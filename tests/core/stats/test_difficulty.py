import random

import numpy as np

from learning_core.stats.difficulty import Difficulty, difficulty
from learning_core.stats.stratified import Rows, everything, stratified
from learning_core.stats.sufficient_statistics import Prompts

EASY, HARD, COMMON, OTHERS = 0, 1, 2, 20
Row = tuple[int, int, int, list[int]]
"""Arm, n, s, words of the prompt; each row is a prompt of its own."""


def sample(rows: list[Row]) -> tuple[Rows, Prompts]:
    arm, n, s = (np.array([row[place] for row in rows], np.int64) for place in range(3))
    starts = np.cumsum([0, *(len(row[3]) for row in rows)])
    words = np.array([word for row in rows for word in sorted(set(row[3]))], np.int64)
    return Rows(arm, np.arange(len(rows)), n, s), Prompts(starts, words)


def found(rows: list[Row]) -> Difficulty:
    table, prompts = sample(rows)
    return difficulty(table, prompts, 40)


def history(seed: int, easy: tuple[float, float], change: float = 0.0) -> list[Row]:
    """Return 150 prompts an arm: one share of easy ones in each, easy ones come out well in 80 %, hard ones in 30 %."""
    draw = random.Random(seed)
    rows = []
    for arm in (0, 1):
        for _ in range(150):
            word = EASY if draw.random() < easy[arm] else HARD
            rate = (0.8 if word == EASY else 0.3) - (change if arm else 0.0)
            words = [word, COMMON, *draw.sample(range(3, OTHERS), 2)]
            rows.append((arm, 2, sum(draw.random() < rate for _ in range(2)), sorted(words)))
    return rows


def test_easy_and_hard_prompts_fall_into_different_classes() -> None:
    rows = history(1, (0.5, 0.5))
    classes = found(rows).strata
    easy, hard = ([at for row, at in zip(rows, classes, strict=True) if word in row[3]] for word in (EASY, HARD))
    assert np.median(easy) > np.median(hard) + 4


def test_inside_the_classes_a_difference_that_easy_words_make_is_mostly_gone() -> None:
    rows = history(2, (0.75, 0.25))
    table, _ = sample(rows)
    raw = stratified(table, everything(table), 1).value
    inside = stratified(table, found(rows).strata).value
    assert raw > 0.2
    assert abs(inside) < 0.4 * raw


def test_a_difference_of_the_arms_themselves_stays() -> None:
    rows = history(3, (0.5, 0.5), change=0.25)
    inside = stratified(sample(rows)[0], found(rows).strata).value
    assert 0.17 < inside < 0.33


def test_a_subject_that_only_one_arm_has_finds_no_match() -> None:
    rows = history(4, (1.0, 0.0))
    assert not found(rows).matched.any()


def test_prompts_of_shared_words_find_their_match() -> None:
    assert found(history(5, (0.5, 0.5))).matched.all()


def test_a_prompt_without_words_finds_no_match() -> None:
    rows = [*history(6, (0.5, 0.5)), (0, 1, 1, [])]
    assert not found(rows).matched[-1]


def test_neither_the_order_of_rows_nor_the_numbers_of_words_show() -> None:
    rows = history(7, (0.6, 0.4))
    draw = random.Random(1)
    renamed = draw.sample(range(40), 40)
    plain = found(rows)
    other = found([(arm, n, s, sorted(renamed[word] for word in words)) for arm, n, s, words in rows])
    assert plain.strata.tolist() == other.strata.tolist()
    assert plain.matched.tolist() == other.matched.tolist()


def test_a_prompt_of_mostly_unshared_words_finds_no_match() -> None:
    rows = [*history(8, (0.5, 0.5)), (0, 1, 1, [EASY, COMMON, 30, 31, 32]), (1, 1, 0, [HARD, COMMON, 4, 33])]
    assert found(rows).matched[-2:].tolist() == [False, True]


def test_a_prompt_s_own_outcomes_have_no_part_in_its_score() -> None:
    """Of outcomes that nothing makes, words that were scored on them would find good prompts afterwards."""
    draw = random.Random(9)
    rows: list[Row] = []
    for number in range(400):
        words = sorted(draw.sample(range(40), 3))
        rows.append((number % 2, 1, draw.randrange(2), words))
    classes = found(rows).strata
    good = np.array([row[2] for row in rows])
    upper = classes > np.median(classes)
    assert abs(good[upper].mean() - good[~upper].mean()) < 0.08
