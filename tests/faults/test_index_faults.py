"""Full disks, damaged, read-only and vanished index files: the log decides, the answers stay those of a fresh index."""

import contextlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bound_by_permissions import BOUND_BY_PERMISSIONS
from every_answer import answers_of, as_bytes, every_answer
from index_library import fresh_answers, grow, heavy_library, start
from library_factory import make_job, make_library, rated_jobs, rating

from learning_core.errors import WhatworksError
from learning_core.library import Library
from learning_core.limits import LINE_BYTES
from learning_core.log.append import append_lines
from learning_core.log.events import event_line

ASK = """
import json, sys
from pathlib import Path
from learning_core.answers.overview import library_overview
from learning_core.answers.records import search_records
from learning_core.answers.what_works import what_works
from learning_core.errors import WhatworksError
from learning_core.library import Library
try:
    with Library(Path(sys.argv[1]), Path(sys.argv[2])).snapshot() as snapshot:
        answers = [library_overview(snapshot), what_works(snapshot, ""), search_records(snapshot)]
        print(json.dumps({"jobs": snapshot.jobs, "stale": next(iter(snapshot.notes), None),
                          "notes": [answer.notes for answer in answers]}))
except WhatworksError as error:
    print(json.dumps({"error": str(error)}))
"""
LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
"""


def ask_in_child(library: Library, before: str = "", times: int = 1) -> dict[str, object]:
    """Ask a library, several times, in a process of its own that runs some code first; return the last answer."""
    out, err = start(before + ASK * times, library.root, library.cache).communicate(timeout=60)
    assert "Traceback" not in err, err
    return dict(json.loads(out.splitlines()[-1]))


def jobs_in(library: Library) -> int:
    with library.snapshot() as snapshot:
        return snapshot.jobs


def index_bytes(library: Library) -> int:
    return max(path.stat().st_size for path in library.cache.glob("*.sqlite*"))


# -- 6: the disk is full


def is_last_good_and_says_so(found: dict[str, object], jobs: int) -> None:
    """Assert that an answer was given from what was indexed before, and that each part of it says so."""
    assert "error" not in found, found
    assert found["jobs"] == jobs
    assert isinstance(found["stale"], str)
    assert found["stale"]
    for notes in found["notes"]:  # type: ignore[attr-defined]
        assert found["stale"] in notes


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize("size", [40_000, pytest.param(16_384, marks=pytest.mark.faults)])
def test_an_update_that_met_a_full_disk_is_told_leaves_nothing_and_is_done_once_there_is_space(
    tmp_path: Path, size: int
) -> None:
    library = make_library(tmp_path, rated_jobs(10))
    library.refresh()
    jobs = [make_job(number) for number in range(100, 140)]
    library.append([*jobs, *(rating(job, 4) for job in jobs)], durable=False)
    is_last_good_and_says_so(ask_in_child(library, LIMITED.format(size=size)), 10)
    assert every_answer(library) == fresh_answers(library)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_first_build_on_a_full_disk_says_what_to_do_and_does_not_fill_it_more(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(100))
    found = ask_in_child(library, LIMITED.format(size=100_000), times=2)
    assert "Free the disk" in str(found["error"])
    assert list(library.cache.glob("*.sqlite*")) == []
    assert every_answer(library) == fresh_answers(library)


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a small disk, or skip with the reason."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"privileged: no small disk can be mounted here ({mounted.stderr.strip()})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.faults
@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
def test_on_a_small_disk_the_last_good_index_answers_until_there_is_space(tmp_path: Path) -> None:
    if shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("privileged: mounting a small disk needs root")
    with small_disk(tmp_path / "disk", "2m") as disk:
        library = Library(tmp_path / "library", disk / "cache")
        library.append(rated_jobs(40), durable=False)
        library.refresh()
        ballast = disk / "ballast"
        fill(ballast)
        library.append(rated_jobs(260)[60:], durable=False)
        found = ask_in_child(library)
        ballast.unlink()
        assert every_answer(library) == fresh_answers(Library(library.root, tmp_path / "elsewhere"))
    is_last_good_and_says_so(found, 40)


def fill(ballast: Path) -> None:
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


# -- 32: the index is damaged


def damage_empty(path: Path) -> None:
    path.write_bytes(b"")


def damage_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def damage_noise(path: Path) -> None:
    path.write_bytes(random.Random(3).randbytes(path.stat().st_size))


def damage_schema(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")


def damage_foreign(path: Path) -> None:
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE somebody(elses TEXT)")


def damage_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGE = [damage_empty, damage_cut, damage_noise, damage_schema, damage_foreign, damage_folder]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_a_damaged_index_is_replaced_and_changes_no_answer(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    library = make_library(tmp_path, rated_jobs(15))
    before = every_answer(library)
    for path in library.cache.glob("index*.sqlite*"):
        if not path.name.endswith(".sqlite"):
            path.unlink()
    path = library.index.current()
    assert path is not None
    damage(path)
    assert every_answer(library) == before


def pages_answering_otherwise(library: Library, expected: bytes, pages: list[int]) -> dict[int, str]:
    """Overwrite one page of the index at a time; return the pages after which the answers were not the same."""
    library.refresh()
    path = library.index.current()
    assert path is not None
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole, wrong = path.read_bytes(), {}
    dice = random.Random(5)
    for page in pages:
        shutil.rmtree(library.cache)
        library.cache.mkdir(mode=0o700)
        (library.cache / "current").write_text(path.name, encoding="ascii")
        path.write_bytes(whole[: page * 4096] + dice.randbytes(4096) + whole[(page + 1) * 4096 :])
        try:
            if every_answer(Library(library.root, library.cache)) != expected:
                wrong[page] = "other answers"
        except (WhatworksError, sqlite3.Error) as error:
            wrong[page] = f"{type(error).__name__}: {error}"
    return wrong


@pytest.mark.faults
def test_noise_in_any_page_of_the_index_changes_no_answer(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(60))
    expected = every_answer(library)
    pages = list(range(index_bytes(library) // 4096))
    wrong = pages_answering_otherwise(library, expected, pages)
    print(f"pages overwritten {len(pages)}, answered otherwise {len(wrong)}")
    assert not wrong, "\n".join(f"page {page}: {what}" for page, what in wrong.items())


@pytest.mark.skipif(sys.platform != "linux", reason="drops rights as Linux knows them")
def test_a_read_only_index_file_is_read_or_replaced(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(20))
    library.refresh()
    library.append([make_job(70)], durable=False)
    for path in library.cache.glob("index*"):
        path.chmod(0o400)
    assert ask_in_child(library, BOUND_BY_PERMISSIONS).get("jobs") == 21
    assert every_answer(library) == fresh_answers(library)


@pytest.mark.faults
@pytest.mark.skipif(sys.platform != "linux", reason="drops rights as Linux knows them")
def test_a_read_only_cache_folder_gives_the_level_index_or_a_sentence(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(20))
    library.refresh()
    library.cache.chmod(0o500)
    try:
        level = ask_in_child(library, BOUND_BY_PERMISSIONS)
        library.append([make_job(70)], durable=False)
        behind = ask_in_child(library, BOUND_BY_PERMISSIONS)
    finally:
        library.cache.chmod(0o700)
    assert level.get("jobs") == 20 or "WHATWORKS_CACHE" in str(level["error"])
    assert behind.get("stale") or "WHATWORKS_CACHE" in str(behind["error"])


def test_an_index_deleted_while_it_is_read_ends_no_answer_and_comes_again(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(15))
    before = every_answer(library)
    with library.snapshot() as snapshot:
        shutil.rmtree(library.cache, ignore_errors=True)
        assert as_bytes(answers_of(snapshot)) == before
    assert every_answer(library) == before


@pytest.mark.parametrize("jobs", [15, 6, 25])
def test_an_index_built_anew_is_not_taken_for_the_one_that_stood_in_its_place(tmp_path: Path, jobs: int) -> None:
    library = make_library(tmp_path, rated_jobs(15))
    every_answer(library)
    shutil.rmtree(library.cache)
    library.own_log.unlink()
    library.append([each for each in rated_jobs(100 + jobs) if int(each.job_id[4:]) >= 100], durable=False)
    after = every_answer(library)
    assert after == fresh_answers(library)


@pytest.mark.parametrize("times", [1, 3])
def test_an_index_that_vanishes_again_while_it_is_opened_is_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    library = make_library(tmp_path, rated_jobs(10))
    before = every_answer(library)
    real = library.index.refresh
    left = [times]

    def refresh(*arguments: object, **more: object) -> Path:
        path = real(*arguments, **more)  # type: ignore[arg-type]
        left[0] -= 1
        if left[0] >= 0:
            shutil.rmtree(library.cache)
        return path

    monkeypatch.setattr(library.index, "refresh", refresh)
    assert every_answer(library) == before


# -- 33: refreshes beside each other and beside readers


def test_a_look_shows_what_was_there_when_it_began_whatever_is_indexed_meanwhile(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(15))
    other = Library(library.root, library.cache)
    before = every_answer(library)
    with library.snapshot() as snapshot:
        for number in range(100, 102):
            other.append([make_job(number), rating(make_job(number), 5)], durable=False)
            assert as_bytes(answers_of(snapshot)) == before
            other.refresh()
            assert as_bytes(answers_of(snapshot)) == before
    assert jobs_in(library) == 17


def test_of_two_refreshes_one_does_the_work_and_the_other_waits_for_it(tmp_path: Path) -> None:
    library = heavy_library(tmp_path)
    begun, released = threading.Event(), threading.Event()
    steps: dict[str, list[int]] = {"first": [], "second": []}

    def hold(done: int, total: int) -> None:
        steps["first"].append(done)
        begun.set()
        released.wait(60)

    def refresh(name: str) -> None:
        if name == "first":
            library.refresh(hold)
        else:
            Library(library.root, library.cache).refresh(lambda done, _: steps["second"].append(done))

    threads = [threading.Thread(target=refresh, args=(name,)) for name in steps]
    threads[0].start()
    assert begun.wait(60)
    threads[1].start()
    threads[1].join(0.7)
    waits = threads[1].is_alive()
    released.set()
    for thread in threads:
        thread.join()
    assert waits
    # It may show how far the first one is, but it does no step of its own.
    assert set(steps["second"]) <= set(steps["first"])
    assert steps["first"][-1] == library.own_log.stat().st_size


def test_refreshing_threads_and_readers_see_whole_batches_only(tmp_path: Path) -> None:
    library = make_library(tmp_path, [])
    batch = 5
    failed: list[BaseException] = []
    seen: list[tuple[int, int]] = []
    done = threading.Event()

    def read() -> None:
        mine = Library(library.root, library.cache)
        try:
            while not done.is_set():
                with mine.snapshot() as snapshot:
                    seen.append((snapshot.jobs, int(snapshot.column("rated").sum())))
        except (WhatworksError, sqlite3.Error, OSError) as error:
            failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for start_at in range(0, 60, batch):
        jobs = [make_job(number) for number in range(start_at, start_at + batch)]
        library.append([event for job in jobs for event in (job, rating(job, 4))], durable=False)
    done.set()
    for reader in readers:
        reader.join()
    assert failed == []
    assert all(rated in (jobs, jobs - 1) for jobs, rated in seen), seen
    assert every_answer(library) == fresh_answers(library)


# -- 27 and 28, where a file looks the same from outside


@pytest.mark.parametrize("behind", [b"", b'{"job_id":"half'])
def test_a_log_rewritten_to_the_same_length_is_noticed(tmp_path: Path, behind: bytes) -> None:
    library = make_library(tmp_path, [make_job(1)])
    events = [make_job(1, job_id="job-2")]
    other = make_library(tmp_path / "other", events)
    library.refresh()
    content = other.own_log.read_bytes()
    assert len(content) == library.own_log.stat().st_size
    library.own_log.write_bytes(content + behind)
    with library.snapshot() as snapshot:
        assert snapshot.known_job("job-2")
        assert not snapshot.known_job("job-1")


def test_a_log_rewritten_at_its_beginning_only_is_noticed(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1), make_job(2)])
    library.refresh()
    first, second = library.own_log.read_bytes().splitlines(keepends=True)
    other = make_library(tmp_path / "other", [make_job(1, job_id="job-7"), make_job(3)]).own_log.read_bytes()
    assert len(second) > 256
    with library.own_log.open("r+b") as file:
        file.write(other[: len(first)] + second + other[len(first) :])
    with library.snapshot() as snapshot:
        assert [snapshot.known_job(f"job-{number}") for number in (1, 2, 3, 7)] == [False, True, True, True]


@pytest.mark.parametrize("into", [None, "studio.jsonl.1", ".studio.jsonl"])
def test_the_records_of_a_file_that_is_gone_or_rotated_out_of_the_log_are_gone(
    tmp_path: Path, into: str | None
) -> None:
    library = make_library(tmp_path, [make_job(1)])
    studio = library.log_folder / "studio.jsonl"
    append_lines(studio, [event_line(make_job(2))])
    assert jobs_in(library) == 2
    if into is None:
        studio.unlink()
    else:
        studio.rename(studio.with_name(into))
    with library.snapshot() as snapshot:
        assert (snapshot.known_job("job-1"), snapshot.known_job("job-2")) == (True, False)


def test_a_line_over_the_limit_is_passed_over_named_and_costs_only_itself(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    size = library.own_log.stat().st_size
    with library.own_log.open("ab") as file:
        file.write(b'{"job_id":"' + b"x" * LINE_BYTES + b'"}\n')
    library.append([make_job(2)], durable=False)
    with library.snapshot() as snapshot:
        assert snapshot.jobs == 2
        assert [(offset, reason) for _, offset, _, reason in snapshot.inspection.refusals()] == [
            (size, "longer than the limit")
        ]


def test_heavy_libraries_are_indexed_in_several_steps(tmp_path: Path) -> None:
    library = heavy_library(tmp_path)
    grow(library, 20, 900)
    steps: list[int] = []
    library.refresh(lambda done, _: steps.append(done))
    assert len(steps) > 3
    assert steps == sorted(steps)
