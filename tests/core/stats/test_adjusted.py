"""Whether a difference stays at equal values of what could explain it."""

from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from learning_core.stats.adjusted import (
    Difference,
    Rows,
    check,
    most_uneven,
    stratified_difference,
)

WORKED_EXAMPLE = [
    # arm (A 0, B 1), prompt, images, selected, steps (hi 0, lo 1): checkpoints A and B of statistics.md 3.12
    (0, 1, 4, 4, 0), (1, 1, 4, 1, 0), (0, 2, 4, 4, 0), (0, 3, 4, 3, 1), (1, 3, 4, 0, 1), (0, 4, 2, 2, 0),
    (1, 4, 4, 3, 1), (0, 5, 4, 2, 1), (1, 5, 2, 1, 0), (1, 6, 4, 4, 0), (0, 7, 2, 0, 1), (1, 7, 4, 2, 1),
]  # fmt: skip

Cell = tuple[int, int, int, int, int]


def table(cells: list[Cell]) -> tuple[Rows, np.ndarray]:
    arm, prompt, n, s, stratum = (np.array(column) for column in zip(*cells, strict=True))
    return Rows(arm, prompt, n, s), stratum


def images(arm: int, stratum: int, good: int, total: int) -> list[Cell]:
    """Images of one arm and stratum, each of a prompt of its own."""
    first = 10_000 * arm + 1_000 * stratum
    return [(arm, first + number, 1, int(number < good), stratum) for number in range(total)]


def test_the_worked_example_comes_out() -> None:
    rows, steps = table(WORKED_EXAMPLE)
    verdict = check(rows, {"steps": steps})
    raw, adjusted = verdict.raw, verdict.checks[0].difference
    assert (round(raw.value, 4), round(raw.standard_error, 4), raw.prompts) == (0.25, 0.2069, 7)
    assert [round(end, 4) for end in raw.interval()] == [-0.2562, 0.7562]
    assert (round(adjusted.value, 4), round(adjusted.standard_error, 4), adjusted.prompts) == (0.2348, 0.2013, 6)
    # Neither the raw nor the adjusted one excludes no difference at all.
    assert verdict.outcome == "inconclusive"


def test_a_difference_that_another_setting_makes_is_confounded() -> None:
    rows, steps = table(images(0, 1, 72, 90) + images(0, 2, 2, 10) + images(1, 1, 8, 10) + images(1, 2, 18, 90))
    verdict = check(rows, {"steps": steps, "sampler": 0 * steps})
    assert (verdict.outcome, verdict.factors("confounded")) == ("confounded", ("steps",))
    assert verdict.checks[0].difference.value == pytest.approx(0.0)
    assert verdict.factors("passed") == ("sampler",)


def test_arms_that_never_met_could_not_be_checked() -> None:
    rows, steps = table(images(0, 1, 40, 50) + images(1, 2, 10, 50))
    verdict = check(rows, {"steps": steps})
    assert verdict.factors("unchecked") == ("steps",)
    assert verdict.checks[0].difference == Difference(0.0, 0.0, 0, 0.0, 0)


@pytest.mark.parametrize(("shared", "outcome"), [(20, "passed"), (19, "unchecked")])
def test_half_of_each_arm_must_have_its_like(shared: int, outcome: str) -> None:
    a = images(0, 1, shared - 1, shared) + images(0, 2, 30, 40 - shared + 11)[: 40 - shared]
    rows, steps = table(a + images(1, 1, 10, 40))
    assert check(rows, {"steps": steps}).outcome == outcome


@pytest.mark.parametrize(("prompts", "outcome"), [(5, "passed"), (4, "unchecked")])
def test_five_prompts_of_each_arm_are_needed(prompts: int, outcome: str) -> None:
    a = [(0, number, 10, 9 - number % 2, 0) for number in range(prompts)]
    rows, steps = table(a + images(1, 0, 4, 40))
    assert check(rows, {"steps": steps}).outcome == outcome


def test_a_stratum_with_one_prompt_in_an_arm_does_not_count() -> None:
    level = images(0, 0, 20, 40) + images(1, 0, 20, 40)
    lonely = [(0, 5_000, 30, 30, 1), *images(1, 1, 0, 30)]
    rows, steps = table(level + lonely)
    adjusted = check(rows, {"steps": steps}).checks[0].difference
    assert adjusted.value == pytest.approx(0.0)
    assert adjusted.covered == pytest.approx(40 / 70)
    assert stratified_difference(rows, steps).value > 0.2


def test_rows_whose_factor_is_unknown_match_nothing() -> None:
    rows, steps = table(images(0, 0, 30, 40) + images(1, 0, 20, 40) + images(0, 1, 20, 20) + images(1, 1, 0, 20))
    adjusted = stratified_difference(rows, np.where(steps == 1, -1, steps), 2)
    assert adjusted.value == pytest.approx(0.25)
    assert adjusted.covered == pytest.approx(40 / 60)


def test_a_difference_that_is_smaller_at_equal_values_but_sure_passes() -> None:
    a = images(0, 0, 140, 160) + images(0, 1, 28, 40)
    b = images(1, 0, 24, 40) + images(1, 1, 48, 160)
    rows, steps = table(a + b)
    verdict = check(rows, {"steps": steps})
    assert verdict.checks[0].difference.value < verdict.raw.interval()[0]
    assert verdict.outcome == "passed"


def test_what_speaks_most_against_a_difference_is_its_outcome() -> None:
    rows, steps = table(images(0, 1, 72, 90) + images(0, 2, 2, 10) + images(1, 1, 8, 10) + images(1, 2, 18, 90))
    alone = np.arange(len(steps))
    assert check(rows, {"seed": alone}).outcome == "unchecked"
    assert check(rows, {"seed": alone, "steps": steps}).outcome == "confounded"
    assert check(rows, {}).outcome == "passed"


def test_images_of_one_prompt_are_one_witness() -> None:
    rows, steps = table(images(0, 1, 10, 20) + images(1, 1, 5, 20))
    together = Rows(rows.arm, rows.prompt // 5, rows.n, rows.s)
    apart, batches = stratified_difference(rows, steps), stratified_difference(together, steps)
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
@settings(max_examples=80, deadline=None)
def test_it_is_the_formula_and_the_order_of_rows_changes_no_bit(cells: list[Cell], draw: Random) -> None:
    found = stratified_difference(*table(cells))
    value, error, moved = by_the_formula(cells)
    assert (found.value, found.standard_error) == pytest.approx((value, error), abs=1e-12)
    assert found.prompts == moved
    shuffled = draw.sample(cells, len(cells))
    assert stratified_difference(*table(shuffled)) == found


def test_no_rows_at_all_have_no_difference() -> None:
    none = np.zeros(0, np.int64)
    assert check(Rows(none, none, none, none), {"steps": none}).outcome == "unchecked"


def test_the_keyword_that_could_explain_is_the_one_used_unevenly_not_the_frequent_one() -> None:
    rows, _ = table([(0, 1, 3, 1, 0), (0, 2, 1, 1, 0), (1, 3, 2, 1, 0), (1, 4, 2, 1, 0)])
    has = np.array([[True, True, False], [True, False, False], [True, False, True], [True, False, True]])
    assert most_uneven(rows, has) == 2
    assert most_uneven(rows, has[:, :2]) == 1
