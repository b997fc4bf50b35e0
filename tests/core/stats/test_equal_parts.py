import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from learning_core.stats.equal_parts import equal_parts


def test_parts_have_equal_counts_and_equal_values_stay_together() -> None:
    assert np.bincount(equal_parts(np.arange(800), 8)).tolist() == [100] * 8
    assert equal_parts(np.array([30.0, 10.0, 20.0]), 3).tolist() == [2, 0, 1]
    assert equal_parts(np.zeros(0), 4).tolist() == []
    assert equal_parts(np.array([3, 1, 2]), 0).tolist() == [0, 0, 0]


def test_many_equal_values_go_where_most_of_them_belong() -> None:
    assert equal_parts(np.repeat([1, 2, 3], [10, 45, 45]), 2)[[0, 10, 55]].tolist() == [0, 0, 1]
    assert equal_parts(np.repeat([5, 7, 9], [10, 60, 10]), 8)[[0, 10, 70]].tolist() == [0, 4, 7]


@given(st.lists(st.integers(-3, 9), max_size=60), st.integers(1, 9))
def test_each_value_is_in_the_part_of_the_middle_of_its_equals(values: list[int], parts: int) -> None:
    found = equal_parts(np.array(values, np.float64), parts)
    for value, part in zip(values, found.tolist(), strict=True):
        lower, equal = sum(other < value for other in values), values.count(value)
        assert part == (2 * lower + equal) * parts // (2 * len(values))
