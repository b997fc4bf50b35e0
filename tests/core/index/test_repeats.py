"""Ids that come again, in one file or in several: the first place stands, whatever was read first."""

from pathlib import Path

import pytest
from library_factory import START, make_job, make_library, rating, reference

from learning_core.index.snapshot import Snapshot
from learning_core.library import Library
from learning_core.log.append import append_lines
from learning_core.log.events import event_line
from learning_core.model.job import JobRecord
from learning_core.model.judgement import AnyJudgement, CurationDecision, Rating
from learning_core.model.key import key_of

ONE = make_job(1)


def say(library: Library, file: str, *events: JobRecord | AnyJudgement) -> None:
    """Append to one file of the log and index it at once."""
    append_lines(library.log_folder / file, [event_line(event) for event in events])
    library.refresh()


def stars(value: int, *, identity: str = "once", job: int = 1, at: float = START) -> Rating:
    return Rating(event_id=identity, job_id=f"job-{job}", value=value, recorded_at=at)


def rated(snapshot: Snapshot, job: int) -> int:
    return int(snapshot.column("rated")[snapshot.ordinal(reference(make_job(job)))])


@pytest.mark.parametrize("together", [True, False])
def test_the_same_lines_again_count_once_and_are_no_conflict(tmp_path: Path, together: bool) -> None:
    library = make_library(tmp_path)
    lines = [make_job(1, user_rating=4), rating(ONE, 5)]
    if together:
        say(library, "a.jsonl", *lines, *lines)
    else:
        say(library, "a.jsonl", *lines)
        say(library, "a.jsonl", *lines)
    with library.snapshot() as snapshot:
        said = [(content["kind"], content["value"]) for content, _ in snapshot.events(reference(ONE))]
        assert said == [("rating", 4), ("rating", 5), ("rating", 4)]
        assert (snapshot.jobs, rated(snapshot, 1), snapshot.inspection.conflicts()) == (1, 1, [])


def test_between_files_of_one_time_the_name_decides_and_never_the_byte(tmp_path: Path) -> None:
    library = make_library(tmp_path, [ONE])
    say(library, "zebra.jsonl", stars(2, identity="z"))
    say(library, "alpha.jsonl", make_job(2), make_job(3), stars(5, identity="a"))
    with library.snapshot() as snapshot:
        assert snapshot.standing(reference(ONE)).ratings == {None: 2}


@pytest.mark.parametrize(("old", "new"), [(1, 2), (2, 1)])
def test_an_event_whose_id_turns_up_earlier_about_another_job_counts_there_only(
    tmp_path: Path, old: int, new: int
) -> None:
    library = make_library(tmp_path, [ONE, make_job(2)])
    say(library, "zebra.jsonl", stars(5, job=old))
    say(library, "alpha.jsonl", stars(5, job=new))
    with library.snapshot() as snapshot:
        assert snapshot.standing(reference(make_job(old))).ratings == {}
        assert snapshot._said.of([key_of(f"job-{old}")]) == {}
        assert snapshot.standing(reference(make_job(new))).ratings == {None: 5}
        assert [rated(snapshot, job) for job in (old, new)] == [0, 1]
        assert [file for file, *_ in snapshot.inspection.conflicts()] == ["zebra.jsonl"]
    # Counted again alone, the old job has only what is said of it.
    say(library, "zebra.jsonl", Rating(event_id="other", job_id=f"job-{old}", value=2, image_index=0))
    with library.snapshot() as snapshot:
        assert [rated(snapshot, job) for job in (old, new)] == [1, 1]


def test_an_event_that_comes_back_to_its_first_job_is_said_once(tmp_path: Path) -> None:
    library = make_library(tmp_path, [ONE, make_job(2)])
    for file, job in (("zebra.jsonl", 1), ("mike.jsonl", 2), ("alpha.jsonl", 1)):
        say(library, file, stars(4, job=job))
    with library.snapshot() as snapshot:
        assert [len(snapshot.events(reference(make_job(job)))) for job in (1, 2)] == [1, 0]
        assert [rated(snapshot, job) for job in (1, 2)] == [1, 0]


def test_a_job_whose_first_line_is_found_later_is_that_line_and_keeps_what_the_other_said(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    say(library, "zebra.jsonl", make_job(1, user_rating=2))
    say(library, "alpha.jsonl", make_job(1, steps=99, user_rating=5))
    with library.snapshot() as snapshot:
        assert snapshot.job(reference(ONE))["steps"] == 99
        assert snapshot.standing(reference(ONE)).ratings == {None: 2}
        assert [file for file, *_ in snapshot.inspection.conflicts()] == ["zebra.jsonl"]


def test_each_other_content_of_an_id_is_named_once_at_its_first_place(tmp_path: Path) -> None:
    library = make_library(tmp_path, [ONE])
    for file, value in (("zebra.jsonl", 1), ("yankee.jsonl", 2), ("alpha.jsonl", 1), ("zulu.jsonl", 2)):
        say(library, file, stars(value))
    with library.snapshot() as snapshot:
        assert snapshot.standing(reference(ONE)).ratings == {None: 1}
        assert snapshot.inspection.conflicts() == [("yankee.jsonl", 0, "once")]


def test_the_earlier_time_stands_and_the_name_of_the_file_does_not_make_it_a_conflict(tmp_path: Path) -> None:
    library = make_library(tmp_path, [ONE])
    say(library, "zebra.jsonl", stars(1, at=START))
    say(library, "alpha.jsonl", stars(2, at=START + 60))
    with library.snapshot() as snapshot:
        assert snapshot.standing(reference(ONE)).ratings == {None: 1}
        assert snapshot.inspection.conflicts() == [("alpha.jsonl", 0, "once")]


def test_a_decision_replaced_by_an_event_of_another_kind_is_no_decision(tmp_path: Path) -> None:
    library = make_library(tmp_path, [ONE])
    decision = CurationDecision(event_id="once", job_id="job-1", decision="keep", recorded_at=START)
    say(library, "zebra.jsonl", decision)
    say(library, "alpha.jsonl", stars(3))
    with library.snapshot() as snapshot:
        assert snapshot.curation() == []
        assert rated(snapshot, 1) == 1
