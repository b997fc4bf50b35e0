from datetime import UTC, datetime
from pathlib import Path

import pytest
from library_factory import make_job, make_library, rating, selection

from learning_core.answers.answer import Period
from learning_core.answers.trends import by_period
from learning_core.errors import UnknownField
from learning_core.library import Library
from learning_core.log.append import append_lines
from learning_core.log.events import event_line
from learning_core.log.seal import encode
from learning_core.model.job import JobRecord


def at(number: int, moment: str, **fields: object) -> JobRecord:
    time = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
    return make_job(number, timestamp_start=time - 9, timestamp_end=time, **fields)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    jobs = [
        at(0, "2026-01-31T23:59:59", prompt_positive="beach"),
        at(1, "2026-02-01T00:00:00", prompt_positive="beach"),
        at(2, "2026-02-01T10:00:00"),
        at(3, "2026-04-02T10:00:00", prompt_positive="beaches"),
        make_job(4, timestamp_start=None, timestamp_end=None),
    ]
    said = [rating(jobs[0], 5), rating(jobs[1], 2), rating(jobs[2], 4), selection(jobs[2], "selected")]
    return make_library(tmp_path, [*jobs, *said, selection(jobs[3], "rejected")])


@pytest.mark.parametrize(
    ("per", "starts"),
    [
        ("day", ["2026-01-31", "2026-02-01", "2026-04-02"]),
        ("week", ["2026-01-26", "2026-03-30"]),
        ("month", ["2026-01-01", "2026-02-01", "2026-04-01"]),
    ],
)
def test_periods_begin_in_utc_and_empty_ones_are_absent(library: Library, per: Period, starts: list[str]) -> None:
    with library.snapshot() as snapshot:
        trend = by_period(snapshot, per=per)
    assert [point.start for point in trend.points] == starts
    assert sum(point.jobs for point in trend.points) + trend.jobs_of_unknown_time == trend.jobs == 5
    assert trend.jobs_of_unknown_time == 1
    assert trend.notes == []


def test_a_point_counts_jobs_and_judgements(library: Library) -> None:
    with library.snapshot() as snapshot:
        trend = by_period(snapshot, per="month")
    assert [tuple(point.model_dump().values())[1:] for point in trend.points] == [
        (1, 1, 5.0, 0, 0, 0),
        (2, 2, 3.0, 1, 1, 0),
        (1, 0, None, 1, 0, 0),
    ]


def test_subject_and_filter_narrow_the_trend(library: Library) -> None:
    with library.snapshot() as snapshot:
        trend = by_period(snapshot, per="month", subject="beach", where="rating:>=1")
        filtered = by_period(snapshot, per="month", where="rating:>=1")
        everything = by_period(snapshot, per="month")
        with pytest.raises(UnknownField):
            by_period(snapshot, per="month", where="colour:red")
    assert [(point.start, point.jobs) for point in trend.points] == [("2026-01-01", 1), ("2026-02-01", 1)]
    assert (trend.where, trend.subject) == ("rating:>=1", [["beach"]])
    assert [(point.start, point.jobs) for point in filtered.points] == [("2026-01-01", 1), ("2026-02-01", 2)]
    assert (filtered.jobs, everything.jobs) == (3, 5)


def test_a_time_outside_the_calendar_is_unknown(tmp_path: Path) -> None:
    library = make_library(tmp_path, [at(0, "2026-01-31")])
    library.append_lines([encode(make_job(1, timestamp_start=None).content() | {"timestamp_end": 1e15})], durable=False)
    with library.snapshot() as snapshot:
        trend = by_period(snapshot, per="day")
    assert [point.start for point in trend.points] == ["2026-01-31"]
    assert trend.jobs_of_unknown_time == 1


def test_an_empty_library_has_no_points(tmp_path: Path) -> None:
    with make_library(tmp_path, [make_job(0, timestamp_start=None, timestamp_end=None)]).snapshot() as snapshot:
        assert by_period(snapshot, per="day").points == []


def test_a_clock_that_was_set_back_is_said_and_the_jobs_count_where_they_claim_to_be(tmp_path: Path) -> None:
    jobs = [at(0, "2026-03-02"), at(1, "2036-03-02"), at(2, "2026-03-03"), at(3, "2026-03-04")]
    with make_library(tmp_path, jobs).snapshot() as snapshot:
        trend = by_period(snapshot, per="month")
    assert [point.start for point in trend.points] == ["2026-03-01", "2036-03-01"]
    assert len(trend.notes) == 1
    assert "Timestamps are not monotonic: at one place" in trend.notes[0]


def test_files_of_the_log_are_each_in_order_whatever_order_they_were_read_in(tmp_path: Path) -> None:
    library = make_library(tmp_path, [at(0, "2026-03-02")])
    other = library.log_folder / "a-pipeline.jsonl"
    for number, day in ((1, "2026-03-01"), (2, "2026-03-03")):
        append_lines(other, [event_line(at(number, day))])
        with library.snapshot() as snapshot:
            assert by_period(snapshot, per="day").notes == []
    library.append([at(3, "2026-03-01")], durable=False)
    with library.snapshot() as snapshot, Library(library.root, tmp_path / "another").snapshot() as anew:
        assert by_period(snapshot, per="day") == by_period(anew, per="day")
        assert len(by_period(anew, per="day").notes) == 1


def test_a_job_that_moved_to_an_earlier_line_is_in_the_order_of_its_file(tmp_path: Path) -> None:
    moved = at(0, "2026-03-03")
    library = make_library(tmp_path, [moved])
    with library.snapshot() as snapshot:
        assert by_period(snapshot, per="day").jobs == 1
    append_lines(library.log_folder / "a-pipeline.jsonl", [event_line(at(1, "2026-03-02")), event_line(moved)])
    with library.snapshot() as snapshot:
        assert by_period(snapshot, per="day").notes == []
