import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.index.ratings import ratings_of

JOBS = st.lists(st.sampled_from([(0, 0), (1, 4), (1, 5), (2, 9), (300, 1_200)]), max_size=30)


@given(JOBS, JOBS)
@pytest.mark.parametrize("kind", [np.uint8, np.uint32])
def test_each_job_has_the_place_of_its_pair_and_known_pairs_keep_theirs(
    kind: type, jobs: list[tuple[int, int]], more: list[tuple[int, int]]
) -> None:
    known: list[tuple[int, int]] = []
    for part in (jobs, more):
        rated, stars = (np.array([pair[side] for pair in part], np.uint32) for side in (0, 1))
        if kind is np.uint8 and rated.max(initial=0) < 256:
            rated, stars = rated.astype(kind), stars.astype(kind)
        found = ratings_of(rated, stars, known)
        assert [found.pairs[code] for code in found.codes.tolist()] == part
        assert found.pairs[: len(known)] == known
        assert set(found.pairs) == {*known, *part}
        known = found.pairs
