import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.stats.ridge import Design, ridge, sum_of_rows


def design_of(rows: list[set[int]], values: list[float], columns: int) -> tuple[Design, np.ndarray]:
    entries = [(row, column) for row, has in enumerate(rows) for column in sorted(has)]
    row, column = np.array(entries, np.int64).reshape(-1, 2).T
    dense = np.zeros((len(rows), columns))
    dense[row, column] = np.array(values)[row]
    return Design(row, column, np.array(values), columns), dense


@given(
    rows=st.lists(st.sets(st.integers(0, 5)), min_size=1, max_size=30),
    seed=st.integers(0, 1_000),
    penalty=st.sampled_from([0.5, 1.0, 8.0]),
)
def test_coefficients_are_those_of_the_normal_equations(rows: list[set[int]], seed: int, penalty: float) -> None:
    draw = np.random.default_rng(seed)
    design, dense = design_of(rows, draw.uniform(0.2, 1.0, len(rows)).tolist(), 6)
    weight, target = draw.uniform(0.0, 5.0, len(rows)), draw.normal(size=len(rows))
    expected = np.linalg.solve(dense.T @ (weight[:, None] * dense) + penalty * np.eye(6), dense.T @ (weight * target))
    found = ridge(design, weight, target, penalty)
    assert found == pytest.approx(expected, abs=1e-5)
    assert design.of_rows(found) == pytest.approx(dense @ expected, abs=1e-5)


def test_the_order_of_rows_shows_in_no_digit() -> None:
    draw = np.random.default_rng(1)
    rows = [set(draw.integers(0, 40, 6).tolist()) for _ in range(300)]
    value, weight, target = draw.uniform(0.2, 1.0, 300), draw.uniform(0.0, 5.0, 300), draw.normal(size=300)
    order = draw.permutation(300)
    first = ridge(design_of(rows, value.tolist(), 40)[0], weight, target)
    other = ridge(design_of([rows[n] for n in order], value[order].tolist(), 40)[0], weight[order], target[order])
    assert first.tobytes() == other.tobytes()
    assert sum_of_rows(target) == sum_of_rows(target[order])
