"""The system refuses: each error is a sentence with the path and the remedy, and nothing is acknowledged wrongly."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bound_by_permissions import BOUND_BY_PERMISSIONS
from fault_counts import Counts, job_line, jobs_in
from library_factory import make_job, make_library, rating, reference

from learning_core.errors import LogNotWritable, NotDurable
from learning_core.log import append as append_module
from learning_core.log.append import append_lines

posix = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX limit")
root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")

# Appends jobs until one is refused; prints how many were acknowledged, then the sentence.
APPENDER = """
import sys
from pathlib import Path
from learning_core.errors import LogError
from learning_core.log.append import append_lines
from learning_core.log.seal import seal
log, most = Path(sys.argv[1]), int(sys.argv[2])
done = 0
try:
    for done in range(most):
        append_lines(log, [seal({"kind": "job", "job_id": f"j{done}", "prompt_positive": "x" * 900})], lock_seconds=5)
    done = most
except LogError as error:
    print(done, error, sep="\\n")
else:
    print(done, "all", sep="\\n")
"""


def run(log: Path, *, before: str = "", most: int = 1000, command: tuple[str, ...] = ()) -> tuple[int, str]:
    process = [*command, sys.executable, "-c", before + APPENDER, str(log), str(most)]
    done = subprocess.run(process, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    acknowledged, sentence = done.stdout.splitlines()
    return int(acknowledged), sentence


def check_and_go_on(log: Path, acknowledged: int, counts: Counts) -> None:
    """What was acknowledged is there; with room again the next record is clean."""
    counts.injected += 1
    counts.compare(log, [f"j{number}" for number in range(acknowledged)])
    append_lines(log, [job_line("with room again")])
    ids, _ = jobs_in(log)
    assert ids[-1] == "with room again"
    assert (counts.lost, counts.doubled) == (0, 0)


@posix
def test_a_file_that_may_not_grow_is_a_short_write_and_then_a_sentence(tmp_path: Path, counts: Counts) -> None:
    log = tmp_path / "a.jsonl"
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (20500, 20500))\n"
    acknowledged, sentence = run(log, before=limit)
    assert str(log) in sentence
    assert "may not grow" in sentence
    assert "ulimit -f" in sentence
    assert log.stat().st_size == 20500, "the last write was short"
    check_and_go_on(log, acknowledged, counts)
    assert counts.quarantined == 0
    assert len(jobs_in(log)[1]) == 1


@root
@pytest.mark.faults
def test_a_full_disk_is_a_short_write_and_then_a_sentence(tmp_path: Path, counts: Counts) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        log = disk / "a.jsonl"
        (disk / "ballast").write_bytes(b"x" * 20_000)
        acknowledged, sentence = run(log)
        assert str(log) in sentence
        assert "the disk is full" in sentence
        assert "Free some space" in sentence
        assert 0 < acknowledged < 64
        (disk / "ballast").unlink()
        check_and_go_on(log, acknowledged, counts)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@posix
def test_too_many_open_files_is_a_sentence_and_the_next_append_works(tmp_path: Path, counts: Counts) -> None:
    log = tmp_path / "a.jsonl"
    every_file = """
import errno, os, resource
from learning_core.errors import LogError
from learning_core.log.append import append_lines
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
taken = []
try:
    while True:
        taken.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
import sys
from pathlib import Path
try:
    append_lines(Path(sys.argv[1]), [b"{}\\n"], lock_seconds=1)
except LogError as error:
    sys.stderr.write(f"{error}\\n")
