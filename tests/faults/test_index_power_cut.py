"""What a power cut leaves: the image of a mounted disk, copied while it is in use, is what the disk would hold."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from every_answer import every_answer
from index_library import fresh_answers
from library_factory import make_job, rated_jobs, reference
from picture_factory import write_picture

from learning_core.importers.run import import_paths
from learning_core.judging import judge
from learning_core.library import Library

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="mounts an image of a disk"),
]


@contextlib.contextmanager
def mounted(image: Path, folder: Path) -> Iterator[Path]:
    """Mount an image, or skip with the reason."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-o", "loop", image, folder], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"privileged: no image can be mounted here ({done.stderr.strip()})")
    try:
        yield folder
    finally:
        # A process keeps the index open that it looked at last.
        with Library(folder.with_name("elsewhere"), folder.with_name("elsewhere-cache")).snapshot():
            subprocess.run(["umount", folder], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Return the image of a disk with ext4, outside of which nothing is kept by a power cut."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("privileged: mounting an image needs root and mkfs.ext4")
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(48 * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
    return image


def cut(image: Path) -> Path:
    """Return a copy of the image as it is at this moment."""
    copy = image.with_name("after.img")
    shutil.copyfile(image, copy)
    return copy


def library_on(folder: Path) -> Library:
    return Library(folder / "library", folder / "cache")


def test_a_rating_that_was_saved_is_there_after_a_power_cut(disk: Path, tmp_path: Path) -> None:
    refs = [reference(make_job(number)) for number in range(20)]
    numbers = count()
    with mounted(disk, tmp_path / "disk") as folder:
        library = library_on(folder)
        library.append(rated_jobs(20), durable=True)
        library.refresh()
        for number, ref in enumerate(refs):
            judge(library, ref, now=2e9, event_id=lambda: f"said-{next(numbers)}", rating=1 + number % 5, tags=["kept"])
        copy = cut(disk)
    with mounted(copy, tmp_path / "after") as folder:
        after = library_on(folder)
        with after.snapshot() as snapshot:
            for number, ref in enumerate(refs):
                stands = snapshot.standing(ref)
                assert stands.ratings[None] == 1 + number % 5
                assert "kept" in stands.tags
        assert every_answer(after) == fresh_answers(Library(after.root, tmp_path / "cache"))
    print(f"saved {len(refs)}, found after the power cut {len(refs)}")


def test_an_import_cut_off_by_a_power_cut_goes_on_from_the_log_without_doubles(disk: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    for seed in range(1, 31):
        write_picture(pictures / f"{seed}.png", seed)
    with mounted(disk, tmp_path / "disk") as folder:
        library = library_on(folder)
        library.append([make_job(0)], durable=True)
        import_paths(library, [pictures])
        copy = cut(disk)
    with mounted(copy, tmp_path / "after") as folder:
        after = library_on(folder)
        with after.snapshot() as snapshot:
            survived = snapshot.jobs - 1
        again = import_paths(after, [pictures])
        third = import_paths(after, [pictures])
        assert (survived + again.new, third.new) == (30, 0)
        with after.snapshot() as snapshot:
            assert (snapshot.jobs, snapshot.inspection.conflicts()) == (31, [])
        assert every_answer(after) == fresh_answers(Library(after.root, tmp_path / "cache"))
    print(f"imported 30, survived the power cut {survived}, imported again {again.new}, doubled 0")


@pytest.mark.parametrize("records", [5, 400])
def test_an_index_from_before_a_power_cut_fits_the_log_or_is_built_anew(
    disk: Path, tmp_path: Path, records: int
) -> None:
    with mounted(disk, tmp_path / "disk") as folder:
        library = library_on(folder)
        library.append([make_job(number) for number in range(50)], durable=True)
        library.refresh()
        os.sync()
        for number in range(50, 50 + records):
            library.append([make_job(number)], durable=False)
            if number % 20 == 0:
                library.refresh()
        library.refresh()
        copy = cut(disk)
    with mounted(copy, tmp_path / "after") as folder:
        after = library_on(folder)
        with after.snapshot() as snapshot:
            print(f"written {50 + records}, after the power cut {snapshot.jobs}")
            assert snapshot.jobs >= 50
        assert every_answer(after) == fresh_answers(Library(after.root, tmp_path / "cache"))
