"""What others append meanwhile stays; durable means fsynced, the folder of a new file too, and never tried twice."""

import contextlib
import os
import stat
import sys
from pathlib import Path

import pytest
from library_factory import make_job, make_library, reference

from learning_core.errors import LogNotWritable, NotDurable
from learning_core.judging import judge, undo
from learning_core.log.append import append_lines


def synced_names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets `folder` or `file` for each fsync from now on."""
    real, seen = os.fsync, []

    def fsync(descriptor: int) -> None:
        seen.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return seen


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fsync a folder")
def test_a_new_file_is_durable_only_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "a.jsonl"
    seen = synced_names(monkeypatch)
    append_lines(log, [b"{}\n"], durable=True)
    append_lines(log, [b"{}\n"], durable=True)
    append_lines(log, [b"{}\n"])
    assert sorted(seen[:2]) == ["file", "folder"]
    assert seen[2:] == ["file"]


def test_a_failed_fsync_is_not_tried_again_on_that_descriptor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def fails_once(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 1:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails_once)
    with pytest.raises(NotDurable):
        append_lines(tmp_path / "a.jsonl", [b"{}\n"], durable=True)
    assert len(calls) == 1


def test_what_a_program_without_our_lock_appends_meanwhile_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "a.jsonl"
    log.write_bytes(b'{"a":1}\n')
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        with log.open("ab") as other:
            other.write(b'{"other":2}\n')
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", write)
    with contextlib.suppress(LogNotWritable):
        append_lines(log, [b'{"a":3}\n'])
    monkeypatch.undo()
    assert b'{"other":2}\n' in log.read_bytes()


def test_taking_back_is_as_durable_as_saying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = make_library(tmp_path, [make_job(1)])
    ref = reference(make_job(1))
    judge(library, ref, now=1.0, event_id=lambda: "said", rating=4)
    seen = synced_names(monkeypatch)
    undo(library, ref, now=2.0, event_id=lambda: "taken-back")
    assert seen == ["file"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fsync a folder")
def test_a_file_made_again_is_durable_only_with_its_folder_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "a.jsonl"
    append_lines(log, [b"{}\n"], durable=True)
    log.unlink()
    seen = synced_names(monkeypatch)
    append_lines(log, [b"{}\n"], durable=True)
    assert sorted(seen) == ["file", "folder"]