os.close(taken.pop())
append_lines(Path(sys.argv[1]), [b'{"job_id":"after"}\\n'], lock_seconds=1)
"""
    done = subprocess.run([sys.executable, "-c", every_file, str(log)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    sentences = done.stderr.splitlines()
    assert [str(log) in each and "too many files open" in each and "ulimit -n" in each for each in sentences] == [True]
    counts.injected += len(sentences)
    counts.compare(log, ["after"])
    assert (counts.found, counts.lost) == (1, 0)


@posix
@pytest.mark.parametrize("closed", ["file", "folder"])
def test_missing_permission_is_a_sentence(tmp_path: Path, counts: Counts, closed: str) -> None:
    log = tmp_path / "log" / "a.jsonl"
    append_lines(log, [job_line("j0")])
    which = {"file": log, "folder": log.parent}[closed]
    if closed == "folder":
        log.unlink()
    which.chmod(0o500 if closed == "folder" else 0o400)
    acknowledged, sentence = run(log, before=BOUND_BY_PERMISSIONS)
    which.chmod(0o700)
    assert acknowledged == 0
    assert f"{log} cannot be written: you have no permission" in sentence
    assert "Correct the permissions" in sentence
    assert log.exists() == (closed == "file")
    log.touch()
    check_and_go_on(log, int(closed == "file"), counts)


@root
@pytest.mark.faults
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv")
def test_the_log_of_another_user_is_a_sentence(counts: Counts) -> None:
    folder = Path(f"/tmp/whatworks-other-user-{os.getpid()}")  # noqa: S108  pytest's folders are closed to others
    folder.mkdir(mode=0o755)
    try:
        log = folder / "a.jsonl"
        append_lines(log, [job_line("j0")])
        other = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
        if subprocess.run([*other, sys.executable, "-c", "import learning_core"], check=False).returncode:
            pytest.skip("another user cannot run this Python")
        acknowledged, sentence = run(log, command=other)
        assert acknowledged == 0
        assert "you have no permission" in sentence
        check_and_go_on(log, 1, counts)
    finally:
        shutil.rmtree(folder)


@root
@pytest.mark.faults
@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare")
def test_a_read_only_file_system_is_a_sentence(tmp_path: Path, counts: Counts) -> None:
    log = tmp_path / "log" / "a.jsonl"
    append_lines(log, [job_line("j0")])
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    acknowledged, sentence = run(log, command=("unshare", "-m", "sh", "-c", script, str(log.parent)))
    assert acknowledged == 0
    assert "read-only" in sentence
    assert "Mount it for writing" in sentence
    check_and_go_on(log, 1, counts)


WORDS = {
    errno.ENOSPC: ("disk is full", "Free some space"),
    errno.EDQUOT: ("quota", "Free some space"),
    errno.EFBIG: ("may not grow", "ulimit -f"),
    errno.EROFS: ("read-only", "Mount it for writing"),
    errno.EACCES: ("no permission", "Correct the permissions"),
    errno.EPERM: ("no permission", "Correct the permissions"),
    errno.EMFILE: ("too many files", "ulimit -n"),
    errno.ENFILE: ("too many files", "Close some programs"),
    errno.EIO: ("disk reported an error", "Check the disk"),
    errno.ENOLCK: ("no locks", "local disk"),
    errno.ENXIO: (os.strerror(errno.ENXIO), "another library"),
}


@pytest.mark.parametrize("number", WORDS)
@pytest.mark.parametrize("call", ["open", "write"])
def test_every_error_names_the_log_and_the_remedy(
    tmp_path: Path, counts: Counts, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    log = tmp_path / "a.jsonl"
    append_lines(log, [job_line("first")])

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(append_module.os, call, refuse)
        with pytest.raises(LogNotWritable, match="Nothing was acknowledged") as caught:
            append_lines(log, [job_line("refused")])
    counts.injected += 1
    wrong, remedy = WORDS[number]
    assert str(log) in str(caught.value)
    assert wrong in str(caught.value)
    assert remedy in str(caught.value)
    counts.compare(log, ["first"])
    assert (counts.found, counts.lost) == (1, 0)
    append_lines(log, [job_line("next")])
    assert jobs_in(log)[0] == ["first", "next"]


@posix
def test_a_file_system_without_locks_is_a_sentence_at_once(
    tmp_path: Path, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("learning_core.log.lock.fcntl.flock", refuse)
    with pytest.raises(LogNotWritable, match=r"grants no locks.*local disk"):
        append_lines(tmp_path / "a.jsonl", [job_line("a")])
    counts.injected += 1
    assert (tmp_path / "a.jsonl").read_bytes() == b""


def test_after_a_failed_fsync_that_descriptor_is_never_synced_again_and_a_repeat_counts_once(
    tmp_path: Path, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = make_library(tmp_path, [make_job(1)])
    said = rating(make_job(1), 5)
    calls: list[tuple[str, int]] = []
    real_sync, real_close = os.fsync, os.close

    def sync(descriptor: int) -> None:
        calls.append(("fsync", descriptor))
        if [call for call, _ in calls].count("fsync") == 1:
            raise OSError(errno.EIO, "Input/output error")
        real_sync(descriptor)

    def close(descriptor: int) -> None:
        calls.append(("close", descriptor))
        real_close(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(append_module.os, "fsync", sync)
        patch.setattr(append_module.os, "close", close)
        with pytest.raises(NotDurable, match="counted once"):
            library.append([said], durable=True)
        counts.injected += 1
        (sync_call, failed), *after = calls[-2:]
        assert sync_call == "fsync"
        assert after == [("close", failed)], "neither synced again nor kept"
        library.append([said], durable=True)
    assert library.own_log.read_bytes().count(b'"rating"') == 2
    with library.snapshot() as snapshot:
        ((event, stands),) = snapshot.events(reference(make_job(1)))
        assert (event["kind"], event["value"], stands) == ("rating", 5, True)
        assert snapshot.inspection.conflicts() == []


def test_a_count_that_is_false_is_refused_and_the_repeat_is_whole(
    tmp_path: Path, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "a.jsonl"
    append_lines(log, [job_line("first")])
    real, lies = os.write, [50]

    def lie(descriptor: int, data: bytes) -> int:
        return lies.pop() if lies else real(descriptor, data)

    with monkeypatch.context() as patch:
        patch.setattr(append_module.os, "write", lie)
        with pytest.raises(LogNotWritable, match="the file grew by"):
            append_lines(log, [job_line("second", 100)])
    counts.injected += 1
    append_lines(log, [job_line("second", 100)])
    counts.compare(log, ["first", "second"])
    assert (counts.found, counts.lost, counts.doubled, counts.quarantined) == (2, 0, 0, 1)


def test_a_system_that_takes_no_bytes_ends_in_a_sentence_and_not_in_a_loop(
    tmp_path: Path, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(append_module.os, "write", lambda *_: 0)
    with pytest.raises(LogNotWritable, match="took no more bytes"):
        append_lines(tmp_path / "a.jsonl", [job_line("a")])
    counts.injected += 1
