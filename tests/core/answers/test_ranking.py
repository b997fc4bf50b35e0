import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.answers import ranking
from learning_core.answers.ranking import LevelRanking, SpreadRanking

ROWS = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=40)


@pytest.mark.parametrize("kind", ["spread", "levels"])
@given(ROWS, st.integers(1, 5))
def test_pages_laid_end_to_end_are_the_sorted_rows(kind: str, rows: list[tuple[int, bool]], limit: int) -> None:
    values = np.array([value for value, _ in rows], np.float64)
    mask = np.array([chosen for _, chosen in rows])
    keys = np.array([(number * 7919) % 101 for number in range(len(rows))], np.uint64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "BLOCK_ROWS", 8)
        if kind == "spread":
            order: SpreadRanking | LevelRanking = SpreadRanking(values, keys)
        else:
            different = sorted(set(values.tolist()), reverse=True)
            levels = np.array([different.index(value) for value in values.tolist()], np.uint16)
            order = LevelRanking(levels, different, keys)
        found: list[int] = []
        after, more = None, True
        while more:
            page, more = order.page(mask, limit, after)
            assert len(page) <= limit
            found += page
            after = order.place(page[-1]) if page else None
    chosen = np.flatnonzero(mask)
    assert found == chosen[np.lexsort((keys[chosen], -values[chosen]))].tolist()
