"""Many tests at once."""

import numpy as np
import pytest
from scipy import stats

from learning_core.stats.false_discovery import benjamini_hochberg, selected_quantile, two_sided


def test_adjusted_p_values_are_those_of_scipy() -> None:
    draw = np.random.default_rng(3)
    for p in (draw.uniform(size=200), draw.uniform(size=50) ** 4, np.array([0.2, 0.01, 0.01, 1.0])):
        assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p), rel=1e-12)


def test_no_tests_give_no_p_values() -> None:
    assert len(benjamini_hochberg(np.zeros(0))) == 0


def test_tails_are_exact_far_out() -> None:
    z = np.array([0.0, 1.959964, -6.0, 20.0])
    assert two_sided(z) == pytest.approx(2 * stats.norm.sf(np.abs(z)), rel=1e-9)


def test_an_interval_of_one_picked_among_many_is_wider() -> None:
    assert selected_quantile(10, 10, 0.05) == pytest.approx(1.959964, rel=1e-6)
    assert selected_quantile(1, 100, 0.05) == pytest.approx(stats.norm.isf(0.05 / 200), rel=1e-9)
