import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.answers import ranking
from learning_core.answers.ranking import LevelRanking, SpreadRanking
from learning_core.index.bitmaps import BITS, packed

ROWS = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=200)


@pytest.mark.parametrize("kind", ["spread", "levels"])
@given(ROWS, st.integers(1, 5), st.floats(0, 1))
def test_pages_laid_end_to_end_are_the_sorted_rows(
    kind: str, rows: list[tuple[int, bool]], limit: int, share_known: float
) -> None:
    known = int(share_known * len(rows))
    values = np.array([value for value, _ in rows], np.float64)
    mask = np.array([chosen for _, chosen in rows])
    keys = np.array([(number * 7919) % 101 for number in range(len(rows))], np.uint64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "BLOCK_ROWS", BITS)
        if kind == "spread":
            first = SpreadRanking(values[:known], keys[:known]) if known else None
            order: SpreadRanking | LevelRanking = SpreadRanking(values, keys, first)
        else:
            different = sorted(set(values.tolist()), reverse=True)
            levels = np.array([different.index(value) for value in values.tolist()], np.uint16)
            order = LevelRanking(levels, different, keys)
        found: list[int] = []
        after, more = None, True
        while more:
            page, more = order.page(packed(mask), limit, after)
            assert len(page) <= limit
            found += page
            after = order.place(page[-1]) if page else None
    chosen = np.flatnonzero(mask)
    assert found == chosen[np.lexsort((keys[chosen], -values[chosen]))].tolist()
