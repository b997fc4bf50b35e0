"""A log on a network file system: one file for each computer, a shared one refused, reading as everywhere.

The mount is faked by a table of mounts of the test's own; the folders are real.
"""

import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_counts import Counts, job_line
from library_factory import make_job, rating, reference

from learning_core import LearningWriter, job_completed
from learning_core.errors import LogNotWritable, SharedLogRefused
from learning_core.library import Library
from learning_core.log import mount, shared
from learning_core.log.append import append_lines
from learning_core.log.shared import host_name, lock_path, own_file

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows asks the drive, not a table")


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that counts as an NFS mount, on a computer named Studio-PC.lan."""
    folder = tmp_path / "share"
    folder.mkdir()
    table = tmp_path / "mounts"
    table.write_text(f"/dev/a / ext4 rw 0 0\nserver:/pictures {folder.resolve()} nfs4 rw 0 0\n", encoding="utf-8")
    locks = tmp_path / "locks"
    locks.mkdir(mode=0o700)
    monkeypatch.setattr(mount, "MOUNT_TABLE", table)
    monkeypatch.setattr(shared, "LOCK_FOLDER", str(locks))
    monkeypatch.setattr(platform, "node", lambda: "Studio-PC.lan")
    lock_path.cache_clear()
    yield folder
    lock_path.cache_clear()


def test_each_computer_writes_a_file_of_its_own_and_answers_hold_them_all(
    share: Path, tmp_path: Path, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Library(share / "library", tmp_path / "cache")
    here.append([make_job(1)], durable=True)
    assert job_completed({"job_id": "from-the-pipeline"}, share / "library")
    monkeypatch.setattr(platform, "node", lambda: "laptop")
    there = Library(share / "library", tmp_path / "cache-of-the-laptop")
    there.append([rating(make_job(1), 5)], durable=True)
    counts.injected += 1
    assert sorted(path.name for path in here.log_folder.iterdir()) == [
        "pipeline.studio-pc-lan.jsonl",
        "whatworks.laptop.jsonl",
        "whatworks.studio-pc-lan.jsonl",
    ]
    for library in (here, there):
        with library.snapshot() as snapshot:
            assert snapshot.jobs == 2
            assert snapshot.standing(reference(make_job(1))).ratings == {None: 5}


def test_a_shared_file_is_refused_with_the_name_to_use_instead(
    share: Path, counts: Counts, caplog: pytest.LogCaptureFixture
) -> None:
    log = share / "records.jsonl"
    with pytest.raises(SharedLogRefused, match=r"nfs4.*Nothing was written.*records\.studio-pc-lan\.jsonl instead"):
        append_lines(log, [job_line("a")])
    writer = LearningWriter(log)
    assert writer.write({"job_id": "a"}) is False
    assert writer.failed == 1
    assert "records.studio-pc-lan.jsonl instead" in caplog.text
    counts.injected += 2
    assert list(share.iterdir()) == []
    assert LearningWriter(share / "records.studio-pc-lan.jsonl").write({"job_id": "a"})
    assert [path.name for path in share.iterdir()] == ["records.studio-pc-lan.jsonl"], "no lock file on the share"


def test_an_old_log_that_several_shared_is_still_read(share: Path, tmp_path: Path, counts: Counts) -> None:
    library = Library(share / "library", tmp_path / "cache")
    library.log_folder.mkdir(parents=True)
    (library.log_folder / "whatworks.jsonl").write_bytes(job_line("old"))
    library.append([make_job(1)], durable=False)
    counts.injected += 1
    with library.snapshot() as snapshot:
        assert snapshot.jobs == 2
        assert snapshot.known_job("old")
    assert (library.log_folder / "whatworks.jsonl").read_bytes() == job_line("old")


@pytest.mark.parametrize("name", ["", "localhost"])
def test_a_computer_without_a_name_of_its_own_may_read_but_not_write(
    share: Path, tmp_path: Path, counts: Counts, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(platform, "node", lambda: name)
    library = Library(share / "library", tmp_path / "cache")
    library.log_folder.mkdir(parents=True)
    (library.log_folder / "whatworks.other.jsonl").write_bytes(job_line("old"))
    with pytest.raises(SharedLogRefused, match="Give this computer a name of its own"):
        library.append([make_job(1)], durable=True)
    counts.injected += 1
    with library.snapshot() as snapshot:
        assert snapshot.known_job("old")


def test_processes_of_one_computer_share_its_file_under_a_lock_on_the_local_disk(share: Path, counts: Counts) -> None:
    log = own_file(share, "a.jsonl")
    assert log.name == "a.studio-pc-lan.jsonl"
    place = lock_path(str(log))
    assert Path(place).parent == Path(shared.LOCK_FOLDER)
    linked = share.parent / "linked"
    linked.symlink_to(share)
    assert lock_path(str(linked / log.name)) == place
    script = "import sys, time\nfrom learning_core.log import lock\nassert lock.acquire(sys.argv[1], 5)\n"
    with subprocess.Popen(
        [sys.executable, "-c", script + "print(1, flush=True)\ntime.sleep(60)", place], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(Exception, match="was locked by"):
            append_lines(log, [job_line("a")], lock_seconds=0.05)
        holder.kill()
    append_lines(log, [job_line("b")], lock_seconds=5)
    counts.injected += 1
    counts.compare(log, ["b"])
    assert counts.lost == 0


@pytest.mark.parametrize("how", ["open to others", "a link", "a file"])
def test_a_folder_of_locks_that_others_may_change_is_refused(
    share: Path, tmp_path: Path, counts: Counts, how: str
) -> None:
    locks = Path(shared.LOCK_FOLDER)
    if how == "open to others":
        locks.chmod(0o777)
    else:
        locks.rmdir()
        if how == "a link":
            locks.symlink_to(tmp_path)
        else:
            locks.write_bytes(b"")
    with pytest.raises(LogNotWritable, match=str(locks)):
        append_lines(own_file(share, "a.jsonl"), [job_line("a")])
    counts.injected += 1


def test_a_folder_of_locks_that_was_cleaned_away_is_made_again(share: Path, counts: Counts) -> None:
    log = own_file(share, "a.jsonl")
    append_lines(log, [job_line("a")])
    for path in Path(shared.LOCK_FOLDER).iterdir():
        path.unlink()
    Path(shared.LOCK_FOLDER).rmdir()
    append_lines(log, [job_line("b")])
    counts.injected += 1
    counts.compare(log, ["a", "b"])
    assert (counts.found, counts.lost) == (2, 0)


def test_a_local_library_keeps_its_names(share: Path, tmp_path: Path, counts: Counts) -> None:
    assert own_file(tmp_path / "local", "whatworks.jsonl") == tmp_path / "local" / "whatworks.jsonl"
    assert lock_path(str(tmp_path / "local" / "a.jsonl")) == str(tmp_path / "local" / "a.jsonl")
    assert own_file(share, "whatworks.jsonl").name == f"whatworks.{host_name()}.jsonl"
    counts.injected += 1
