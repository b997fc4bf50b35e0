"""Differences at equal values of another setting."""

import numpy as np
import pytest

from learning_core.stats.strata import NOTHING, Difference, difference_within


def difference(rows: list[tuple[bool, int, int, int]]) -> Difference:
    """Rows are (first, stratum, images, good); each is a witness of its own."""
    first, stratum, n, s = (np.array(column) for column in zip(*rows, strict=True))
    return difference_within(first.astype(bool), stratum, np.arange(len(rows)), n, s)


def rows(first: bool, stratum: int, good: int, total: int) -> list[tuple[bool, int, int, int]]:
    return [(first, stratum, 1, int(number < good)) for number in range(total)]


def test_a_difference_that_another_setting_makes_is_gone_at_its_equal_values() -> None:
    found = difference(rows(True, 1, 72, 90) + rows(True, 2, 2, 10) + rows(False, 1, 8, 10) + rows(False, 2, 18, 90))
    assert found.value == pytest.approx(0.0)
    assert found.covered == 1.0


def test_a_difference_of_its_own_stays() -> None:
    found = difference(rows(True, 1, 40, 50) + rows(True, 2, 25, 50) + rows(False, 1, 25, 50) + rows(False, 2, 10, 50))
    assert found.value == pytest.approx(0.3)
    assert found.value > 3 * found.standard_error


def test_values_that_never_met_say_nothing() -> None:
    assert difference(rows(True, 1, 40, 50) + rows(False, 2, 10, 50)) == NOTHING


def test_a_single_witness_is_not_without_error() -> None:
    found = difference(rows(True, 1, 1, 1) + rows(False, 1, 0, 50) + rows(True, 2, 10, 20) + rows(False, 2, 10, 20))
    assert found.value == pytest.approx(0.0)
    assert found.covered < 1.0


def test_shares_of_none_and_all_have_an_error_too() -> None:
    found = difference(rows(True, 1, 3, 3) + rows(False, 1, 0, 3))
    assert found.standard_error > 0.2


def test_images_of_one_prompt_are_one_witness() -> None:
    first = np.arange(40) < 20
    stratum = np.ones(40, np.int64)
    s = np.array([1] * 10 + [0] * 10 + [1] * 5 + [0] * 15)
    apart = difference_within(first, stratum, np.arange(40), np.ones(40, np.int64), s)
    together = difference_within(first, stratum, np.arange(40) // 5, np.ones(40, np.int64), s)
    assert together.value == apart.value
    assert together.standard_error > 1.5 * apart.standard_error
