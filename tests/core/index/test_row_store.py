"""The columns that answers look up together stand row by row as they stand column by column."""

from pathlib import Path

import numpy as np
import pytest
from library_factory import make_job, make_library, rated_jobs
from numpy.testing import assert_array_equal

from learning_core.index import row_store as module
from learning_core.index.row_store import LOOKED_UP_TOGETHER, row_store
from learning_core.index.snapshot import Snapshot
from learning_core.library import Library
from learning_core.model.judgement import Rating


def assert_as_in_columns(snapshot: Snapshot) -> None:
    rows = np.arange(snapshot.jobs)[::-1]
    taken = row_store(snapshot).take(rows)
    for name in LOOKED_UP_TOGETHER:
        assert_array_equal(taken[name], snapshot.column(name)[rows])


@pytest.mark.parametrize("most", [0, 4, 1 << 12])
def test_each_view_finds_the_rows_of_its_own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(module, "_MOST_CHANGED", most)
    library = make_library(tmp_path, rated_jobs())
    other = Library(library.root, library.cache)
    with library.snapshot() as old:
        assert_as_in_columns(old)
        for number in range(8):
            for job_id in ("job-1", f"job-{1000 + number // 2 * 2}"):
                later = Rating(event_id=f"{job_id}-{number}", job_id=job_id, value=1 + number % 5)
                other.append([make_job(1000 + number), later], durable=False)
            with other.snapshot() as new:
                assert_as_in_columns(new)
                assert_as_in_columns(old)
                assert_as_in_columns(new)


def test_rows_of_a_library_that_was_empty_are_found(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    for _ in range(2):
        with library.snapshot() as snapshot:
            assert_as_in_columns(snapshot)
        library.append([make_job(1)], durable=False)


def test_rows_hold_what_needs_more_bytes_than_those_before(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(400))
    with library.snapshot() as snapshot:
        assert_as_in_columns(snapshot)
    library.append([make_job(1000 + number, model=f"model-{number}") for number in range(300)], durable=False)
    with library.snapshot() as snapshot:
        assert_as_in_columns(snapshot)
        assert snapshot.column("checkpoint").max() > 255


def test_few_changes_do_not_make_the_rows_anew(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs())
    with library.snapshot() as snapshot:
        before = row_store(snapshot).values
    library.append([Rating(event_id="later", job_id="job-1", value=1), make_job(1000)], durable=False)
    with library.snapshot() as snapshot:
        assert row_store(snapshot).values is before
        assert len(row_store(snapshot).newer) == 2
