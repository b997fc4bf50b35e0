"""A log that another program replaced, cut, deleted or changed is noticed, and answers follow it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from fault_counts import Counts
from library_factory import make_job, make_library, rating, reference

from learning_core.answers.what_works import what_works
from learning_core.health.check import check
from learning_core.library import Library
from learning_core.log.append import append_lines
from learning_core.log.events import event_line
from learning_core.model.judgement import Rating


def lines_of(numbers: range) -> bytes:
    return b"".join(event_line(make_job(number)) + event_line(rating(make_job(number), 4)) for number in numbers)


def library_of(folder: Path, numbers: range) -> Library:
    library = make_library(folder)
    append_lines(library.own_log, lines_of(numbers).splitlines(keepends=True))
    return library


def jobs_in_answers(library: Library) -> set[int]:
    """Return the numbers of the jobs that an answer rests on."""
    with library.snapshot() as snapshot:
        known = {number for number in range(100) if snapshot.known_job(make_job(number).job_id)}
        assert what_works(snapshot, "").matched.rated == len(known)
        return known


def check_followed(library: Library, expected: set[int], folder: Path, counts: Counts) -> None:
    """The answers hold what the files hold now, as a fresh index would."""
    counts.injected += 1
    assert jobs_in_answers(library) == expected
    assert jobs_in_answers(Library(library.root, folder / "fresh-cache")) == expected
    counts.found = len(expected)


@pytest.mark.parametrize("old_is_kept", [True, False])
def test_a_rotated_log_counts_only_while_it_stays_in_the_folder(
    tmp_path: Path, counts: Counts, old_is_kept: bool
) -> None:
    library = library_of(tmp_path, range(5))
    assert jobs_in_answers(library) == set(range(5))
    library.own_log.rename(library.log_folder / ("whatworks.1.jsonl" if old_is_kept else "whatworks.jsonl.1"))
    append_lines(library.own_log, lines_of(range(10, 12)).splitlines(keepends=True))
    check_followed(library, {10, 11} | (set(range(5)) if old_is_kept else set()), tmp_path, counts)


def test_a_log_replaced_by_renaming_another_over_it_is_followed(tmp_path: Path, counts: Counts) -> None:
    library = library_of(tmp_path, range(5))
    assert jobs_in_answers(library) == set(range(5))
    edited = tmp_path / "edited"
    edited.write_bytes(lines_of(range(3)))
    edited.replace(library.own_log)
    check_followed(library, {0, 1, 2}, tmp_path, counts)


@pytest.mark.parametrize("keeps", ["nothing", "the head", "the tail"])
def test_a_log_copied_away_cut_and_regrown_past_its_old_size_is_followed(
    tmp_path: Path, counts: Counts, keeps: str
) -> None:
    library = library_of(tmp_path, range(5))
    assert jobs_in_answers(library) == set(range(5))
    old, new = library.own_log.read_bytes(), lines_of(range(20, 30))
    inode = library.own_log.stat().st_ino
    first, last = lines_of(range(1)), lines_of(range(4, 5))
    regrown, expected = {
        "nothing": (new, set(range(20, 30))),
        "the head": (first + new, {0, *range(20, 30)}),
        "the tail": (new + last, {4, *range(20, 30)}),
    }[keeps]
    with library.own_log.open("r+b") as file:
        file.truncate(0)
        file.write(regrown)
    assert library.own_log.stat().st_size > len(old)
    assert library.own_log.stat().st_ino == inode
    check_followed(library, expected, tmp_path, counts)


def test_a_deleted_log_leaves_no_stale_answer_and_may_come_back(tmp_path: Path, counts: Counts) -> None:
    library = library_of(tmp_path, range(5))
    append_lines(library.log_folder / "pipeline.jsonl", [event_line(make_job(50)), event_line(rating(make_job(50), 3))])
    assert jobs_in_answers(library) == {*range(5), 50}
    library.own_log.unlink()
    check_followed(library, {50}, tmp_path, counts)
    append_lines(library.own_log, lines_of(range(2)).splitlines(keepends=True))
    check_followed(library, {0, 1, 50}, tmp_path, counts)


def test_a_writer_follows_a_log_that_was_renamed_or_deleted_between_two_appends(tmp_path: Path, counts: Counts) -> None:
    log = tmp_path / "a.jsonl"
    append_lines(log, [b"1\n"])
    log.rename(tmp_path / "older.jsonl")
    append_lines(log, [b"2\n"])
    log.unlink()
    append_lines(log, [b"3\n"])
    counts.injected += 2
    assert (tmp_path / "older.jsonl").read_bytes() == b"1\n"
    assert log.read_bytes() == b"3\n"


def test_a_flipped_byte_is_named_by_its_offset_when_every_line_is_verified(tmp_path: Path, counts: Counts) -> None:
    library = library_of(tmp_path, range(5))
    assert jobs_in_answers(library) == set(range(5))
    data = bytearray(library.own_log.read_bytes())
    start = data.index(b'"job-2"')
    start = data.rindex(b"\n", 0, start) + 1
    data[start + 60] ^= 1
    with library.own_log.open("r+b") as file:
        file.write(data)
    counts.injected += 1
    problems = [finding for finding in check(library, deep=True).findings if finding.level == "problem"]
    assert {finding.offset for finding in problems} == {start}
    assert any("checksum" in finding.what for finding in problems)
    assert any("Restore" in finding.remedy for finding in problems)


HOUR = 3600.0
YEARS = 10 * 365 * 24 * HOUR


@pytest.mark.parametrize(
    "clock",
    [
        pytest.param([0, -HOUR, 1, 2], id="an hour back"),
        pytest.param([0, YEARS, 1, 2], id="ten years forward and back"),
        pytest.param([7 * HOUR, 0, -7 * HOUR, 1], id="another time zone"),
    ],
)
def test_a_clock_that_jumps_changes_no_order(tmp_path: Path, counts: Counts, clock: list[float]) -> None:
    now = datetime(2026, 3, 29, tzinfo=UTC).timestamp()
    job = make_job(1)
    library = make_library(tmp_path, [job])
    for number, jump in enumerate(clock):
        stars = Rating(event_id=f"e{number}", job_id=job.job_id, value=1 + number, recorded_at=now + jump)
        library.append([stars], durable=False)
        counts.injected += 1
        with library.snapshot() as snapshot:
            assert snapshot.standing(reference(job)).ratings == {None: 1 + number}
            assert [event["event_id"] for event, _ in snapshot.events(reference(job))] == [
                f"e{each}" for each in range(number + 1)
            ]
    fresh = Library(library.root, tmp_path / "fresh")
    with fresh.snapshot() as snapshot:
        assert snapshot.standing(reference(job)).ratings == {None: len(clock)}


def test_reading_answering_and_checking_leave_every_byte_of_the_log(tmp_path: Path, counts: Counts) -> None:
    library = library_of(tmp_path, range(5))
    with library.own_log.open("ab") as file:
        file.write(b'\xff\n{"job_id":"torn"')
    before, status = library.own_log.read_bytes(), library.own_log.stat()
    counts.injected += 2
    assert jobs_in_answers(library) == set(range(5))
    check(library, deep=True)
    assert library.own_log.read_bytes() == before
    after = library.own_log.stat()
    assert (after.st_ino, after.st_mtime_ns) == (status.st_ino, status.st_mtime_ns)
