"""What an import adds to what is known: the last word counts, a person's word stays, a producer may take back."""

import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_factory import START, make_library
from picture_factory import png, text_chunk, write_picture

from learning_core.importers.run import ImportReport, import_paths
from learning_core.judging import judge, undo
from learning_core.library import Library

_numbers = itertools.count()


def clock() -> float:
    return START + next(_numbers)


def new_id() -> str:
    return f"said:{next(_numbers)}"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return make_library(tmp_path)


def ref_of(library: Library, row: int = 0) -> str:
    with library.snapshot() as snapshot:
        return snapshot.references([row])[0]


def ratings(library: Library, row: int = 0) -> list[int]:
    with library.snapshot() as snapshot:
        return list(snapshot.standing(snapshot.references([row])[0]).ratings.values())


def again(library: Library, path: Path, *, forget: bool = True) -> ImportReport:
    """Import with nothing remembered of the files, as after the cache was deleted."""
    if forget:
        for each in library.cache.glob("seen*"):
            each.unlink()
    return import_paths(library, [path])


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6))
@settings(max_examples=12, deadline=None)
def test_however_stars_in_an_image_change_the_last_ones_count(
    tmp_path_factory: pytest.TempPathFactory, stars: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("stars")
    library, path = make_library(folder), folder / "a.png"
    for value in stars:
        write_picture(path, ranking=value)
        again(library, path)
        assert ratings(library) == [value]
    before = library.own_log.read_bytes()
    assert again(library, path).judgements == 0
    assert library.own_log.read_bytes() == before


def test_two_copies_that_disagree_do_not_take_turns(library: Library, tmp_path: Path) -> None:
    write_picture(tmp_path / "in" / "a.png", ranking=4)
    write_picture(tmp_path / "in" / "b.png", ranking=5)
    again(library, tmp_path / "in")
    before = library.own_log.read_bytes()
    for _ in range(3):
        again(library, tmp_path / "in")
        assert ratings(library) == [5]
    assert library.own_log.read_bytes() == before


def test_a_persons_later_word_is_not_overridden_by_reading_again(library: Library, tmp_path: Path) -> None:
    path = write_picture(tmp_path / "a.png", ranking=4)
    again(library, path)
    judge(library, ref_of(library), now=clock(), event_id=new_id, rating=2)
    again(library, path)
    assert ratings(library) == [2]


def test_what_a_person_undid_does_not_return(library: Library, tmp_path: Path) -> None:
    path = write_picture(tmp_path / "a.png", ranking=4)
    again(library, path)
    undo(library, ref_of(library), now=clock(), event_id=new_id)
    assert ratings(library) == []
    assert again(library, path).judgements == 0
    assert ratings(library) == []


def test_new_stars_in_the_image_count_after_a_persons_word(library: Library, tmp_path: Path) -> None:
    path = write_picture(tmp_path / "a.png", ranking=4)
    again(library, path)
    judge(library, ref_of(library), now=clock(), event_id=new_id, rating=2)
    write_picture(path, ranking=5)
    again(library, path)
    assert ratings(library) == [5]


def test_an_event_id_that_was_used_for_something_else_is_no_trouble(library: Library, tmp_path: Path) -> None:
    path = write_picture(tmp_path / "a.png", ranking=4)
    again(library, path)
    (line,) = [json.loads(each) for each in library.own_log.read_bytes().splitlines() if b'"rating"' in each]
    library.own_log.unlink()
    tagged = {"kind": "tags", "event_id": line["event_id"], "job_id": line["job_id"], "tags": ["sea"]}
    library.log_folder.joinpath("other.jsonl").write_text(json.dumps(tagged) + "\n", encoding="utf-8")
    assert again(library, path).new == 1


# -- a producer that rewrites its file


def record(run: str, stars: int | None = 4) -> dict[str, Any]:
    metadata = {"record_kind": "learning_experiment_rating", "image_path": f"{run}.png", "variable_under_test": "Steps",
                "variant_value": 20, "user_rating": stars, "experiment_name": "steps"}  # fmt: skip
    return {"run_id": run, "timestamp": "2026-01-02T03:04:05", "base_config": {"prompt": "beach"}, "metadata": metadata}


def write_records(path: Path, *rows: dict[str, Any], end: str = "") -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + end, encoding="utf-8")
    stamp = next(_numbers)
    os.utime(path, ns=(stamp, stamp))
    return path


def standing_jobs(library: Library) -> int:
    with library.snapshot() as snapshot:
        return int(snapshot.standing_jobs().sum())


def rated(library: Library) -> int:
    with library.snapshot() as snapshot:
        return int(snapshot.column("rated").sum())


def test_a_line_that_its_producer_took_out_stops_being_evidence_and_may_return(
    library: Library, tmp_path: Path
) -> None:
    path = write_records(tmp_path / "records.jsonl", record("a"), record("b"), record("c"))
    import_paths(library, [path])
    assert (standing_jobs(library), rated(library)) == (3, 3)
    write_records(path, record("a"), record("b"))
    report = import_paths(library, [path])
    assert (report.new, report.withdrawn) == (0, 1)
    assert (standing_jobs(library), rated(library)) == (2, 2)
    write_records(path, record("a"), record("b"), record("c"))
    import_paths(library, [path])
    assert (standing_jobs(library), rated(library)) == (3, 3)
    before = library.own_log.read_bytes()
    again(library, path)
    assert library.own_log.read_bytes() == before


def test_a_file_that_was_emptied_takes_everything_back(library: Library, tmp_path: Path) -> None:
    path = write_records(tmp_path / "records.jsonl", record("a"), record("b"))
    import_paths(library, [path])
    write_records(path)
    import_paths(library, [path])
    assert (standing_jobs(library), rated(library)) == (0, 0)


def test_a_file_that_is_just_being_written_takes_nothing_back(library: Library, tmp_path: Path) -> None:
    path = write_records(tmp_path / "records.jsonl", record("a"), record("b"), record("c"))
    import_paths(library, [path])
    write_records(path, record("a"), end=json.dumps(record("b"))[:40])
    report = import_paths(library, [path])
    assert report.withdrawn == 0
    assert [item.reason for item in report.skipped] == ["the last line is unfinished"]
    assert (standing_jobs(library), rated(library)) == (3, 3)


def test_what_a_person_took_back_of_a_records_file_stays_so_when_the_line_returns(
    library: Library, tmp_path: Path
) -> None:
    path = write_records(tmp_path / "records.jsonl", record("a"))
    import_paths(library, [path])
    undo(library, ref_of(library), now=clock(), event_id=new_id)
    for rows in ((), (record("a"),)):
        write_records(path, *rows)
        import_paths(library, [path])
    assert (standing_jobs(library), rated(library)) == (1, 0)


def test_images_that_are_gone_stay_evidence(library: Library, tmp_path: Path) -> None:
    path = write_picture(tmp_path / "in" / "a.png", ranking=4)
    import_paths(library, [path.parent])
    path.unlink()
    (path.parent / "b.png").write_bytes(png(text_chunk(b"other")))
    import_paths(library, [path.parent])
    assert ratings(library) == [4]
