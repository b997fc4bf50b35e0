"""Differences of two arms inside strata and inside blocks."""

from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from two_arms_table import Cell, images, table

from learning_core.stats.stratified import Rows, everything, stratified, within_blocks


def test_rows_whose_factor_is_unknown_match_nothing() -> None:
    rows, steps = table(images(0, 0, 30, 40) + images(1, 0, 20, 40) + images(0, 1, 20, 20) + images(1, 1, 0, 20))
    adjusted = stratified(rows, np.where(steps == 1, -1, steps))
    assert adjusted.value == pytest.approx(0.25)
    assert adjusted.covered == pytest.approx(40 / 60)


def test_images_of_one_prompt_are_one_witness() -> None:
    rows, steps = table(images(0, 1, 10, 20) + images(1, 1, 5, 20))
    together = Rows(rows.arm, rows.prompt // 5, rows.n, rows.s)
    apart, batches = stratified(rows, steps), stratified(together, steps)
    assert batches.value == apart.value
    assert batches.standard_error > 1.5 * apart.standard_error


def by_the_formula(cells: list[Cell]) -> tuple[float, float, int]:
    """statistics.md 3.10 in plain loops, for two arms and all strata with both."""

    def n(arm: int, stratum: int) -> int:
        return sum(row[2] for row in cells if row[0] == arm and row[4] == stratum)

    def rate(arm: int, stratum: int) -> float:
        return sum(row[3] for row in cells if row[0] == arm and row[4] == stratum) / n(arm, stratum)

    both = [h for h in sorted({row[4] for row in cells}) if n(0, h) and n(1, h)]
    if not both:
        return 0.0, 0.0, 0
    omega = {h: n(0, h) * n(1, h) / (n(0, h) + n(1, h)) for h in both}
    whole = sum(omega.values())
    z: dict[int, float] = {}
    for arm, prompt, images_of, good, h in cells:
        if h in omega:
            pull = omega[h] / whole * (good - images_of * rate(arm, h)) / n(arm, h)
            z[prompt] = z.get(prompt, 0.0) + (pull if arm == 0 else -pull)
    moved = sum(1 for pull in z.values() if abs(pull) > 1e-12)
    variance = sum(pull * pull for pull in z.values()) * max(moved, 2) / max(1, moved - 1)
    return sum(omega[h] * (rate(0, h) - rate(1, h)) for h in both) / whole, variance**0.5, moved


CELL = st.tuples(st.integers(0, 1), st.integers(0, 9), st.integers(1, 3), st.integers(0, 3), st.integers(0, 3)).map(
    lambda row: (row[0], row[1], row[2], min(row[3], row[2]), row[4])
)


@given(st.lists(CELL, min_size=1, max_size=30), st.randoms(use_true_random=False))
@example(
    [(0, 0, 1, 0, 1)] * 11 + [(0, 0, 1, 0, 3), (0, 1, 2, 1, 1), (1, 1, 1, 0, 1), (1, 0, 2, 1, 1), (1, 1, 1, 1, 1)],
    Random(0),
)
@settings(max_examples=50, deadline=None)
def test_it_is_the_formula_and_the_order_of_rows_changes_no_bit(cells: list[Cell], draw: Random) -> None:
    found = stratified(*table(cells), 1)
    value, error, moved = by_the_formula(cells)
    assert (found.value, found.standard_error) == pytest.approx((value, error), abs=1e-12)
    assert found.freedom == max(1, (moved or found.fewest_prompts) - 1)
    shuffled = draw.sample(cells, len(cells))
    assert stratified(*table(shuffled), 1) == found


def renumbered(numbers: np.ndarray, draw: Random) -> np.ndarray:
    """Give other numbers to the same groups; below 0 stays unknown."""
    places = draw.sample(range(60), 60)
    return np.array([places[number] if number >= 0 else -1 for number in numbers.tolist()], np.int64)


@given(st.lists(CELL, min_size=1, max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_neither_order_nor_numbers_show_in_a_digit(cells: list[Cell], draw: Random) -> None:
    rows, stratum = table(cells)
    block = np.where(stratum == 3, -1, 4 * rows.prompt + stratum)
    order = np.array(draw.sample(range(len(cells)), len(cells)))
    mixed = rows.take(order)
    again = Rows(mixed.arm, renumbered(mixed.prompt, draw), mixed.n, mixed.s)
    assert stratified(again, renumbered(stratum[order], draw)) == stratified(rows, stratum)
    assert within_blocks(again, renumbered(block[order], draw)) == within_blocks(rows, block)


def test_gaps_between_the_numbers_of_prompts_do_not_show() -> None:
    draw = Random(15)
    cells = []
    for _ in range(60):
        arm, prompt, n = draw.randrange(2), draw.randrange(21), draw.randint(1, 3)
        cells.append((arm, prompt, n, draw.randint(0, n), draw.randrange(3)))
    rows, stratum = table(cells)
    for gap in (2, 7, 1000):
        apart = Rows(rows.arm, gap * rows.prompt, rows.n, rows.s)
        assert stratified(apart, gap * stratum) == stratified(rows, stratum)


def test_what_it_rests_on_is_told() -> None:
    rows, stratum = table([*images(0, 0, 3, 6), *images(1, 0, 1, 3), *images(0, 1, 1, 1), *images(1, 1, 2, 5)])
    found = stratified(rows, stratum)
    assert (found.n, found.prompts, found.fewest_prompts, found.strata) == ((6, 3), 9, 3, 1)
    assert (found.blocks, found.covered) == (pytest.approx(4.0), pytest.approx(3 / 8))
    assert found.of_image == (pytest.approx(1 / 6), pytest.approx(1 / 3))
    whole = stratified(rows, everything(rows))
    assert (whole.n, whole.strata, whole.covered) == ((7, 8), 1, 1.0)


def test_a_difference_is_no_surer_than_it_is_let_be() -> None:
    rows, stratum = table(images(0, 0, 20, 20) + images(1, 0, 0, 20))
    found = stratified(rows, stratum)
    assert found.variance == 0.0
    held = found.no_surer_than(0.01)
    assert (held.variance, held.freedom) == (0.01, 39)
    assert held.no_surer_than(0.001) == held
    assert replace(held, reach=1.0).interval()[1] == 1.0 < held.interval()[1]


def rows_of(cells: list[tuple[int, int, int, int]]) -> Rows:
    """Rows of (arm, prompt, n, s)."""
    return Rows(*(np.array(column, np.int64) for column in zip(*cells, strict=True)))


def test_only_prompts_of_both_arms_count_each_by_its_images() -> None:
    both = rows_of([(0, 0, 4, 3), (1, 0, 4, 1), (0, 1, 2, 2), (1, 1, 2, 0), (0, 2, 50, 50), (1, 3, 50, 0)])
    found = within_blocks(both, both.prompt)
    # Weights 2 and 1, differences 1/2 and 1.
    assert found.value == pytest.approx(2 / 3)
    # Influences 2/3·(1/2 − 2/3) and 1/3·(1 − 2/3); their squares, times 2 / (2 − 1).
    assert found.standard_error == pytest.approx((2 * (1 / 81 + 1 / 81)) ** 0.5)
    assert (found.prompts, found.fewest_prompts) == (2, 2)
    assert found.covered == pytest.approx(6 / 56)


def test_blocks_of_one_prompt_are_one_witness() -> None:
    cells = [(arm, prompt, 2, arm == 0 and good) for prompt, good in ((0, 2), (1, 0)) for arm in (0, 1)]
    whole = rows_of([(a, p, n, int(s)) for a, p, n, s in cells])
    halves = Rows(*(np.repeat(column, 2) for column in (whole.arm, whole.prompt, whole.n, whole.s)))
    block = np.array([0, 1, 2, 3, 4, 5, 6, 7]) // 4 * 2 + np.arange(8) % 2
    found = within_blocks(halves, block)
    alone = within_blocks(whole, whole.prompt)
    assert (found.value, found.prompts) == (alone.value, 2)
    assert found.standard_error == pytest.approx(alone.standard_error)


def test_nothing_in_common_is_no_difference() -> None:
    apart = rows_of([(0, 0, 3, 3), (1, 1, 3, 0)])
    found = within_blocks(apart, apart.prompt)
    assert (found.value, found.standard_error, found.prompts, found.covered) == (0.0, 0.0, 0, 0.0)


def test_unknown_blocks_match_nothing() -> None:
    unknown = rows_of([(0, 0, 3, 3), (1, 0, 3, 0)])
    assert within_blocks(unknown, np.array([-1, -1])).prompts == 0


def test_the_error_covers_the_truth_about_as_often_as_it_says() -> None:
    draw = np.random.default_rng(3)
    prompt = np.tile(np.arange(30), 2)
    arm = np.repeat([0, 1], 30)
    missed = 0
    for _ in range(300):
        level = draw.normal(0.0, 2.0, 30)[prompt] + draw.normal(0.0, 1.0, 60) + 0.5 * (arm == 0)
        scores = np.rint(1000 * level).astype(np.int64)
        low, high = within_blocks(Rows(arm, prompt, np.ones(60, np.int64), scores), prompt).interval()
        missed += not low <= 500.0 <= high
    assert 4 <= missed <= 28
