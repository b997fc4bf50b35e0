from pathlib import Path

from library_factory import make_job, make_library, note, rating
from pytest import MonkeyPatch

from learning_core.index import waiting
from learning_core.library import Library
from learning_core.log.append import append_lines
from learning_core.log.events import event_line


def count(library: Library) -> int:
    with library.snapshot() as snapshot:
        return snapshot.events_without_job()


def afresh(library: Library, cache: Path) -> int:
    return count(Library(library.root, cache))


def test_events_wait_until_their_job_is_in_the_log(tmp_path: Path) -> None:
    late, later = make_job(1), make_job(2)
    library = make_library(tmp_path, [make_job(0), rating(make_job(0), 4)])
    assert count(library) == 0
    library.append([rating(late, 3), note(late, "sharp"), rating(later, 2)], durable=False)
    assert count(library) == afresh(library, tmp_path / "first") == 3
    library.append([late], durable=False)
    assert count(library) == afresh(library, tmp_path / "second") == 1
    library.append([later], durable=False)
    assert count(library) == afresh(library, tmp_path / "third") == 0


def test_an_event_that_came_again_first_in_the_log_waits_for_the_job_it_names_there(tmp_path: Path) -> None:
    known = make_job(0)
    library = make_library(tmp_path, [known, rating(known, 4)])
    assert count(library) == 0
    elsewhere = rating(known, 4).model_copy(update={"job_id": "never logged"})
    append_lines(library.log_folder / "a-pipeline.jsonl", [event_line(elsewhere)])
    assert count(library) == afresh(library, tmp_path / "another") == 1


def test_many_events_and_few_are_looked_up_to_the_same_end(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    jobs = [make_job(number) for number in range(20)]
    library = make_library(tmp_path, [*jobs[:7], *(rating(job, 4) for job in jobs)])
    few = count(library)
    monkeypatch.setattr(waiting, "_FEW", 0)
    assert few == afresh(library, tmp_path / "another") == 13


def test_events_of_several_segments_wait_each_for_themselves(tmp_path: Path) -> None:
    jobs = [make_job(number) for number in range(5_000)]
    library = make_library(tmp_path, [*jobs[1:], *(rating(job, 4) for job in jobs)])
    assert count(library) == 1
    library.append([note(jobs[0], "also early"), note(jobs[1], "known")], durable=False)
    assert count(library) == 2
    library.append([note(jobs[2], "known as well")], durable=False)
    assert count(library) == 2
    library.append([jobs[0]], durable=False)
    assert count(library) == 0
