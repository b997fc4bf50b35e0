"""Builds broken off, folders that vanish, indexes found damaged: what is answered is what a fresh index says."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from every_answer import every_answer
from library_factory import make_job, make_library, rated_jobs

from learning_core.errors import IndexDamaged
from learning_core.index import extend
from learning_core.index.columns import Segments
from learning_core.index.folder import discard
from learning_core.library import Library
from learning_core.log import read


class BrokenOff(BaseException):
    """Ends a build as a kill does, without any of its own clearing up."""


def fresh(library: Library) -> bytes:
    cache = library.cache.with_name("fresh")
    shutil.rmtree(cache, ignore_errors=True)
    return every_answer(Library(library.root, cache))


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make batches of some ten lines."""
    monkeypatch.setattr(read, "BLOCK_BYTES", 8192)
    monkeypatch.setattr(extend, "BATCH_BYTES", 1)


def break_off(library: Library, at: int) -> int:
    """Break a build off at a call of its progress; return the bytes done, -1 when it had ended before."""
    calls = []

    def progress(done: int, total: int) -> None:
        calls.append(done)
        if len(calls) == at:
            raise BrokenOff

    try:
        library.refresh(progress)
    except BrokenOff:
        return calls[-1]
    return -1


@pytest.mark.usefixtures("batches")
def test_a_build_broken_off_at_any_batch_goes_on_there_and_ends_as_any_other(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(40))
    expected = fresh(library)
    at, ended = 2, False
    while not ended:
        shutil.rmtree(library.cache, ignore_errors=True)
        done = break_off(library, at)
        ended = done < 0
        if not ended:
            assert library.index.current() is None
            steps: list[int] = []
            library.refresh(lambda reached, _: steps.append(reached))  # noqa: B023
            assert steps[0] == done > 0
        assert every_answer(library) == expected
        at += 1
    assert at > 5, "the log has too few batches for this to show anything"


@pytest.mark.usefixtures("batches")
def test_a_build_broken_off_over_another_log_is_begun_anew(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(40))
    assert break_off(library, 3) > 0
    library.own_log.unlink()
    library.append(rated_jobs(90)[70:], durable=False)
    steps: list[int] = []
    library.refresh(lambda reached, _: steps.append(reached))
    assert steps[0] == 0
    assert every_answer(library) == fresh(library)


@pytest.mark.parametrize("grown", [False, True])
def test_a_batch_that_failed_left_nothing_and_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grown: bool
) -> None:
    library = make_library(tmp_path, rated_jobs(10))
    if grown:
        library.refresh()
        library.append(rated_jobs(30)[14:], durable=False)

    def no_space(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorname = "SQLITE_FULL"
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Segments, "flush", no_space)
        if grown:
            with library.snapshot() as snapshot:
                assert snapshot.jobs == 10
                assert "not counted yet" in snapshot.notes[0]
        else:
            with pytest.raises(Exception, match="Free the disk"):
                library.refresh()
    assert every_answer(library) == fresh(library)


def test_a_folder_deleted_while_it_is_worked_in_is_made_again(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(10))
    times = [1, 1]

    def progress(done: int, total: int) -> None:
        if times:
            times.pop()
            shutil.rmtree(library.cache)

    library.refresh(progress)
    assert times == []
    assert every_answer(library) == fresh(library)


@pytest.mark.usefixtures("batches")
@pytest.mark.parametrize("at", [1, 2, 3])
def test_files_deleted_one_by_one_while_they_are_worked_on_are_made_again(tmp_path: Path, at: int) -> None:
    library = make_library(tmp_path, rated_jobs(40))
    calls: list[int] = []

    def progress(done: int, total: int) -> None:
        calls.append(done)
        if len(calls) == at:
            for path in library.cache.glob("*.sqlite*"):
                path.unlink()

    library.refresh(progress)
    assert len(calls) > at
    assert every_answer(library) == fresh(library)


def test_what_sqlite_says_when_its_files_vanish_is_no_error_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = make_library(tmp_path, rated_jobs(10))
    real, times = Segments.flush, [1]

    def fails_once(segments: Segments, generation: int) -> None:
        if times.pop() if times else 0:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname = "SQLITE_IOERR_SHORT_READ"
            raise error
        real(segments, generation)

    monkeypatch.setattr(Segments, "flush", fails_once)
    library.refresh()
    assert times == []
    assert every_answer(library) == fresh(library)


def test_each_build_has_a_name_of_its_own_and_leaves_no_other_behind(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(5))
    seen = set()
    for _ in range(3):
        library.refresh()
        current = library.index.current()
        assert current is not None
        assert [path.name for path in library.cache.glob("*.sqlite")] == [current.name]
        seen.add(current.name)
        (library.cache / "current").unlink()
    assert len(seen) == 3


def test_a_log_replaced_by_a_file_that_begins_and_ends_alike_is_read_anew(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(number) for number in (1, 2, 3)])
    library.refresh()
    other = make_library(tmp_path / "other", [make_job(1), make_job(2, job_id="job-7"), make_job(3)])
    assert other.own_log.stat().st_size == library.own_log.stat().st_size
    other.own_log.replace(library.own_log)
    with library.snapshot() as snapshot:
        assert [snapshot.known_job(f"job-{number}") for number in (1, 2, 3, 7)] == [True, False, True, True]


def test_an_index_of_another_version_is_never_answered_from(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(5))
    library.refresh()
    path = library.index.current()
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE state SET value = 3 WHERE name = 'jobs'")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    with library.snapshot() as snapshot:
        assert snapshot.jobs == 5


def damage(library: Library, field: str) -> None:
    """Change one byte of a stored column, which SQLite itself does not notice."""
    library.refresh()
    path = library.index.current()
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        (data,) = connection.execute("SELECT data FROM segment WHERE field = ?", (field,)).fetchone()
        changed = data[:-5] + bytes([data[-5] ^ 1]) + data[-4:]
        connection.execute("UPDATE segment SET data = ? WHERE field = ?", (changed, field))
        connection.commit()


@pytest.mark.parametrize("field", ["time", "place", "rating_sum", "prompt"])
def test_a_damaged_value_is_noticed_and_asking_again_builds_a_new_index(tmp_path: Path, field: str) -> None:
    library = make_library(tmp_path, rated_jobs(20))
    expected = fresh(library)
    damage(library, field)
    assert every_answer(Library(library.root, library.cache)) == expected
    assert list(library.cache.glob("damaged-*")) == []


def test_a_value_found_damaged_while_the_index_grows_costs_only_a_new_build(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(20))
    damage(library, "place")
    library.append(rated_jobs(40)[30:], durable=False)
    with library.snapshot() as snapshot:
        assert snapshot.notes == []
        assert snapshot.known_job("job-39")
    assert every_answer(library) == fresh(library)


def test_only_the_index_in_use_is_put_aside(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(5))
    library.refresh()
    current = library.index.current()
    assert current is not None
    discard(current.with_name("index-0123456789abcdef.sqlite"))
    assert library.index.current() == current
    discard(current)
    assert library.index.current() is None
    assert [path.name for path in library.cache.glob("*.sqlite")] == [f"damaged-{current.name}"]


def test_a_view_of_a_damaged_index_ends_in_a_sentence_that_says_to_ask_again(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(5))
    damage(library, "time")
    with (
        pytest.raises(IndexDamaged, match="ask again"),
        Library(library.root, library.cache).snapshot() as snapshot,
    ):
        snapshot._gather("time", snapshot.column("time").astype(int) * 0)
