"""Mean ratings of levels are drawn towards the mean of all by how little they rest on."""

import numpy as np

from learning_core.stats.pooled_mean import pooled_means


def test_two_fours_and_one_five_keep_their_order_and_come_closer() -> None:
    low, high = pooled_means(np.array([2.0, 1.0]), np.array([4.0, 5.0]), 3, 13, 57).tolist()
    assert 3.6 < low < high < 5.0


def test_many_ratings_keep_their_mean_and_few_do_not() -> None:
    n, mean = np.array([400.0, 400.0, 1.0]), np.array([2.0, 4.0, 5.0])
    pooled = pooled_means(n, mean, 801, 2405, 8425).round(2).tolist()
    assert pooled[:2] == [2.0, 4.0]
    assert 3.0 < pooled[2] < 4.9


def test_one_level_alone_is_drawn_towards_the_middle() -> None:
    assert 3.0 < float(pooled_means(np.array([1.0]), np.array([5.0]), 1, 5, 25)[0]) < 5.0
