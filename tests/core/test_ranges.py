import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from learning_core.ranges import ranges


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 5)), max_size=20))
def test_ranges_are_laid_end_to_end(spans: list[tuple[int, int]]) -> None:
    begin, count = (np.array([span[place] for span in spans], np.int64) for place in (0, 1))
    assert ranges(begin, count).tolist() == [number for start, size in spans for number in range(start, start + size)]
