import random

import numpy as np
import pytest

from learning_core.stats.adjusted import Rows
from learning_core.stats.blocks import difference_within_blocks

Cell = tuple[int, int, int, int]
"""Arm, prompt, n, s."""


def rows(cells: list[Cell]) -> Rows:
    return Rows(*(np.array(column, np.int64) for column in zip(*cells, strict=True)))


def test_only_prompts_of_both_arms_count_each_by_its_images() -> None:
    both = rows([(0, 0, 4, 3), (1, 0, 4, 1), (0, 1, 2, 2), (1, 1, 2, 0), (0, 2, 50, 50), (1, 3, 50, 0)])
    found = difference_within_blocks(both, both.prompt)
    # Weights 2 and 1, differences 1/2 and 1.
    assert found.value == pytest.approx(2 / 3)
    # Influences 2/3·(1/2 − 2/3) and 1/3·(1 − 2/3); their squares, times 2 / (2 − 1).
    assert found.standard_error == pytest.approx((2 * (1 / 81 + 1 / 81)) ** 0.5)
    assert (found.prompts, found.fewest_prompts) == (2, 2)
    assert found.covered == pytest.approx(6 / 56)


def test_blocks_of_one_prompt_are_one_witness() -> None:
    cells = [(arm, prompt, 2, arm == 0 and good) for prompt, good in ((0, 2), (1, 0)) for arm in (0, 1)]
    whole = rows([(a, p, n, int(s)) for a, p, n, s in cells])
    halves = Rows(*(np.repeat(column, 2) for column in (whole.arm, whole.prompt, whole.n, whole.s)))
    block = np.array([0, 1, 2, 3, 4, 5, 6, 7]) // 4 * 2 + np.arange(8) % 2
    found = difference_within_blocks(halves, block)
    alone = difference_within_blocks(whole, whole.prompt)
    assert (found.value, found.prompts) == (alone.value, 2)
    assert found.standard_error == pytest.approx(alone.standard_error)


def test_nothing_in_common_is_no_difference() -> None:
    apart = rows([(0, 0, 3, 3), (1, 1, 3, 0)])
    found = difference_within_blocks(apart, apart.prompt)
    assert (found.value, found.standard_error, found.prompts, found.covered) == (0.0, 0.0, 0, 0.0)


def test_unknown_blocks_match_nothing() -> None:
    unknown = rows([(0, 0, 3, 3), (1, 0, 3, 0)])
    assert difference_within_blocks(unknown, np.array([-1, -1])).prompts == 0


def test_the_order_of_rows_changes_no_bit() -> None:
    draw = random.Random(4)
    cells = [(arm, prompt, n := draw.randint(1, 5), draw.randint(0, 5 * n)) for arm in (0, 1) for prompt in range(60)]
    mixed = draw.sample(cells, len(cells))
    first, second = rows(cells), rows(mixed)
    assert difference_within_blocks(first, first.prompt) == difference_within_blocks(second, second.prompt)


def test_the_error_covers_the_truth_about_as_often_as_it_says() -> None:
    draw = np.random.default_rng(3)
    prompt = np.tile(np.arange(30), 2)
    arm = np.repeat([0, 1], 30)
    missed = 0
    for _ in range(300):
        level = draw.normal(0.0, 2.0, 30)[prompt] + draw.normal(0.0, 1.0, 60) + 0.5 * (arm == 0)
        scores = np.rint(1000 * level).astype(np.int64)
        low, high = difference_within_blocks(Rows(arm, prompt, np.ones(60, np.int64), scores), prompt).interval()
        missed += not low <= 500.0 <= high
    assert 4 <= missed <= 28
