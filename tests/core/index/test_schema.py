import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bound_by_permissions import BOUND_BY_PERMISSIONS
from library_factory import make_job, make_library

from learning_core.index import schema
from learning_core.index.folder import IndexFolder

READ = """
import sqlite3, sys
from pathlib import Path
from learning_core.index import schema
try:
    print(schema.counter(schema.open_for_reading(Path(sys.argv[1])), "jobs"))
except sqlite3.OperationalError as error:
    print("refused")
"""


@pytest.fixture
def index(tmp_path: Path) -> Path:
    library = make_library(tmp_path, [make_job(1)])
    library.refresh()
    path = library.index.current()
    assert path is not None
    return path


def read_without_rights(path: Path) -> str:
    """Read the number of jobs in a process that may write neither the index nor its folder."""
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        return subprocess.run(
            [sys.executable, "-c", BOUND_BY_PERMISSIONS + READ, str(path)],
            cwd=Path(__file__).resolve().parents[3], capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
    finally:
        path.parent.chmod(0o700)


@pytest.mark.skipif(sys.platform != "linux", reason="drops rights as Linux knows them")
def test_an_index_is_read_where_nothing_can_be_written(index: Path) -> None:
    assert read_without_rights(index) == "1"


@pytest.mark.skipif(sys.platform != "linux", reason="drops rights as Linux knows them")
def test_an_index_with_changes_in_its_journal_is_never_read_without_them(index: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    copied.mkdir()
    connection = schema.open_for_writing(index)
    connection.execute("UPDATE state SET value = 7 WHERE name = 'jobs'")
    for name in (index.name, f"{index.name}-wal"):
        shutil.copy(index.parent / name, copied / name)
    connection.close()
    assert read_without_rights(copied / index.name) in ("7", "refused")


def test_a_connection_for_reading_cannot_write(index: Path) -> None:
    connection = schema.open_for_reading(index)
    with pytest.raises(schema.sqlite3.OperationalError, match="readonly"):
        connection.execute("UPDATE state SET value = 7")
    connection.close()


def test_every_index_has_an_identity_of_its_own(tmp_path: Path) -> None:
    seen = set()
    for name in ("a", "b", "c"):
        schema.create(tmp_path / name).close()
        connection = schema.open_for_reading(tmp_path / name)
        seen.add(schema.counter(connection, "identity"))
        connection.close()
    assert len(seen) == 3
    assert IndexFolder(tmp_path, tmp_path).current() is None
