"""How far two numberings of the same rows moved together."""

import numpy as np
import pytest

from learning_core.stats.association import cramers_v


def test_one_that_tells_the_other_is_fully_associated_also_when_only_in_one_direction() -> None:
    fine = np.arange(400) % 8
    assert cramers_v(fine, fine) == pytest.approx(1.0, abs=0.01)
    assert cramers_v(fine, fine // 4) == pytest.approx(1.0, abs=0.01)


def test_unrelated_ones_are_not_associated_however_many_values_they_have() -> None:
    draw = np.random.default_rng(1)
    for values in (2, 10, 60):
        found = [cramers_v(draw.integers(0, values, 300), draw.integers(0, 10, 300)) for _ in range(20)]
        assert np.mean(found) < 0.08


def test_the_figure_is_bergsmas_on_a_table_worked_out_by_hand() -> None:
    # 30 10 / 10 30: φ² = .25, less 1/79; scale 2 - 1/79 - 1.
    first = np.repeat([0, 0, 1, 1], [30, 10, 10, 30])
    second = np.repeat([0, 1, 0, 1], [30, 10, 10, 30])
    assert cramers_v(first, second) == pytest.approx(((0.25 - 1 / 79) / (1 - 1 / 79)) ** 0.5, rel=1e-12)


def test_names_and_order_of_rows_do_not_matter_to_the_last_bit() -> None:
    draw = np.random.default_rng(2)
    first, second = draw.integers(0, 30, 500), draw.integers(0, 7, 500)
    order, names = draw.permutation(500), draw.permutation(30)
    assert cramers_v(first, second) == cramers_v(names[first][order], second[order])


def test_where_nothing_comes_back_nothing_is_known() -> None:
    assert cramers_v(np.arange(50), np.arange(50) % 5) == 0.0
    assert cramers_v(np.zeros(50, np.int64), np.arange(50) % 5) == 0.0
    assert cramers_v(np.zeros(1, np.int64), np.zeros(1, np.int64)) == 0.0
