"""Writing a sidecar: no link is followed, nothing else is overwritten, and it is old or new at every moment."""

import itertools
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from learning_core.deciding import sidecar_file
from learning_core.deciding.sidecar_file import replace
from learning_core.drafts.draft import digest
from learning_core.drafts.targets import Target
from learning_core.errors import ChangedOutside, SidecarRefused

NAME = "coast.modelprofile.json"
OLD, NEW = b'{"old": 1}', b'{"new": 2}'

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and descriptors of POSIX")


@pytest.fixture
def target(tmp_path: Path) -> Target:
    (tmp_path / "models" / "sdxl").mkdir(parents=True)
    (tmp_path / "models" / "sdxl" / NAME).write_bytes(OLD)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / NAME).write_bytes(OLD)
    return Target("model:coast", "model_profile", tmp_path / "models", ("sdxl", NAME), beside="coast.safetensors")


def path_of(target: Target) -> Path:
    return target.root.joinpath(*target.parts)


def outside(target: Target) -> Path:
    return target.root.parent / "outside" / NAME


def link_the_file(target: Target) -> None:
    path_of(target).unlink()
    path_of(target).symlink_to(outside(target))


def link_the_folder(target: Target) -> None:
    path_of(target).unlink()
    path_of(target).parent.rmdir()
    path_of(target).parent.symlink_to(outside(target).parent)


def make_a_pipe(target: Target) -> None:
    path_of(target).unlink()
    os.mkfifo(path_of(target))


def make_a_folder(target: Target) -> None:
    path_of(target).unlink()
    path_of(target).mkdir()


def make_it_huge(target: Target) -> None:
    path_of(target).write_bytes(b" " * 2_000_000)


HOSTILE = [link_the_file, link_the_folder, make_a_pipe, make_a_folder, make_it_huge]


@pytest.mark.parametrize("change", HOSTILE, ids=lambda change: change.__name__)
def test_what_is_no_plain_file_below_the_folder_is_left_alone(change: Callable[[Target], None], target: Target) -> None:
    change(target)
    with pytest.raises(SidecarRefused):
        replace(target, digest(OLD), NEW)
    assert outside(target).read_bytes() == OLD
    assert sorted(each.name for each in outside(target).parent.iterdir()) == [NAME]


@pytest.mark.parametrize("part", ["..", ".", "", "a/b", "/etc", "a\0b"])
def test_a_part_that_leads_elsewhere_is_refused(part: str, target: Target) -> None:
    escaped = Target(target.name, target.kind, target.root, (part, NAME))
    with pytest.raises(SidecarRefused):
        replace(escaped, digest(OLD), NEW)


def test_a_link_that_is_swapped_in_between_is_replaced_and_not_followed(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_name = sidecar_file._Folder._give_name

    def swap_first(folder: sidecar_file._Folder, part: str, *, is_new: bool) -> None:
        link_the_file(target)
        give_name(folder, part, is_new=is_new)

    monkeypatch.setattr(sidecar_file._Folder, "_give_name", swap_first)
    replace(target, digest(OLD), NEW)
    assert not path_of(target).is_symlink()
    assert path_of(target).read_bytes() == NEW
    assert outside(target).read_bytes() == OLD


def test_links_swapped_in_all_the_time_never_lead_outside(target: Target) -> None:
    done = threading.Event()
    folder = path_of(target).parent
    aside, link = folder.parent / "aside", folder.parent / "link"
    link.symlink_to(outside(target).parent)

    def swap() -> None:
        while not done.is_set():
            folder.rename(aside)
            link.rename(folder)
            folder.rename(link)
            aside.rename(folder)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        content = OLD
        for number in range(300):
            following = b'{"n": %d}' % number
            try:
                replace(target, digest(content), following)
            except SidecarRefused:
                continue
            content = following
    finally:
        done.set()
        thread.join()
    assert outside(target).read_bytes() == OLD
    assert sorted(each.name for each in outside(target).parent.iterdir()) == [NAME]
    assert path_of(target).read_bytes() == content


def test_what_appeared_meanwhile_is_not_overwritten_by_a_new_sidecar(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path_of(target).parent / "coast.safetensors").write_bytes(b"x")
    with pytest.raises(ChangedOutside):
        replace(target, None, NEW)
    path_of(target).unlink()
    give_name = sidecar_file._Folder._give_name

    def appear_first(folder: sidecar_file._Folder, part: str, *, is_new: bool) -> None:
        path_of(target).write_bytes(OLD)
        give_name(folder, part, is_new=is_new)

    monkeypatch.setattr(sidecar_file._Folder, "_give_name", appear_first)
    with pytest.raises(ChangedOutside):
        replace(target, None, NEW)
    assert path_of(target).read_bytes() == OLD
    assert sorted(each.name for each in path_of(target).parent.iterdir()) == [NAME, "coast.safetensors"]


def test_a_disk_without_hard_links_takes_a_new_sidecar_too(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    (path_of(target).parent / "coast.safetensors").write_bytes(b"x")
    monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(ChangedOutside):
        replace(target, None, NEW)
    assert path_of(target).read_bytes() == OLD
    path_of(target).unlink()
    replace(target, None, NEW)
    assert path_of(target).read_bytes() == NEW


def test_another_content_than_the_expected_is_left_alone(target: Target) -> None:
    with pytest.raises(ChangedOutside):
        replace(target, digest(NEW), b"third")
    with pytest.raises(ChangedOutside):
        replace(target, digest(NEW), None)
    assert path_of(target).read_bytes() == OLD
    assert [each.name for each in path_of(target).parent.iterdir()] == [NAME]


def test_what_a_killed_writer_left_behind_is_taken_away(target: Target) -> None:
    left = path_of(target).parent / f".whatworks-{digest(NEW)[:16]}.part"
    left.symlink_to(outside(target))
    replace(target, digest(OLD), NEW)
    assert path_of(target).read_bytes() == NEW
    assert outside(target).read_bytes() == OLD
    assert not left.is_symlink()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="giving files away needs root")
def test_the_owner_stays(target: Target) -> None:
    os.chown(path_of(target), 65534, 65534)
    replace(target, digest(OLD), NEW)
    assert (path_of(target).stat().st_uid, path_of(target).stat().st_gid) == (65534, 65534)


def test_a_reader_sees_the_old_or_the_new_and_nothing_between(target: Target) -> None:
    seen: set[bytes] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(path_of(target).read_bytes())

    thread = threading.Thread(target=read)
    thread.start()
    contents = [OLD, *(b'{"n": %d, "pad": "%s"}' % (number, b"x" * 9000) for number in range(40))]
    for before, after in itertools.pairwise(contents):
        replace(target, digest(before), after)
    done.set()
    thread.join()
    assert seen <= set(contents)
