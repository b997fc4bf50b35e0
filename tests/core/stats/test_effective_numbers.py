import random

import numpy as np
import pytest

from learning_core.stats.effective_numbers import effective, within_cluster_correlation


def correlation_of(clusters: list[tuple[int, int]]) -> float:
    n, s = np.array(clusters, np.int64).T
    return within_cluster_correlation(n, s)


def test_batches_of_one_prompt_count_less() -> None:
    n, s, q = np.array([[8, 4, 64], [8, 4, 8], [0, 0, 0]]).T
    size, good = effective(n, s, q, 0.5)
    assert size == pytest.approx([8 / 4.5, 8.0, 0.0])
    assert good == pytest.approx([4 / 4.5, 4.0, 0.0])


def test_the_correlation_is_found_in_data_that_have_it() -> None:
    assert correlation_of([(8, 8), (8, 0)] * 20) > 0.9
    assert correlation_of([(8, 4)] * 40) < 0.1
    assert correlation_of([(1, 1), (1, 0)]) == 0.4


def test_the_order_of_clusters_changes_no_digit_of_the_correlation() -> None:
    draw = random.Random(3)
    clusters = [(n, draw.randint(0, n)) for n in (draw.randint(1, 9) for _ in range(400))]
    expected = correlation_of(clusters)
    for _ in range(20):
        draw.shuffle(clusters)
        assert correlation_of(clusters) == expected
