import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.stats.beta import beta_cdf, beta_quantile, credible_interval, log_beta

scipy_stats = pytest.importorskip("scipy.stats", reason="the test extra brings scipy as the judge")
shapes = st.floats(0.05, 3000.0)


@given(shapes, shapes, st.floats(0.0, 1.0))
def test_the_distribution_function_agrees_with_scipy(a: float, b: float, x: float) -> None:
    assert beta_cdf(x, a, b) == pytest.approx(float(scipy_stats.beta.cdf(x, a, b)), abs=1e-9)


@given(shapes, shapes, st.sampled_from([0.005, 0.025, 0.5, 0.975, 0.995]))
def test_quantiles_agree_with_scipy(a: float, b: float, probability: float) -> None:
    expected = float(scipy_stats.beta.ppf(probability, a, b))
    assert beta_quantile(probability, a, b) == pytest.approx(expected, abs=1e-9)


def test_known_values() -> None:
    assert log_beta(1, 1) == pytest.approx(0.0)
    assert beta_cdf(0.5, 2, 2) == pytest.approx(0.5)
    assert credible_interval(1, 1) == pytest.approx((0.025, 0.975))


def test_ends_of_the_range() -> None:
    assert beta_cdf(0.0, 2, 3) == 0.0
    assert beta_cdf(1.0, 2, 3) == 1.0


@pytest.mark.parametrize("x", [0.5297668064892316, 0.013081443549192592])
def test_the_turning_point_between_the_two_sides_is_no_trap(x: float) -> None:
    a, b = (2522.23520747909, 2238.681563770864) if x > 0.5 else (36.998915102651395, 2865.796336259096)
    assert beta_cdf(x, a, b) == pytest.approx(float(scipy_stats.beta.cdf(x, a, b)), abs=1e-9)
