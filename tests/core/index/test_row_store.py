"""The columns that answers look up together stand row by row as they stand column by column."""

from pathlib import Path

from library_factory import make_library, rated_jobs
from numpy.testing import assert_array_equal

from learning_core.index.row_store import LOOKED_UP_TOGETHER, row_store
from learning_core.library import Library
from learning_core.model.judgement import Rating


def test_each_view_finds_the_rows_of_its_own_state(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs())
    other = Library(library.root, library.cache)
    with library.snapshot() as old:
        before = row_store(old).copy()
        other.append([Rating(event_id="later", job_id="job-1", value=1)], durable=False)
        with other.snapshot() as new:
            for snapshot in (new, old, new):
                for name in LOOKED_UP_TOGETHER:
                    assert_array_equal(row_store(snapshot)[name], snapshot.column(name))
        assert_array_equal(row_store(old), before)
