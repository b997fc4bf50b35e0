"""What the index keeps beside stars and picks: who judged, when, people, low subscores; the last word decides."""

from pathlib import Path

import numpy as np
import pytest
from library_factory import START, make_job, make_library, rating, reference, selection, tagging
from questions import Event

from learning_core.library import Library
from learning_core.model.judgement import Undo

NAMES = ("judged_at", "people", "doubted", "images")


def columns(library: Library) -> tuple[dict[str, list[int]], list[str]]:
    """Return the columns by the jobs' keys, and the names of the raters in that order."""
    with library.snapshot() as snapshot:
        order = np.argsort(snapshot.column("key"))
        names = {0: ""} | snapshot.values("rater")
        raters = [names[int(number)] for number in snapshot.column("rater")[order]]
        return {name: snapshot.column(name)[order].tolist() for name in NAMES}, raters


def test_the_last_judgement_says_who_and_when_and_undo_brings_back_the_one_before(tmp_path: Path) -> None:
    job = make_job(0, output_paths=["a", "b"])
    first = rating(job, 5, rater="Ann", subscores={"anatomy": 1}, context_flags={"people": True})
    second = selection(job, "selected", rater="Bob", recorded_at=START + 60)
    library = make_library(tmp_path, [job, first, second])
    said = {"judged_at": [START + 60], "people": [2], "doubted": [1], "images": [2]}
    assert columns(library) == (said, ["Bob"])
    library.append([Undo(event_id="undo", job_id=job.job_id, undone_event_id=second.event_id)], durable=False)
    assert columns(library) == (said | {"judged_at": [START]}, ["Ann"])
    library.append([Undo(event_id="again", job_id=job.job_id, undone_event_id=first.event_id)], durable=False)
    assert columns(library) == ({"judged_at": [0], "people": [0], "doubted": [0], "images": [2]}, [""])


def test_stars_of_a_job_s_own_line_were_given_when_it_was_made(tmp_path: Path) -> None:
    job = make_job(0, user_rating=4)
    assert columns(make_library(tmp_path, [job]))[0]["judged_at"] == [int(job.timestamp_end or 0)]


def test_a_later_rating_supersedes_what_was_said_beside_the_one_before(tmp_path: Path) -> None:
    job = make_job(0)
    doubtful = rating(job, 5, subscores={"anatomy": 2, "composition": 3}, context_flags={"people": False})
    library = make_library(tmp_path, [job, doubtful])
    assert columns(library)[0]["doubted"] == [1]
    library.append([doubtful.model_copy(update={"event_id": "later", "subscores": None})], durable=False)
    assert columns(library)[0] | {"images": []} == {"judged_at": [START], "people": [1], "doubted": [0], "images": []}


@pytest.mark.parametrize("tagged", [False, True])
def test_a_rating_given_anew_is_the_last_word_whatever_came_between(tagged: bool, tmp_path: Path) -> None:
    job = make_job(0)
    said = [rating(job, 3, rater="Ann"), selection(job, "selected", rater="Bob")]
    again = rating(job, 4, rater="Cid").model_copy(update={"event_id": "again", "recorded_at": START + 9})
    tags = [tagging(job, "keeper")] if tagged else []
    found, raters = columns(make_library(tmp_path, [job, *said, *tags, again]))
    assert (found["judged_at"], raters) == ([START + 9], ["Cid"])


@pytest.mark.parametrize("tagged", [False, True])
def test_selections_of_single_images_are_told_from_those_of_the_job(tagged: bool, tmp_path: Path) -> None:
    job, other = make_job(0, output_paths=["a", "b", "c"]), make_job(1)
    said = [selection(job, "selected", image_index=1), selection(other, "selected"), rating(job, 5, image_index=0)]
    said += [selection(job, "rejected", image_index=2).model_copy(update={"event_id": "second"})]
    library = make_library(tmp_path, [job, other, *said, *([tagging(job, "keeper")] if tagged else [])])
    with library.snapshot() as snapshot:
        assert sorted(snapshot.column("seen_whole").tolist()) == [0, 1]


@pytest.mark.parametrize("tagged", [False, True])
@pytest.mark.parametrize(
    ("verdict", "image", "seen"), [("selected", None, 0), ("selected", 1, 1), ("rejected", None, 1), ("rejected", 1, 0)]
)
def test_who_picks_one_image_or_rejects_all_has_seen_the_others(
    verdict: str, image: int | None, seen: int, tagged: bool, tmp_path: Path
) -> None:
    job = make_job(0, output_paths=["a", "b", "c"])
    said = [selection(job, verdict, image_index=image), *([tagging(job, "keeper")] if tagged else [])]
    with make_library(tmp_path, [job, *said]).snapshot() as snapshot:
        assert snapshot.column("seen_whole").tolist() == [seen]


@pytest.mark.parametrize("tagged", [False, True])
def test_who_and_when_do_not_depend_on_the_order_of_lines_about_different_things(tagged: bool, tmp_path: Path) -> None:
    job = make_job(0)
    said = [rating(job, 3, rater="Ann"), selection(job, "selected", recorded_at=START + 60)]
    tags = [tagging(job, "keeper")] if tagged else []
    here = columns(make_library(tmp_path / "one", [job, *said, *tags]))
    assert here == columns(make_library(tmp_path / "other", [job, *tags, *reversed(said)]))
    assert (here[0]["judged_at"], here[1]) == ([START + 60], ["Ann"])


@pytest.mark.parametrize("tagged", [False, True])
def test_the_only_image_of_a_job_and_the_job_are_one_and_the_last_word_counts(tagged: bool, tmp_path: Path) -> None:
    only, several, unlisted = make_job(0), make_job(1, output_paths=["a", "b"]), make_job(2, output_paths=[])
    events: list[Event] = [only, several, unlisted]
    for job in (only, several, unlisted):
        events += [rating(job, 5), rating(job, 2, image_index=0).model_copy(update={"event_id": f"i{job.job_id}"})]
        events += [tagging(job, "keeper")] if tagged else []
    with make_library(tmp_path, events).snapshot() as snapshot:
        found = dict(zip(snapshot.column("images").tolist(), snapshot.column("rated").tolist(), strict=True))
        assert found == {1: 1, 2: 2, 0: 2}
        assert [snapshot.standing(reference(job)).stars for job in (only, several, unlisted)] == [[2], [5, 2], [5, 2]]
        assert int(snapshot.column("rating_sum").min()) == 2


def test_taking_back_what_was_said_of_the_only_image_brings_back_what_was_said_of_the_job(tmp_path: Path) -> None:
    job = make_job(0)
    said = rating(job, 2, image_index=0).model_copy(update={"event_id": "of the image"})
    library = make_library(tmp_path, [job, rating(job, 5), said])
    library.append([Undo(event_id="undo", job_id=job.job_id, undone_event_id="of the image")], durable=False)
    with library.snapshot() as snapshot:
        assert (snapshot.column("rated").tolist(), snapshot.column("rating_sum").tolist()) == ([1], [5])
