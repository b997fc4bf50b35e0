"""A new file is whole or not there, and never takes the place of another unasked."""

import os
from pathlib import Path

import pytest

from learning_core import new_file as module
from learning_core.errors import TargetRefused
from learning_core.new_file import new_file


def write(path: Path, data: bytes, *, replace: bool = False) -> None:
    with new_file(path, replace=replace) as file:
        file.write(data)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole_in_a_folder_that_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "ü.csv"
    with new_file(path) as file:
        file.write(b"half")
        assert not path.exists()
    assert path.read_bytes() == b"half"
    assert names(path.parent) == [path.name]


def test_nothing_is_left_when_the_writer_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_file(tmp_path / "x") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert names(tmp_path) == []


def test_a_name_that_is_taken_is_refused_before_and_after_writing(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with pytest.raises(TargetRefused, match="exists already"):
        write(path, b"new")
    with pytest.raises(TargetRefused, match="in the meantime"), new_file(tmp_path / "y") as file:
        file.write(b"new")
        (tmp_path / "y").write_bytes(b"another's")
    assert path.read_bytes() == b"old"
    assert (tmp_path / "y").read_bytes() == b"another's"
    assert names(tmp_path) == ["x", "y"]


def test_a_plain_file_is_replaced_when_asked_and_nothing_else_is(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    write(path, b"new", replace=True)
    assert path.read_bytes() == b"new"
    (tmp_path / "folder").mkdir()
    with pytest.raises(TargetRefused, match="no plain file"):
        write(tmp_path / "folder", b"new", replace=True)


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need rights on Windows")
def test_a_link_is_neither_followed_nor_replaced(tmp_path: Path) -> None:
    (tmp_path / "aim").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "aim")
    for replace in (False, True):
        with pytest.raises(TargetRefused):
            write(tmp_path / "link", b"new", replace=replace)
    assert (tmp_path / "aim").read_bytes() == b"old"


def test_a_file_system_without_links_still_never_overwrites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(module.os, "link", no_links)
    write(tmp_path / "x", b"first")
    with pytest.raises(TargetRefused, match="in the meantime"), new_file(tmp_path / "y") as file:
        file.write(b"new")
        (tmp_path / "y").write_bytes(b"another's")
    assert (tmp_path / "x").read_bytes() == b"first"
    assert (tmp_path / "y").read_bytes() == b"another's"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_place_that_cannot_be_written_is_a_sentence() -> None:
    with pytest.raises(TargetRefused, match="was not written"):
        write(Path("/dev/full/x"), b"")


def test_the_last_byte_is_on_the_disk_before_the_file_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, named = tmp_path / "a.txt", []
    monkeypatch.setattr(os, "fsync", lambda _: named.append(path.exists()))
    with new_file(path) as file:
        file.write(b"whole")
    assert named[0] is False
