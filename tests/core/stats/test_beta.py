"""Own Beta functions against those of scipy."""

import numpy as np
import pytest

from learning_core.stats.beta import Reals, credible_interval, log_beta, log_gamma, log_lower_tail

special = pytest.importorskip("scipy.special", reason="the test extra brings scipy as the judge")

SHAPES = np.array([0.05, 0.1, 0.3, 0.5, 0.9, 1.0, 1.5, 2.0, 3.7, 8.0, 13.0, 40.0, 100.0, 1e3, 1e4, 1e5, 1e6])


def pairs() -> tuple[Reals, Reals]:
    a, b = np.meshgrid(SHAPES, SHAPES)
    return a.ravel(), b.ravel()


def test_log_gamma_agrees_with_scipy_from_tiny_to_huge() -> None:
    x = np.concatenate((np.geomspace(1e-3, 1e8, 5001), np.arange(1.0, 30.0)))
    expected = special.gammaln(x)
    assert np.max(np.abs(log_gamma(x) - expected) / np.maximum(1.0, np.abs(expected))) < 3e-14


def test_log_beta_agrees_with_scipy() -> None:
    a, b = pairs()
    scale = np.abs(special.gammaln(a)) + np.abs(special.gammaln(b)) + np.abs(special.gammaln(a + b)) + 1.0
    assert np.max(np.abs(log_beta(a, b) - special.betaln(a, b)) / scale) < 3e-14


@pytest.mark.parametrize("mass", [0.0, 0.5, 0.95, 0.99])
def test_intervals_agree_with_scipy_for_all_shapes(mass: float) -> None:
    a, b = pairs()
    low, high = credible_interval(a, b, mass)
    tail = (1.0 - mass) / 2.0
    assert low == pytest.approx(special.betaincinv(a, b, tail), abs=1e-10)
    assert high == pytest.approx(1.0 - special.betaincinv(b, a, tail), abs=1e-10)
    assert (low <= high + 1e-10).all()


def test_the_lower_tail_agrees_with_scipy_below_the_mean_however_small() -> None:
    a, b = pairs()
    for share in (1.0, 0.9, 0.5, 0.01):
        x = share * a / (a + b)
        with np.errstate(divide="ignore"):
            expected = np.log(special.betainc(a, b, x))
        told = expected > -600.0
        found, _ = log_lower_tail(np.log(x / (1.0 - x)), a, b, log_beta(a, b))
        # Near 0 and 1 a float says less and less of how far it is from them.
        scale = np.maximum(1.0, np.maximum(a, b) / 1e4)
        assert np.max((np.abs(found - expected) / scale)[told]) < 5e-9


def test_the_lower_tail_s_derivative_is_its_slope() -> None:
    a, b, at = np.array([0.4, 7.0, 900.0]), np.array([2.0, 3.0, 1200.0]), np.array([-4.0, 0.2, -0.35])
    step = 1e-5
    whole = log_beta(a, b)
    below, above = (log_lower_tail(each, a, b, whole)[0] for each in (at - step, at + step))
    assert log_lower_tail(at, a, b, whole)[1] == pytest.approx((above - below) / (2.0 * step), rel=1e-6)


def test_known_intervals() -> None:
    low, high = credible_interval(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    assert low == pytest.approx([0.025, 0.025**0.5])
    assert high == pytest.approx([0.975, 0.975**0.5])


def test_an_interval_does_not_depend_on_those_computed_with_it() -> None:
    a, b = pairs()
    low, high = credible_interval(a, b)
    for number in range(0, len(a), 17):
        alone = credible_interval(a[number : number + 1], b[number : number + 1])
        assert alone[0][0] == pytest.approx(low[number], abs=1e-11)
        assert alone[1][0] == pytest.approx(high[number], abs=1e-11)


@pytest.mark.parametrize(("a", "b"), [(1e-3, 15.0), (3e-3, 1e4), (2522.235, 2238.682)])
def test_lopsided_shapes_have_an_interval_too(a: float, b: float) -> None:
    (low,), (high,) = credible_interval(np.array([a]), np.array([b]))
    assert special.betainc(a, b, high) == pytest.approx(0.975, abs=2e-7)
    assert low == pytest.approx(special.betaincinv(a, b, 0.025), abs=1e-12)
