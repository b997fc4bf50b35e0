"""Counting in arrays gives what the plain rules give, whatever was said of which job, in which file, in which order."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from library_factory import make_job, make_library, reference

from learning_core.index import snapshot as snapshot_module
from learning_core.index.judged import JudgementEvent, standing
from learning_core.index.snapshot import Snapshot
from learning_core.library import Library
from learning_core.log.append import append_lines
from learning_core.log.events import event_line
from learning_core.model.job import JobRecord
from learning_core.model.judgement import AnyJudgement, Rating, Selection, Tagging, Undo, Withdrawal

FILES = ("zebra.jsonl", "alpha.jsonl")
JOBS = 3
Event = JobRecord | AnyJudgement
Step = tuple[str, Event]


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Return a file and an event for it: few jobs, images, ids and times, so that they meet."""
    job = make_job(draw(st.integers(0, JOBS - 1)))
    file = draw(st.sampled_from(FILES))
    kind = draw(st.sampled_from(["job", "rating", "rating", "selection", "tags", "undo", "withdrawal"]))
    if kind == "job":
        stars = draw(st.sampled_from([None, 1, 4]))
        return file, job if stars is None else job.model_copy(update={"user_rating": stars, "notes": "calm"})
    about: dict[str, Any] = {
        "event_id": f"e{draw(st.integers(0, 40))}",
        "job_id": job.job_id,
        "recorded_at": draw(st.sampled_from([None, 5.0, 2e9, 10.0, 10.0])),
        "image_index": draw(st.sampled_from([None, 0, 1])),
    }
    if kind == "rating":
        source = draw(st.sampled_from(["human", "human", "human", "soft"]))
        return file, Rating(value=draw(st.integers(1, 5)), score_source=source, **about)
    if kind == "selection":
        return file, Selection(verdict=draw(st.sampled_from(["selected", "rejected"])), **about)
    if kind == "tags":
        said = draw(st.sampled_from([{"tags": ["hands"]}, {"removed": ["hands"]}, {"tags": ["sea"]}]))
        return file, Tagging(**said, **about)
    if kind == "undo":
        return file, Undo(undone_event_id=f"e{draw(st.integers(0, 40))}", **about)
    return file, Withdrawal(withdrawn=draw(st.booleans()), **about)


def write(library: Library, said: Iterable[Step], *, refresh_after: set[int]) -> None:
    for number, (file, event) in enumerate(said):
        append_lines(library.log_folder / file, [event_line(event)])
        if number in refresh_after:
            library.refresh()


def events_of(snapshot: Snapshot, ref: str) -> list[JudgementEvent]:
    return snapshot._of(snapshot_module._key(ref))


def assert_counted_as_the_rules_say(snapshot: Snapshot) -> None:
    tagged: dict[str, list[int]] = {}
    for row, ref in enumerate(snapshot.references(range(snapshot.jobs))):
        rules = standing(events_of(snapshot, ref))
        counted = {name: int(snapshot.column(name)[row]) for name in rules.counts()}
        assert counted == rules.counts(), ref
        for tag in rules.tags:
            tagged.setdefault(tag, []).append(row)
    found = {tag: sorted(rows.tolist()) for tag, rows in snapshot.tags().items()}
    assert found == {tag: sorted(rows) for tag, rows in tagged.items()}


JOB = ("zebra.jsonl", make_job(0))


def stars(file: str, number: int, value: int, *, at: float = 5.0, **more: Any) -> Step:
    return file, Rating(event_id=f"e{number}", job_id="job-0", value=value, recorded_at=at, **more)


def assert_counts_hold(folder: Path, said: list[Step], refreshed: set[int]) -> None:
    library = make_library(folder)
    write(library, said, refresh_after=refreshed)
    with library.snapshot() as snapshot:
        assert_counted_as_the_rules_say(snapshot)


@example(said=[JOB, stars("zebra.jsonl", 1, 5, score_source="soft")], refreshed=set())
@example(
    said=[JOB, *(stars("zebra.jsonl", n, value, image_index=n % 2) for n, value in enumerate((5, 2, 1)))],
    refreshed={1},
)
@example(said=[JOB, stars("alpha.jsonl", 1, 5, at=10.0), stars("zebra.jsonl", 2, 1)], refreshed=set())
@example(
    said=[
        *(stars("zebra.jsonl", 1, 5), JOB),
        *(stars("alpha.jsonl", 2, 3, image_index=1), stars("alpha.jsonl", 3, 1)),
    ],
    refreshed=set(),
)
@example(
    said=[
        stars("zebra.jsonl", 1, 5),
        ("zebra.jsonl", make_job(0, user_rating=2)),
        stars("alpha.jsonl", 2, 1),
    ],
    refreshed={1},
)
@example(
    said=[JOB, stars("zebra.jsonl", 1, 5), ("zebra.jsonl", Undo(event_id="e2", job_id="job-0", undone_event_id="e1"))],
    refreshed={1},
)
@example(
    said=[JOB, stars("zebra.jsonl", 1, 5), ("zebra.jsonl", Withdrawal(event_id="e2", job_id="job-0", withdrawn=True))],
    refreshed={1},
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(steps(), max_size=14), refreshed=st.sets(st.integers(0, 13), max_size=2))
def test_counted_columns_are_those_of_the_plain_rules(
    tmp_path_factory: pytest.TempPathFactory, said: list[Step], refreshed: set[int]
) -> None:
    assert_counts_hold(tmp_path_factory.mktemp("said"), said, refreshed)


@pytest.mark.faults
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(steps(), max_size=40), refreshed=st.sets(st.integers(0, 39), max_size=6))
def test_counted_columns_are_those_of_the_plain_rules_in_long_runs(
    tmp_path_factory: pytest.TempPathFactory, said: list[Step], refreshed: set[int]
) -> None:
    assert_counts_hold(tmp_path_factory.mktemp("said"), said, refreshed)


def test_a_tag_taken_off_later_leaves_the_job_and_no_other(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1), make_job(2)])
    for number, (job, said) in enumerate([(1, {"tags": ["sea"]}), (2, {"tags": ["sea"]}), (1, {"removed": ["sea"]})]):
        library.append([Tagging(event_id=f"t{number}", job_id=f"job-{job}", **said)], durable=False)
        library.refresh()
    with library.snapshot() as snapshot:
        assert {tag: rows.tolist() for tag, rows in snapshot.tags().items()} == {"sea": [1]}


def test_a_clock_that_jumps_back_never_makes_an_earlier_line_of_its_file_the_later_word(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    said = [("zebra.jsonl", 50.0, 1), ("zebra.jsonl", 1.0, 2), ("alpha.jsonl", 40.0, 5)]
    for number, (file, time, stars) in enumerate(said):
        event = Rating(event_id=f"e{number}", job_id="job-1", value=stars, recorded_at=time)
        append_lines(library.log_folder / file, [event_line(event)])
        library.refresh()
    with library.snapshot() as snapshot:
        assert snapshot.standing(reference(make_job(1))).ratings == {None: 2}
        assert int(snapshot.column("rating_sum")[0]) == 2
