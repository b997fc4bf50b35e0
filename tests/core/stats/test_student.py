import pytest

from learning_core.stats.student import student_quantile


@pytest.mark.parametrize("freedom", [1, 2, 3, 6, 30, 500, 100_000])
def test_quantiles_of_student_are_right(freedom: int) -> None:
    distributions = pytest.importorskip("scipy.stats", reason="the test extra brings scipy as the judge")
    assert student_quantile(freedom) == pytest.approx(distributions.t.ppf(0.975, freedom), rel=1e-9)
