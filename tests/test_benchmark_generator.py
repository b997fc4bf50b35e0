"""The libraries that benchmarks run on are valid, repeatable and as uneven as real ones."""

from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from benchmarks.generate import write_library
from benchmarks.studio import Studio
from learning_core.log.events import Event, decode
from learning_core.log.seal import seal_state
from learning_core.model.job import JobRecord
from learning_core.model.judgement import JUDGEMENTS
from learning_core.text.keywords import words
from learning_core.text.names import file_stem

RECORDS = 4_001


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    return list(Studio(RECORDS).lines())


@pytest.fixture(scope="module")
def events(lines: list[bytes]) -> list[Event]:
    decoded = [decode(line.rstrip(b"\n")) for line in lines]
    return [event for event in decoded if event is not None]


@pytest.fixture(scope="module")
def jobs(events: list[Event]) -> list[dict[str, Any]]:
    return [event.content for event in events if event.kind == "job"]


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_library(tmp_path / "first", 500).read_bytes()
    assert write_library(tmp_path / "second", 500).read_bytes() == first
    assert write_library(tmp_path / "third", 500, seed=7).read_bytes() != first


def test_lines_are_made_while_they_are_taken() -> None:
    assert len(list(islice(Studio(10**9).lines(), 10))) == 10


def test_every_line_is_one_that_whatworks_itself_would_have_written(lines: list[bytes], events: list[Event]) -> None:
    assert len(events) == len(lines)
    assert all(line.endswith(b"\n") and seal_state(line[:-1]) for line in lines)
    for event in events:
        model = JobRecord if event.kind == "job" else JUDGEMENTS[event.kind]
        assert model.model_validate(event.content).content() == event.content


def test_there_are_as_many_jobs_as_asked_for_each_with_its_own_id(jobs: list[dict[str, Any]]) -> None:
    assert len({job["job_id"] for job in jobs}) == len(jobs) == RECORDS


def test_a_record_has_the_size_of_a_real_one(lines: list[bytes]) -> None:
    sizes = [len(line) for line in lines if b'"kind":"job"' in line]
    assert 1_100 < sum(sizes) / len(sizes) < 1_500


def test_sixty_percent_are_rated_a_third_of_these_by_a_later_event(
    events: list[Event], jobs: list[dict[str, Any]]
) -> None:
    at_once = {job["job_id"] for job in jobs if "user_rating" in job}
    later = {event.content["job_id"] for event in events if event.kind == "rating"}
    assert not at_once & later
    assert 0.57 < len(at_once | later) / len(jobs) < 0.63
    assert 0.28 < len(later) / len(at_once | later) < 0.38


def test_judgements_follow_their_jobs(events: list[Event]) -> None:
    seen = set()
    for event in events:
        if event.kind == "job":
            seen.add(event.content["job_id"])
        else:
            assert event.content["job_id"] in seen


def test_a_batch_of_four_shares_its_prompt_and_counts_its_seeds_up(jobs: list[dict[str, Any]]) -> None:
    batch = jobs[8:12]
    assert len({job["prompt_positive"] for job in batch}) == 1
    assert [job["seed"] - batch[0]["seed"] for job in batch] == [0, 1, 2, 3]
    assert any(job["seed"] > 2**53 for job in jobs)


def test_checkpoints_come_in_three_spellings_and_few_are_used_often(jobs: list[dict[str, Any]]) -> None:
    counts = Counter(file_stem(job["model"]) for job in jobs)
    assert len(counts) == 40
    assert len({job["model"] for job in jobs if file_stem(job["model"]) == counts.most_common(1)[0][0]}) == 3
    assert counts.most_common(1)[0][1] > 5 * counts.most_common()[-1][1]


def test_about_one_prompt_in_fifty_is_of_a_beach() -> None:
    library = (decode(line.rstrip(b"\n")) for line in Studio(20_000).lines() if b'"kind":"job"' in line)
    beaches = sum("beach" in words(event.content["prompt_positive"]) for event in library if event)
    assert 0.01 < beaches / 20_000 < 0.03
