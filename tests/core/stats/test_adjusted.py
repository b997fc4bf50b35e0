"""Whether a difference stays at equal values of what could explain it."""

import numpy as np
import pytest
from two_arms_table import images, table

from learning_core.stats.adjusted import check, most_uneven, outcome
from learning_core.stats.stratified import Difference, Rows, stratified

WORKED_EXAMPLE = [
    # arm (A 0, B 1), prompt, images, selected, steps (hi 0, lo 1): checkpoints A and B of statistics.md 3.12
    (0, 1, 4, 4, 0), (1, 1, 4, 1, 0), (0, 2, 4, 4, 0), (0, 3, 4, 3, 1), (1, 3, 4, 0, 1), (0, 4, 2, 2, 0),
    (1, 4, 4, 3, 1), (0, 5, 4, 2, 1), (1, 5, 2, 1, 0), (1, 6, 4, 4, 0), (0, 7, 2, 0, 1), (1, 7, 4, 2, 1),
]  # fmt: skip


def test_the_worked_example_comes_out() -> None:
    rows, steps = table(WORKED_EXAMPLE)
    verdict = check(rows, {"steps": steps})
    raw, adjusted = verdict.raw, verdict.checks[0].difference
    assert (round(raw.value, 4), round(raw.standard_error, 4), raw.freedom) == (0.25, 0.2069, 6)
    assert [round(end, 4) for end in raw.interval()] == [-0.2562, 0.7562]
    assert (round(adjusted.value, 4), round(adjusted.standard_error, 4), adjusted.freedom) == (0.2348, 0.2013, 5)
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
    assert (verdict.checks[0].difference.value, verdict.checks[0].difference.strata) == (0.0, 0)


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
    assert stratified(rows, steps, 1).value > 0.2


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


def test_no_rows_at_all_have_no_difference() -> None:
    none = np.zeros(0, np.int64)
    assert check(Rows(none, none, none, none), {"steps": none}).outcome == "unchecked"


def test_the_keyword_that_could_explain_is_the_one_used_unevenly_not_the_frequent_one() -> None:
    rows, _ = table([(0, 1, 3, 1, 0), (0, 2, 1, 1, 0), (1, 3, 2, 1, 0), (1, 4, 2, 1, 0)])
    has = np.array([[True, True, False], [True, False, False], [True, False, True], [True, False, True]])
    assert most_uneven(rows, has) == 2
    assert most_uneven(rows, has[:, :2]) == 1


def difference(value: float, variance: float = 0.0025, covered: float = 1.0, prompts: int = 20) -> Difference:
    return Difference(value, variance, (50, 50), prompts, prompts, covered, 1, 20.0, (0.02, 0.02), prompts - 1, 1.0)


@pytest.mark.parametrize(
    ("adjusted", "expected"),
    [
        (difference(0.25), "passed"),
        (difference(0.25, variance=0.02), "inconclusive"),
        (difference(0.05), "confounded"),
        (difference(-0.2), "confounded"),
        (difference(0.3, covered=0.4), "unchecked"),
        (difference(0.3, prompts=4), "unchecked"),
    ],
)
def test_a_difference_passes_only_where_it_stays_clear(adjusted: Difference, expected: str) -> None:
    assert outcome(difference(0.3), adjusted) == expected


def test_below_the_margin_signs_say_nothing() -> None:
    assert outcome(difference(0.01), difference(-0.01)) == "confounded"
    assert outcome(difference(0.01), difference(-0.01), margin=0.07) == "inconclusive"
    assert outcome(difference(0.08), difference(-0.01), margin=0.07) == "confounded"


def test_enough_of_a_difference_must_be_kept_where_the_factor_knows_only_a_part() -> None:
    assert outcome(difference(0.5), difference(0.3), kept=0.5) == "passed"
    assert outcome(difference(0.5), difference(0.3), kept=0.75) == "confounded"
