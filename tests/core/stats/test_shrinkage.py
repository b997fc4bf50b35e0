import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.stats.shrinkage import (
    Estimates,
    effective,
    probability_greater,
    shrink,
    strength_weights,
    within_cluster_correlation,
)

counts = st.integers(0, 200).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


def shrunk(groups: list[tuple[int, int, int]], rate: float, correlation: float) -> Estimates:
    """Each group is (n, s, q)."""
    n, s, q = np.array(groups, np.int64).T
    return shrink(n, s, q, rate, correlation)


def correlation_of(clusters: list[tuple[int, int]]) -> float:
    n, s = np.array(clusters, np.int64).T
    return within_cluster_correlation(n, s)


def weights(groups: list[tuple[float, float]], rate: float) -> list[float]:
    n, s = np.array(groups).T
    return list(strength_weights(n, s, rate))


@given(st.lists(counts, min_size=1, max_size=8), st.floats(0.05, 0.95), st.floats(0, 0.98))
def test_every_estimate_lies_in_its_interval_and_between_its_own_rate_and_the_common_one(
    groups: list[tuple[int, int]], rate: float, correlation: float
) -> None:
    estimates = shrunk([(n, s, n * 2) for n, s in groups], rate, correlation)
    low, high = estimates.intervals()
    for (n, s), least, mean, most in zip(groups, low, estimates.mean, high, strict=True):
        assert 0.0 <= least < mean < most <= 1.0
        own = s / n if n else rate
        # The common rate itself is pulled a little towards one half.
        assert min(own, rate, 0.5) - 1e-9 <= mean <= max(own, rate, 0.5) + 1e-9


@pytest.mark.parametrize("n", [1, 2, 4, 12])
@pytest.mark.parametrize("good", [True, False])
def test_a_few_images_that_all_came_out_alike_prove_little(n: int, good: bool) -> None:
    estimate = shrunk([(n, n if good else 0, n)], 1.0 if good else 0.0, 0.4)
    (low,), (high,) = estimate.intervals()
    assert low < estimate.mean[0] < high
    assert (low if good else 1.0 - high) < 1.0 - 1.0 / (n + 2)


def test_a_few_lucky_images_do_not_beat_many_good_ones() -> None:
    estimates = shrunk([(3, 3, 3), (120, 108, 120)], 0.7, 0.4)
    lucky, proven = estimates.mean
    assert proven > lucky
    assert estimates.variance[1] < estimates.variance[0]


def test_batches_of_one_prompt_count_less() -> None:
    n, s, q = np.array([[8, 4, 64], [8, 4, 8], [0, 0, 0]]).T
    size, good = effective(n, s, q, 0.5)
    assert size == pytest.approx([8 / 4.5, 8.0, 0.0])
    assert good == pytest.approx([4 / 4.5, 4.0, 0.0])


def test_equal_groups_are_pulled_together_and_different_ones_left_apart() -> None:
    equal = weights([(50.0, 25.0)] * 10, 0.5)
    apart = weights([(50.0, 5.0), (50.0, 45.0)] * 5, 0.5)
    assert sum(equal) == pytest.approx(1.0)
    assert sum(equal[12:]) > 0.9
    assert sum(apart[:12]) > 0.99


def test_the_weights_of_strengths_are_beta_binomial_likelihoods() -> None:
    special = pytest.importorskip("scipy.special", reason="the test extra brings scipy as the judge")
    groups, rate = [(12.5, 3.25), (0.0, 0.0), (4000.0, 2900.0), (1.0, 1.0)], 0.31
    strength = 2.0 * 1000.0 ** (np.arange(25) / 24.0)
    scores = -0.5 * (np.log(strength / 15.0) / 1.5) ** 2
    for n, s in groups:
        a, b = strength * rate, strength * (1.0 - rate)
        scores += special.betaln(a + s, b + n - s) - special.betaln(a, b)
    expected = np.exp(scores - scores.max())
    assert weights(groups, rate) == pytest.approx(list(expected / expected.sum()), rel=1e-9)


def test_the_correlation_is_found_in_data_that_have_it() -> None:
    assert correlation_of([(8, 8), (8, 0)] * 20) > 0.9
    assert correlation_of([(8, 4)] * 40) < 0.1
    assert correlation_of([(1, 1), (1, 0)]) == 0.4


def test_the_order_of_clusters_changes_no_digit_of_the_correlation() -> None:
    draw = random.Random(3)
    clusters = [(n, draw.randint(0, n)) for n in (draw.randint(1, 9) for _ in range(400))]
    expected = correlation_of(clusters)
    for _ in range(20):
        draw.shuffle(clusters)
        assert correlation_of(clusters) == expected


def test_the_order_of_groups_changes_no_estimate() -> None:
    groups = [(12, 5, 30), (40, 31, 90), (7, 7, 7)]
    assert shrunk(groups, 0.6, 0.3).mean == pytest.approx(shrunk(groups[::-1], 0.6, 0.3).mean[::-1], abs=1e-12)


@pytest.mark.parametrize("others", [0, 1, 6, 39])
def test_equal_groups_have_equal_estimates_to_the_last_digit(others: int) -> None:
    groups = [(9, 4, 17), *[(5 + number, 2, 9) for number in range(others)], (9, 4, 17)]
    estimates = shrunk(groups, 0.37, 0.21)
    assert estimates.mean[0] == estimates.mean[-1]
    assert estimates.variance[0] == estimates.variance[-1]


def test_probability_greater_is_half_for_equals_and_near_one_for_clear_ones() -> None:
    equal = Estimates(np.array([10.0]), np.array([5.0]), np.array([5.0]))
    high = Estimates(np.array([100.0, 10.0]), np.array([90.0, 5.0]), np.array([10.0, 5.0]))
    assert probability_greater(equal, high)[1] == 0.5
    assert probability_greater(equal, high)[0] < 0.01
    assert probability_greater(high, equal)[0] > 0.99


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    draw = random.Random(7)
    covered = total = 0
    for _ in range(150):
        truths = [min(0.98, max(0.02, draw.gauss(0.6, 0.12))) for _ in range(6)]
        groups = []
        for truth in truths:
            n = draw.randint(5, 60)
            groups.append((n, sum(draw.random() < truth for _ in range(n)), n))
        rate = sum(s for _, s, _ in groups) / sum(n for n, _, _ in groups)
        low, high = shrunk(groups, rate, 0.4).intervals()
        covered += int(((low <= truths) & (truths <= high)).sum())
        total += len(truths)
    assert 0.93 <= covered / total <= 0.985
