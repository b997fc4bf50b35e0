import pytest

from learning_core.stats.change import Arm, Outcomes, appraised
from learning_core.stats.stratified import Difference

ARM = Arm(n=200, effective_n=80.0, prompts=60, mean=0.5, least_variance=0.003)
SINGLE = Outcomes(variance=0.25, span=1.0)


def difference(value: float, error: float, prompts: int = 60) -> Difference:
    freedom = max(prompts - 1, 1)
    return Difference(value, error**2, (200, 200), prompts, prompts, 1.0, 1, 100.0, (0.005, 0.005), freedom)


def test_no_difference_is_as_likely_up_as_down_and_claims_nothing() -> None:
    found = appraised(difference(0.0, 0.1), ARM, ARM, SINGLE)
    assert (found.probability, found.claim.strength) == (pytest.approx(0.5), "none")
    assert found.bayes_factor < 1.0
    assert found.low == -found.high


def test_a_large_difference_is_a_strong_claim() -> None:
    found = appraised(difference(0.5, 0.08), ARM, ARM, SINGLE)
    assert found.claim.strength == "strong"
    assert found.low > 0.3


@pytest.mark.parametrize("value", [0.3, -0.3])
def test_the_sign_changes_nothing_else(value: float) -> None:
    found = appraised(difference(value, 0.1), ARM, ARM, SINGLE)
    assert found.probability == pytest.approx(appraised(difference(0.3, 0.1), ARM, ARM, SINGLE).probability)
    assert (found.low + found.high) / 2 == pytest.approx(value)


def test_fewer_than_five_prompts_claim_nothing_however_large_the_difference() -> None:
    found = appraised(difference(1.0, 0.001, 4), ARM, ARM, SINGLE)
    assert found.claim.strength == "none"
    assert "rests on 4 prompts" in found.claim.reason


def test_an_interval_ends_where_differences_do() -> None:
    found = appraised(difference(0.9, 0.2), ARM, ARM, SINGLE)
    assert found.high == 1.0
    assert found.low < 0.6


def test_few_prompts_widen_the_interval() -> None:
    few, many = (appraised(difference(0.3, 0.1, prompts), ARM, ARM, SINGLE) for prompts in (5, 500))
    assert few.high - few.low > 1.3 * (many.high - many.low)
    assert few.probability < many.probability


def test_the_error_is_never_below_that_of_the_effective_images() -> None:
    found = appraised(difference(0.3, 0.0), ARM, ARM, SINGLE)
    assert found.high - found.low == pytest.approx(2 * 2.001 * 0.006**0.5, rel=1e-3)


def test_the_worked_example_of_a_normal_prior() -> None:
    """D .2, error .1 on so many prompts that t is normal: T = .1·.25, posterior .2·T/(T+V), V·T/(T+V)."""
    arm = Arm(n=2, effective_n=1e6, prompts=10**6, mean=0.5, least_variance=0.0)
    found = appraised(difference(0.2, 0.1, 10**6), arm, arm, SINGLE)
    kept = 0.025 / 0.035
    assert found.bayes_factor == pytest.approx(
        (0.01 * kept / 0.025) ** 0.5 * 2.718281828 ** (0.04 * kept / 0.02), rel=1e-3
    )
