"""The power fails: what was durable is there after the mount, what was only acknowledged is imported again.

The disk is an image that is copied while it is mounted: the copy is what a power cut would leave behind.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_counts import Counts, job_line, jobs_in
from library_factory import make_job

from learning_core.library import Library
from learning_core.log.append import append_lines

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("mkfs.ext4") is None,
        reason="needs Linux, root and mkfs.ext4",
    ),
]


def mount(image: Path, at: Path) -> None:
    at.mkdir()
    if subprocess.run(["mount", "-o", "loop", str(image), str(at)], check=False).returncode:
        pytest.skip("no loop device can be mounted here")


class Disk:
    """A mounted image, and the state that a power cut at this moment would leave."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mounted: list[Path] = []
        self._image = folder / "image"
        with self._image.open("wb") as file:
            file.truncate(32 * 1024 * 1024)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(self._image)], check=True)
        self.live = folder / "live"
        self._mount(self._image, self.live)

    def _mount(self, image: Path, at: Path) -> None:
        mount(image, at)
        self._mounted.append(at)

    def after_power_cut(self) -> Path:
        """Return the mounted copy of the image as it is on the disk now."""
        copy = self._folder / f"cut-{len(self._mounted)}"
        shutil.copyfile(self._image, copy)
        at = copy.with_suffix(".mounted")
        self._mount(copy, at)
        return at

    def unmount(self) -> None:
        for at in reversed(self._mounted):
            subprocess.run(["umount", str(at)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path)
    try:
        yield disk
    finally:
        disk.unmount()


def test_a_durable_record_is_there_after_a_power_cut(disk: Disk, counts: Counts) -> None:
    log = disk.live / "library" / "log" / "a.jsonl"
    acknowledged = []
    for number in range(5):
        append_lines(log, [job_line(f"j{number}", 2000)], durable=True)
        acknowledged.append(f"j{number}")
        left = disk.after_power_cut() / "library" / "log" / "a.jsonl"
        counts.injected += 1
        counts.compare(left, acknowledged)
    assert (counts.lost, counts.doubled, counts.quarantined) == (0, 0, 0)


def test_a_durable_record_makes_those_before_it_durable_too(disk: Disk, counts: Counts) -> None:
    log = disk.live / "a.jsonl"
    append_lines(log, [job_line("import", 5000)])
    append_lines(log, [job_line("rating")], durable=True)
    left = disk.after_power_cut() / "a.jsonl"
    counts.injected += 1
    counts.compare(left, ["import", "rating"])
    assert (counts.found, counts.lost) == (2, 0)


def test_an_import_that_a_power_cut_undid_is_repeated_without_doubles(
    disk: Disk, tmp_path: Path, counts: Counts
) -> None:
    library = Library(disk.live / "library", tmp_path / "cache")
    jobs = [make_job(number) for number in range(20)]
    library.append(jobs[:4], durable=True)
    library.append(jobs[4:], durable=False)
    left = Library(disk.after_power_cut() / "library", tmp_path / "cache-after")
    counts.injected += 1
    counts.compare(left.own_log, [job.job_id for job in jobs[:4]])
    assert counts.lost == 0
    left.append(jobs, durable=True)
    assert set(jobs_in(left.own_log)[0]) == {job.job_id for job in jobs}
    with left.snapshot() as snapshot:
        assert snapshot.jobs == len(jobs)
        assert snapshot.inspection.conflicts() == []
