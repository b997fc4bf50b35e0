"""What images without a judgement could change."""

import numpy as np
import pytest

from learning_core.stats.unrated import Arm, counted, only_good_judged, unevenly_rated, worst_case_bounds


def test_bounds_hold_whatever_the_unrated_images_are() -> None:
    a, b = Arm(shown=10, judged=10, good=6), Arm(shown=10, judged=4, good=4)
    assert worst_case_bounds(a, b) == pytest.approx((0.6 - 1.0, 0.6 - 0.4))


def test_with_all_rated_the_bounds_are_the_difference() -> None:
    low, high = worst_case_bounds(Arm(10, 10, 6), Arm(20, 20, 5))
    assert (low, high) == pytest.approx((0.35, 0.35))


def test_an_arm_without_images_bounds_nothing() -> None:
    assert worst_case_bounds(Arm(0, 0, 0), Arm(0, 0, 0)) == (-1.0, 1.0)
    assert unevenly_rated(Arm(0, 0, 0), Arm(10, 10, 1))


@pytest.mark.parametrize(("judged", "uneven"), [(90, False), (80, False), (79, True), (100, False)])
def test_shares_more_than_ten_points_apart_are_uneven(judged: int, *, uneven: bool) -> None:
    assert unevenly_rated(Arm(100, judged, 10), Arm(10, 9, 1)) is uneven


def test_unrated_images_count_once_their_batch_was_judged() -> None:
    batch = np.array([0, 0, 1, 1, 2])
    judged = np.array([True, False, False, False, True])
    assert counted(batch, judged).tolist() == [True, True, False, False, True]
    assert counted(batch[:0], judged[:0]).tolist() == []


def test_more_of_the_same_tells_nothing_of_an_arm_of_which_only_good_images_are_judged() -> None:
    mixed, chosen, whole = Arm(10, 10, 6), Arm(10, 4, 4), Arm(10, 10, 10)
    assert only_good_judged((mixed, chosen)) == [1]
    assert only_good_judged((chosen, mixed)) == [0]
    # Where nothing is left to judge, all were good indeed; beside another such arm even that makes no difference.
    assert only_good_judged((mixed, whole)) == []
    assert only_good_judged((whole, whole)) == [0, 1]
    assert only_good_judged((mixed, Arm(10, 0, 0))) == []
