"""Changes over prompts: what is claimed where there is a change, and how rarely where there is none."""

import random
from math import isclose

import pytest
from scipy import stats

from learning_core.stats.before_after import PASSED, SCORE, Sides, change
from learning_core.stats.bounded_mean import bounded_mean


def sides_of(draw: random.Random, effect: float) -> Sides:
    """Return one prompt: attempts until the first failure, feedback, then attempts until the first success or four."""
    rate = min(max(draw.gauss(0.5, 0.2), 0.05), 0.95)
    before = [True]
    while before[-1] and len(before) < 12:
        before.append(draw.random() < rate)
    after = [draw.random() < rate + effect]
    while not after[-1] and len(after) < 4:
        after.append(draw.random() < rate + effect)
    return Sides.of([float(each) for each in before[1:]], [float(each) for each in after])


def test_stepping_in_after_a_failure_brings_about_no_change() -> None:
    draw = random.Random(2)
    found = [change([sides_of(draw, 0.0) for _ in range(60)], PASSED) for _ in range(300)]
    assert abs(sum(each.value for each in found) / len(found)) < 0.02
    assert sum(each.low <= 0.0 <= each.high for each in found) / len(found) > 0.9
    assert sum(each.direction != 0 for each in found) <= 6


def test_a_large_change_on_enough_prompts_is_found() -> None:
    draw = random.Random(2)
    found = [change([sides_of(draw, 0.35) for _ in range(80)], PASSED) for _ in range(40)]
    assert sum(each.direction == 1 for each in found) > 30
    assert not any(each.direction == -1 for each in found)


def test_fewer_than_six_prompts_claim_nothing_however_clear() -> None:
    clear = Sides.of([0.0] * 9, [1.0] * 9)
    assert change([clear] * 5, PASSED).direction == 0
    assert change([clear] * 40, PASSED).direction == 1
    assert change([Sides.of([0.0] * 99, [1.0] * 99), *[clear] * 5], PASSED).prompts < 2


def test_equal_differences_of_few_prompts_are_not_taken_for_certainty() -> None:
    found = change([Sides.of([0.5], [0.6])] * 6, SCORE)
    assert found.low < 0.0 < found.value < found.high
    assert found.direction == 0


def test_the_formula_is_the_one_of_the_documentation() -> None:
    sides = [Sides.of([0.0], [1.0]), Sides.of([1.0], [1.0]), Sides.of([0.0], [0.0]), Sides.of([0.0], [1.0])]
    found = change(sides, PASSED)
    variance = (3 * (1.0 / 3.0) + 0.75) / 7 / 4 * 7 / 5
    assert isclose(found.value, 0.5) and isclose(found.prompts, 4.0)
    assert isclose(found.high, min(1.0, 0.5 + stats.t.ppf(0.975, 6) * variance**0.5), rel_tol=1e-6)
    true = 0.045
    ratio = stats.norm.pdf(0.5, 0, (variance + true) ** 0.5) / stats.norm.pdf(0.5, 0, variance**0.5)
    assert isclose(found.bayes_factor, ratio, rel_tol=1e-9)


def test_the_order_of_prompts_changes_no_bit() -> None:
    draw = random.Random(7)
    sides = [sides_of(draw, 0.1) for _ in range(50)]
    expected = change(sides, SCORE)
    for _ in range(5):
        draw.shuffle(sides)
        assert change(sides, SCORE) == expected


@pytest.mark.parametrize("prompts", [1, 40])
def test_a_mean_over_one_prompt_is_less_sure_than_over_many(prompts: int) -> None:
    draw = random.Random(3)
    found = bounded_mean([draw.random() for _ in range(40)], [number % prompts for number in range(40)])
    assert isclose(found.effective_n, 40 / (1 + (40 / prompts - 1) * 0.35))
    assert (found.high - found.low < 0.25) == (prompts == 40)


def test_means_cover_the_truth() -> None:
    draw = random.Random(11)
    found = [bounded_mean([draw.betavariate(5, 2) for _ in range(8)], range(8)) for _ in range(400)]
    assert sum(each.low <= 5 / 7 <= each.high for each in found) / len(found) > 0.94
