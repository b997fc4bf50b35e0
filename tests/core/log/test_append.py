import multiprocessing
import os
import stat
import sys
from pathlib import Path

import pytest

from learning_core.errors import LogBusy, LogNotWritable
from learning_core.log import append as append_module
from learning_core.log import lock
from learning_core.log.append import append_lines
from learning_core.log.shared import lock_path


def test_lines_are_appended_in_order_and_old_bytes_stay(tmp_path: Path) -> None:
    log = tmp_path / "log" / "a.jsonl"
    append_lines(log, [b'{"a":1}\n'])
    append_lines(log, [b'{"a":2}\n', b'{"a":3}\n'], durable=True)
    assert log.read_bytes() == b'{"a":1}\n{"a":2}\n{"a":3}\n'


def test_a_torn_last_line_is_closed_before_the_next_record(tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    log.write_bytes(b'{"a":1}\n{"a":')
    append_lines(log, [b'{"a":2}\n'])
    assert log.read_bytes() == b'{"a":1}\n{"a":\n{"a":2}\n'


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_log_is_private_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        append_lines(tmp_path / "log" / "a.jsonl", [b"{}\n"])
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "log" / "a.jsonl").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o700


def test_a_held_lock_gives_a_sentence_and_writes_nothing(tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    held = lock.acquire(lock_path(str(log)), 0)
    assert held is not None
    with pytest.raises(LogBusy, match=r"a\.jsonl was locked by another .* for 0\.05 seconds"):
        append_lines(log, [b"{}\n"], lock_seconds=0.05)
    lock.release(held)
    assert not log.exists() or log.read_bytes() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_gives_a_sentence(tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    append_lines(log, [b"{}\n"])
    real = os.open

    def full(path: object, flags: int, mode: int = 0o777) -> int:
        return real("/dev/full", os.O_RDWR) if str(path) == str(log) else real(str(path), flags, mode)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(append_module.os, "open", full)
        with pytest.raises(LogNotWritable, match="Nothing was acknowledged"):
            append_lines(log, [b"{}\n"])
    assert log.read_bytes() == b"{}\n"


def test_a_short_write_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(append_module.os, "write", lambda fd, data: real(fd, bytes(data)[:3]))
    append_lines(tmp_path / "a.jsonl", [b'{"a":12345}\n'])
    monkeypatch.undo()
    assert (tmp_path / "a.jsonl").read_bytes() == b'{"a":12345}\n'


def test_a_symlink_in_place_of_the_log_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"")
    try:
        (tmp_path / "a.jsonl").symlink_to(target)
    except OSError:
        pytest.skip("links need a right here")
    with pytest.raises(LogNotWritable):
        append_lines(tmp_path / "a.jsonl", [b"{}\n"])
    assert target.read_bytes() == b""


def _append_many(path: str, name: str) -> None:
    for number in range(200):
        append_lines(Path(path), [b'{"job_id":"%s-%d"}\n' % (name.encode(), number)])


def test_several_processes_lose_and_mix_nothing(tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append_many, args=(str(log), name)) for name in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = log.read_bytes().splitlines()
    assert sorted(lines) == sorted(b'{"job_id":"%s-%d"}' % (n.encode(), i) for n in "abcd" for i in range(200))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_a_durable_line_makes_the_names_of_its_file_and_folders_durable_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    real = os.fsync

    def sync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        real(descriptor)

    monkeypatch.setattr(append_module.os, "fsync", sync)
    log = tmp_path / "library" / "log" / "a.jsonl"
    append_lines(log, [b"{}\n"])
    assert sorted(synced) == [tmp_path, tmp_path / "library"], "folders that were made"
    synced.clear()
    append_lines(log, [b"{}\n"], durable=True)
    assert synced == [log, log.parent]
    synced.clear()
    append_lines(log, [b"{}\n"], durable=True)
    assert synced == [log], "a folder is synced once"
    log.unlink()
    append_lines(log, [b"{}\n"])
    synced.clear()
    append_lines(log, [b"{}\n"], durable=True)
    assert synced == [log, log.parent], "the name of a new file is not on the disk yet"


def test_other_writers_need_not_wait_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "a.jsonl"
    append_lines(log, [b"1\n"], durable=True)
    real = os.fsync

    def sync(descriptor: int) -> None:
        append_lines(log, [b"3\n"], lock_seconds=0)
        real(descriptor)

    monkeypatch.setattr(append_module.os, "fsync", sync)
    append_lines(log, [b"2\n"], durable=True)
    assert log.read_bytes() == b"1\n2\n3\n"


def test_a_system_that_says_it_wrote_more_than_it_did_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lie(descriptor: int, data: bytes) -> int:
        os_write(descriptor, bytes(data)[:-3])
        return len(data)

    os_write = os.write
    monkeypatch.setattr(append_module.os, "write", lie)
    with pytest.raises(LogNotWritable, match="grew by 9 bytes instead of 12"):
        append_lines(tmp_path / "a.jsonl", [b'{"a":12345}\n'])
