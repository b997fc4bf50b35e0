"""Which files an import looks at: folders, files, patterns, and places that refuse."""

import os
import sys
from pathlib import Path

import pytest

from learning_core.importers.discover import Found, discover

POSIX = pytest.mark.skipif(os.name != "posix", reason="file names and links of POSIX")


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def names(found: list[Found]) -> list[str]:
    return [Path(each.path).name for each in found]


def test_a_folder_is_walked_in_a_stable_order_and_hidden_things_are_left_alone(tmp_path: Path) -> None:
    for name in ("b.png", "a.png", "inner/c.png", ".hidden.png", ".thumbs/d.png", "__pycache__/e.png"):
        write(tmp_path / name)
    first = discover([tmp_path])
    assert names(first) == ["a.png", "b.png", "c.png"]
    assert first == discover([tmp_path])
    assert all(each.size == 1 and each.modified_ns > 0 and not each.reason for each in first)


def test_a_file_named_in_several_ways_is_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "inner" / "a.png")
    monkeypatch.chdir(tmp_path)
    ways = [Path("inner"), tmp_path / "inner", Path("inner/../inner/a.png"), Path("inner/*.png"), Path()]
    assert len(discover(ways)) == 1


def test_patterns_reach_into_folders(tmp_path: Path) -> None:
    for name in ("a.png", "one/b.png", "one/two/c.png", "one/d.txt"):
        write(tmp_path / name)
    assert sorted(names(discover([tmp_path / "**" / "*.png"]))) == ["a.png", "b.png", "c.png"]
    assert names(discover([tmp_path / "on?"])) == ["b.png", "d.txt", "c.png"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    write(tmp_path / "[1].png")
    write(tmp_path / "1.png")
    assert names(discover([tmp_path / "[1].png"])) == ["[1].png"]


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("nothing.png", "there is no such file or folder"),
        ("nothing/at/all", "there is no such file or folder"),
        ("no*.png", "the pattern matches nothing"),
        ("**no.png", "the pattern cannot be used"),
        ("a\0b", "there is no such file or folder"),
    ],
)
def test_what_is_not_there_is_said_and_costs_only_itself(named: str, reason: str, tmp_path: Path) -> None:
    good = write(tmp_path / "good.png")
    missing, found = discover([tmp_path / named, good])
    assert reason in missing.reason
    assert names([found]) == ["good.png"] and not found.reason


@POSIX
def test_a_name_too_long_for_the_system_costs_only_itself(tmp_path: Path) -> None:
    good = write(tmp_path / "good.png")
    refused, found = discover([tmp_path / ("x" * 5000), good])
    assert refused.reason.startswith("cannot be read: ")
    assert not found.reason


@POSIX
def test_links_to_folders_are_not_followed_and_loops_end(tmp_path: Path) -> None:
    write(tmp_path / "inner" / "a.png")
    (tmp_path / "inner" / "up").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to(tmp_path / "inner")
    (tmp_path / "lost.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to("loop")
    found = {Path(each.path).name: each.reason for each in discover([tmp_path])}
    assert found.pop("loop").startswith("cannot be read: ")
    assert found == {"a.png": ""}


@POSIX
def test_pipes_and_devices_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert discover([tmp_path]) == []
    for path in (tmp_path / "pipe.png", Path(os.devnull)):
        assert [each.reason for each in discover([path])] == ["neither a file nor a folder"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no path may be that long")
def test_folders_deeper_than_the_stack_are_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    depth = sys.getrecursionlimit() + 200
    for _ in range(depth):
        Path("d").mkdir()
        os.chdir("d")
    Path("a.png").write_bytes(b"x")
    os.chdir(tmp_path)
    try:
        assert names(discover([Path("d")])) == ["a.png"]
        assert "folders lie too deep" in discover([Path("**/*.png")])[0].reason
    finally:
        Path("/".join("d" * depth), "a.png").unlink()
        for level in range(depth, 0, -1):
            Path("/".join("d" * level)).rmdir()
