"""How many more images a difference needs: as many as make the claim strong, if it stays as it looks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.stats.comparing import difference
from learning_core.stats.settling import MOST, times_to_settle
from learning_core.stats.strength import STRONG_BAYES_FACTOR, STRONG_PROBABILITY


def is_strong(value: float, standard_error: float, prior_variance: float, times: float) -> bool:
    found = difference(np.array([abs(value)]), np.array([standard_error**2 / times]), prior_variance)
    return bool(found.probability[0] >= STRONG_PROBABILITY and found.bayes_factor[0] >= STRONG_BAYES_FACTOR)


@given(st.floats(-0.5, 0.5), st.floats(0.01, 0.3), st.floats(0.001, 0.5))
def test_so_many_times_the_images_make_the_claim_strong_and_fewer_do_not(
    value: float, error: float, prior: float
) -> None:
    times = times_to_settle(value, error, prior)
    if times is None:
        assert not is_strong(value, error, prior, 0.98 * MOST)
        return
    assert is_strong(value, error, prior, 1.001 * times)
    assert times == 1.0 or not is_strong(value, error, prior, times * 2.0**-0.126)


def test_twice_the_error_takes_four_times_the_images() -> None:
    once, twice = times_to_settle(0.2, 0.1, 0.05), times_to_settle(0.2, 0.2, 0.05)
    assert once is not None
    assert twice == pytest.approx(4.0 * once)


def test_no_difference_is_never_settled() -> None:
    assert times_to_settle(0.0, 0.1, 0.05) is None
