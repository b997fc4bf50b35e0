"""Columns of some jobs are those of the snapshot, whoever gathered them first: the whole, or a part of it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from library_factory import make_library, rated_jobs
from numpy.testing import assert_array_equal

from learning_core.answers.gathered import Gathered
from learning_core.index.snapshot import Snapshot

NAMES = ("sampler", "rated", "rating_sum", "time", "evidence", "stage")


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    with make_library(tmp_path, rated_jobs()).snapshot() as opened:
        yield opened


@pytest.mark.parametrize("first", ["whole", "part"])
def test_neither_the_whole_nor_its_part_depends_on_which_is_asked_first(snapshot: Snapshot, first: str) -> None:
    rows = np.arange(3, snapshot.jobs, 2)
    places = np.array([7, 0, 11, 4])
    whole = Gathered(snapshot, rows)
    part = whole.part(places)
    for name in NAMES:
        for each in (whole, part) if first == "whole" else (part, whole):
            expected = snapshot.column(name)[rows if each is whole else rows[places]]
            assert_array_equal(each.stored(name), expected)
            assert each.stored(name).dtype == snapshot.column(name).dtype
            assert_array_equal(each.numbers(name), expected.astype(np.int64))


def test_a_column_in_which_no_jobs_differ_is_told(snapshot: Snapshot) -> None:
    found = Gathered(snapshot, np.array([1, 4]))
    assert [name for name in NAMES if found.is_varied(name)] == ["sampler", "rated", "rating_sum", "time"]
