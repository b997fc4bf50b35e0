"""Columns of some jobs are those of the snapshot, whether they are few or many."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from library_factory import make_library, rated_jobs
from numpy.testing import assert_array_equal

from learning_core.answers import gathered
from learning_core.answers.gathered import Gathered
from learning_core.index.snapshot import Snapshot

NAMES = ("sampler", "rated", "rating_sum", "time", "evidence", "stage")


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    with make_library(tmp_path, rated_jobs()).snapshot() as opened:
        yield opened


@pytest.mark.parametrize("few", [0, 1 << 15], ids=["many", "few"])
def test_columns_are_those_of_the_snapshot(snapshot: Snapshot, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "FEW", few)
    rows = np.array([7, 3, 11, 4])
    found = Gathered(snapshot, rows)
    for name in NAMES:
        expected = snapshot.column(name)[rows]
        assert_array_equal(found.stored(name), expected)
        assert found.stored(name).dtype == expected.dtype
        assert_array_equal(found.numbers(name), expected.astype(np.int64))


def test_a_column_in_which_no_jobs_differ_is_told(snapshot: Snapshot) -> None:
    found = Gathered(snapshot, np.array([1, 4]))
    assert [name for name in NAMES if found.is_varied(name)] == ["sampler", "rated", "rating_sum", "time"]
