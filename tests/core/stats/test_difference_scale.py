import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.stats.difference_scale import POINTS, SHARES, blocks_to_settle, weighed


def test_the_worked_example_of_two_variants_comes_out() -> None:
    six = weighed(5.0 / 6.0, 0.16270, POINTS)
    assert six.mean == pytest.approx(0.4513, abs=2e-4)
    assert six.bayes_factor == pytest.approx(2.1507, abs=2e-3)
    twelve = weighed(0.75, 0.078526, POINTS)
    assert twelve.mean == pytest.approx(0.5325, abs=2e-4)
    assert twelve.probability == pytest.approx(0.9879, abs=2e-4)
    assert twelve.bayes_factor == pytest.approx(6.8477, abs=5e-3)
    assert twelve.equivalence == pytest.approx(0.0786, abs=2e-4)


def test_the_margin_of_shares_is_that_of_stars() -> None:
    assert pytest.approx(0.07) == SHARES.margin
    assert SHARES.prior_variance / POINTS.prior_variance == pytest.approx(0.35**2)


@given(value=st.floats(-1.0, 1.0), variance=st.floats(1e-7, 0.5))
def test_the_sign_changes_nothing_but_the_mean(value: float, variance: float) -> None:
    one, other = weighed(value, variance, SHARES), weighed(-value, variance, SHARES)
    assert one.mean == -other.mean
    assert one.probability == other.probability >= 0.5
    assert one.bayes_factor == other.bayes_factor
    assert one.equivalence == pytest.approx(other.equivalence, abs=1e-12)


def test_no_more_blocks_are_asked_for_than_settle_it() -> None:
    blocks = blocks_to_settle(0.2, 0.01, 50.0, SHARES)
    assert blocks is not None
    assert blocks > 50
    assert weighed(0.2, 0.01 * 50.0 / blocks, SHARES).bayes_factor >= 20.0
    more_power = blocks_to_settle(0.3, 0.01, 50.0, SHARES)
    assert more_power is not None
    assert more_power <= blocks
    # Nothing to be seen is settled by showing that it does not matter.
    equal = blocks_to_settle(0.0, 0.01, 50.0, SHARES)
    assert equal is not None
    assert weighed(0.0, 0.01 * 50.0 / equal, SHARES).equivalence >= 0.9


def test_what_a_million_blocks_would_not_settle_has_no_number() -> None:
    assert blocks_to_settle(0.0701, 500.0, 1000.0, SHARES) is None
