import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from library_factory import make_job, make_library, reference

from learning_core.answers.items import get_items
from learning_core.errors import JudgementRefused, UnknownReference
from learning_core.judging import judge, undo
from learning_core.library import Library
from learning_core.log import append as append_module

JOB = make_job(1, output_paths=["a.png", "b.png"])
REF = reference(JOB)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return make_library(tmp_path, [JOB])


@pytest.fixture
def fresh() -> Callable[[], str]:
    numbers = count()
    return lambda: f"event-{next(numbers)}"


def item(library: Library) -> dict[str, object]:
    with library.snapshot() as snapshot:
        return get_items(snapshot, [REF]).items[0].model_dump()


def test_everything_that_can_be_said_is_kept(library: Library, fresh: Callable[[], str]) -> None:
    said = judge(library, REF, now=5.0, event_id=fresh, rating=4, selection="selected", tags=["keeper"], note="calm")
    assert said.sentence == f"Saved: {REF} rated 4, selected, tagged keeper, noted."
    shown = item(library)
    assert (shown["rating"], shown["selection"], shown["tags"], shown["note"]) == (4.0, "selected", ["keeper"], "calm")


def test_a_later_word_supersedes_an_earlier_one(library: Library, fresh: Callable[[], str]) -> None:
    judge(library, REF, now=5.0, event_id=fresh, rating=1, selection="selected", tags=["a"], note="x")
    judge(library, REF, now=4.0, event_id=fresh, rating=5, selection="rejected", tags=["b"], untag=["a"], note="")
    shown = item(library)
    assert (shown["rating"], shown["selection"], shown["tags"], shown["note"]) == (5.0, "rejected", ["b"], None)


def test_undo_goes_back_step_by_step(library: Library, fresh: Callable[[], str]) -> None:
    for time, stars in enumerate((1, 3, 5)):
        judge(library, REF, now=float(time), event_id=fresh, rating=stars)
    seen = []
    for _ in range(3):
        assert undo(library, REF, now=9.0, event_id=fresh).sentence == f"Saved: {REF} the rating is taken back."
        seen.append(item(library)["rating"])
    assert seen == [3.0, 1.0, None]
    with pytest.raises(JudgementRefused, match="nothing was said"):
        undo(library, REF, now=3.0, event_id=fresh)


def test_undo_takes_back_all_that_one_command_said(library: Library, fresh: Callable[[], str]) -> None:
    judge(library, REF, now=1.0, event_id=fresh, rating=2)
    judge(library, REF, now=2.0, event_id=fresh, rating=5, selection="selected", tags=["keeper"], note="calm")
    taken = undo(library, REF, now=3.0, event_id=fresh)
    assert taken.sentence == f"Saved: {REF} the rating, the selection, the tagging and the note are taken back."
    shown = item(library)
    assert (shown["rating"], shown["selection"], shown["tags"], shown["note"]) == (2.0, "none", [], None)


def test_one_image_of_a_job_can_be_rated(library: Library, fresh: Callable[[], str]) -> None:
    judge(library, REF, now=1.0, event_id=fresh, rating=5, image_index=0)
    judge(library, REF, now=1.0, event_id=fresh, rating=2, image_index=1)
    assert item(library)["rating"] == 3.5
    with library.snapshot() as snapshot:
        assert int(snapshot.column("rated")[0]) == 2


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"rating": 6}, "less than or equal to 5"),
        ({"rating": 0}, "greater than or equal to 1"),
        ({"tags": [""]}, "tags"),
        ({"tags": ["x" * 101]}, "tags"),
        ({"note": "x" * 10_000}, "text"),
        ({"image_index": 7, "rating": 3}, "only 2 images"),
        ({}, "nothing to save"),
    ],
)
def test_what_cannot_be_saved_is_refused_and_nothing_is_written(
    library: Library, fresh: Callable[[], str], said: dict[str, object], sentence: str
) -> None:
    before = library.own_log.read_bytes()
    with pytest.raises(JudgementRefused, match=sentence):
        judge(library, REF, now=1.0, event_id=fresh, **said)  # type: ignore[arg-type]
    assert library.own_log.read_bytes() == before


def test_an_unknown_record_is_refused(library: Library, fresh: Callable[[], str]) -> None:
    with pytest.raises(UnknownReference):
        judge(library, "rec:0000000000000000", now=1.0, event_id=fresh, rating=3)


def test_what_a_person_says_is_on_the_disk_before_it_is_acknowledged(
    library: Library, fresh: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(append_module.os, "fsync", synced.append)
    judge(library, REF, now=1.0, event_id=fresh, rating=3)
    assert len(synced) == 2, "the log and its folder"


def test_a_damaged_index_is_no_reason_to_refuse_what_a_person_says(library: Library, fresh: Callable[[], str]) -> None:
    library.refresh()
    path = library.index.current()
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE leaf SET rows = x'00'")
        connection.commit()
    assert judge(library, REF, now=5.0, event_id=fresh, rating=4).sentence == f"Saved: {REF} rated 4."
    assert item(library)["rating"] == 4.0
