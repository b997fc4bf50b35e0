"""Mean ratings of levels are drawn towards the mean of all by how little they rest on."""

import numpy as np
from numpy.testing import assert_allclose

from learning_core.stats.pooled_mean import Starred, pooled_means


def test_two_fours_and_one_five_keep_their_order_and_come_closer() -> None:
    (pooled,) = pooled_means([Starred(np.array([2.0, 1.0]), np.array([4.0, 5.0]), 3, 13, 57)])
    low, high = pooled.tolist()
    assert 3.6 < low < high < 5.0


def test_many_ratings_keep_their_mean_and_few_do_not() -> None:
    n, mean = np.array([400.0, 400.0, 1.0]), np.array([2.0, 4.0, 5.0])
    (found,) = pooled_means([Starred(n, mean, 801, 2405, 8425)])
    pooled = found.round(2).tolist()
    assert pooled[:2] == [2.0, 4.0]
    assert 3.0 < pooled[2] < 4.9


def test_one_level_alone_is_drawn_towards_the_middle() -> None:
    (pooled,) = pooled_means([Starred(np.array([1.0]), np.array([5.0]), 1, 5, 25)])
    assert 3.0 < float(pooled[0]) < 5.0


def test_parameters_worked_out_together_are_as_each_alone() -> None:
    several = [
        Starred(np.array([2.0, 1.0]), np.array([4.0, 5.0]), 3, 13, 57),
        Starred(np.array([1.0]), np.array([5.0]), 1, 5, 25),
        Starred(np.array([400.0, 400.0, 1.0]), np.array([2.0, 4.0, 5.0]), 801, 2405, 8425),
    ]
    for each, together in zip(several, pooled_means(several), strict=True):
        assert_allclose(together, pooled_means([each])[0], rtol=1e-12)
