import shutil
import sqlite3
from pathlib import Path

import pytest
from library_factory import make_job, make_library

from learning_core.index import schema
from learning_core.index.reading import Connections
from learning_core.library import Library


@pytest.fixture
def readers(tmp_path: Path) -> Connections:
    return Connections(schema.open_for_reading)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    path = tmp_path / "index.sqlite"
    schema.create(path).close()
    return path


def identity(connection: sqlite3.Connection) -> int:
    return schema.counter(connection, "identity")


def test_a_connection_given_back_is_lent_to_the_next_question(readers: Connections, index: Path) -> None:
    with readers.lent(index) as first:
        identity(first)
    with readers.lent(index) as second:
        assert second is first
    readers.close()


def test_two_questions_at_once_have_a_connection_each(readers: Connections, index: Path) -> None:
    with readers.lent(index) as first, readers.lent(index) as second:
        assert second is not first
        assert identity(first) == identity(second)
    readers.close()


def test_a_view_left_open_ends_with_its_question(readers: Connections, index: Path) -> None:
    with readers.lent(index) as first:
        first.execute("BEGIN")
        assert schema.counter(first, "jobs") == 0
    writer = schema.open_for_writing(index)
    writer.execute("UPDATE state SET value = 7 WHERE name = 'jobs'")
    writer.close()
    with readers.lent(index) as second:
        assert second is first
        assert schema.counter(second, "jobs") == 7
    readers.close()


def test_a_file_replaced_by_another_of_its_name_is_opened_anew(
    readers: Connections, index: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.sqlite"
    schema.create(other).close()
    with readers.lent(index) as first:
        old = identity(first)
    for suffix in ("-wal", "-shm"):
        index.with_name(index.name + suffix).unlink()
    other.replace(index)
    with readers.lent(index) as second:
        assert identity(second) != old
    readers.close()


def test_a_connection_whose_journal_was_taken_away_is_not_lent_again(readers: Connections, index: Path) -> None:
    with readers.lent(index) as first:
        identity(first)
    index.with_name(f"{index.name}-wal").unlink()
    with readers.lent(index) as second:
        assert second is not first
    readers.close()


def test_a_connection_that_had_an_error_is_not_lent_again(readers: Connections, index: Path) -> None:
    with pytest.raises(sqlite3.OperationalError), readers.lent(index) as first:
        first.execute("SELECT * FROM nothing")
    with readers.lent(index) as second:
        assert second is not first
    readers.close()


def test_a_view_of_a_frozen_file_is_not_kept_as_it_would_miss_what_is_added(readers: Connections, index: Path) -> None:
    with readers.lent(index) as first:
        assert isinstance(first, schema.IndexConnection)
        first.is_frozen = True
    with readers.lent(index) as second:
        assert second is not first


def test_answers_follow_a_cache_that_is_put_back_from_a_copy(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(0)])
    library.refresh()
    shutil.copytree(library.cache, tmp_path / "copy")
    library.append([make_job(1)], durable=False)
    assert jobs(library) == 2
    shutil.rmtree(library.cache)
    shutil.copytree(tmp_path / "copy", library.cache)
    assert jobs(library) == 2
    library.append([make_job(2)], durable=False)
    assert jobs(library) == 3


def jobs(library: Library) -> int:
    return library.ask(lambda snapshot: snapshot.jobs)
