import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.stats.shrinkage import (
    Estimate,
    Group,
    effective,
    probability_greater,
    shrink,
    strength_weights,
    within_cluster_correlation,
)

counts = st.integers(0, 200).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@given(st.lists(counts, min_size=1, max_size=8), st.floats(0.05, 0.95), st.floats(0, 0.98))
def test_every_estimate_lies_in_its_interval_and_between_its_own_rate_and_the_common_one(
    groups: list[tuple[int, int]], rate: float, correlation: float
) -> None:
    estimates = shrink([Group(n, s, n * 2) for n, s in groups], rate, correlation)
    for (n, s), estimate in zip(groups, estimates, strict=True):
        low, high = estimate.interval()
        assert 0.0 <= low < estimate.mean < high <= 1.0
        own = s / n if n else rate
        # The common rate itself is pulled a little towards one half.
        assert min(own, rate, 0.5) - 1e-9 <= estimate.mean <= max(own, rate, 0.5) + 1e-9


@pytest.mark.parametrize("n", [1, 2, 4, 12])
@pytest.mark.parametrize("good", [True, False])
def test_a_few_images_that_all_came_out_alike_prove_little(n: int, good: bool) -> None:
    (estimate,) = shrink([Group(n, n if good else 0, n)], 1.0 if good else 0.0, 0.4)
    low, high = estimate.interval()
    assert low < estimate.mean < high
    assert (low if good else 1.0 - high) < 1.0 - 1.0 / (n + 2)


def test_a_few_lucky_images_do_not_beat_many_good_ones() -> None:
    lucky, proven = shrink([Group(3, 3, 3), Group(120, 108, 120)], 0.7, 0.4)
    assert proven.mean > lucky.mean
    assert proven.variance < lucky.variance


def test_batches_of_one_prompt_count_less() -> None:
    assert effective(Group(8, 4, 64), 0.5) == (pytest.approx(8 / 4.5), pytest.approx(4 / 4.5))
    assert effective(Group(8, 4, 8), 0.5) == (8.0, 4.0)
    assert effective(Group(0, 0, 0), 0.5) == (0.0, 0.0)


def test_equal_groups_are_pulled_together_and_different_ones_left_apart() -> None:
    equal = strength_weights([(50.0, 25.0)] * 10, 0.5)
    apart = strength_weights([(50.0, 5.0), (50.0, 45.0)] * 5, 0.5)
    assert sum(equal) == pytest.approx(1.0)
    assert sum(equal[12:]) > 0.9
    assert sum(apart[:12]) > 0.99


def test_the_correlation_is_found_in_data_that_have_it() -> None:
    same = within_cluster_correlation([(8, 8), (8, 0)] * 20)
    mixed = within_cluster_correlation([(8, 4)] * 40)
    assert same > 0.9
    assert mixed < 0.1
    assert within_cluster_correlation([(1, 1), (1, 0)]) == 0.4


def test_the_order_of_groups_changes_no_estimate() -> None:
    groups = [Group(12, 5, 30), Group(40, 31, 90), Group(7, 7, 7)]
    forward = shrink(groups, 0.6, 0.3)
    backward = shrink(groups[::-1], 0.6, 0.3)
    assert [e.mean for e in forward] == pytest.approx([e.mean for e in backward[::-1]], abs=1e-12)


def test_probability_greater_is_half_for_equals_and_near_one_for_clear_ones() -> None:
    equal = Estimate(10, 5, 5)
    high = Estimate(100, 90, 10)
    assert probability_greater(equal, equal) == 0.5
    assert probability_greater(high, equal) > 0.99
    assert probability_greater(equal, high) < 0.01


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    draw = random.Random(7)
    covered = total = 0
    for _ in range(150):
        truths = [min(0.98, max(0.02, draw.gauss(0.6, 0.12))) for _ in range(6)]
        groups = []
        for truth in truths:
            n = draw.randint(5, 60)
            groups.append(Group(n, sum(draw.random() < truth for _ in range(n)), n))
        rate = sum(g.s for g in groups) / sum(g.n for g in groups)
        for truth, estimate in zip(truths, shrink(groups, rate, 0.4), strict=True):
            low, high = estimate.interval()
            covered += low <= truth <= high
            total += 1
    assert 0.93 <= covered / total <= 0.985
