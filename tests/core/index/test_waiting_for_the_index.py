"""While another process holds the refresh lock: answers come from the index there is, and never end in its error."""

from collections.abc import Callable
from pathlib import Path

import pytest
from library_factory import make_job, make_library

from learning_core.errors import IndexUnavailable
from learning_core.index import folder
from learning_core.library import Library
from learning_core.log import lock


@pytest.fixture
def behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Return a library whose index lacks its last job."""
    monkeypatch.setattr(folder, "PATIENCE", 0.3)
    library = make_library(tmp_path, [make_job(1)])
    library.refresh()
    library.append([make_job(2)], durable=False)
    return library


def refresh_while_held(
    library: Library, meanwhile: Callable[[Callable[[], None]], None], seconds: float = 20.0
) -> folder.Refreshed:
    """Refresh while the lock is held; call `meanwhile`, with what gives the lock back, at each look of who waits."""
    held = lock.acquire(str(library.cache / "refresh.lock"), 0)
    assert held is not None
    left = [held]
    (library.cache / "progress").write_text("1 2", encoding="ascii")

    def give_back() -> None:
        while left:
            lock.release(left.pop())

    try:
        return library.index.refresh(lambda *_: meanwhile(give_back), lock_seconds=seconds)
    finally:
        give_back()


def test_after_some_patience_the_index_answers_as_it_is_and_says_so(behind: Library) -> None:
    before = behind.index.current()
    found = refresh_while_held(behind, lambda _: None)
    assert found.path == before
    assert found.stale.startswith("The newest records are not counted yet: ")
    assert found.stale.endswith("has been indexing for 0.3 seconds.")


def test_an_index_that_replaced_the_one_that_was_found_answers(behind: Library) -> None:
    def replace(_give_back: Callable[[], None]) -> None:
        old = behind.index.current()
        assert old is not None
        new = old.with_name(f"{old.stem}0.sqlite")
        old.rename(new)
        (behind.cache / "current").write_text(new.name, encoding="ascii")

    found = refresh_while_held(behind, replace)
    assert found.path.is_file()
    assert "not counted yet" in found.stale


def test_when_the_index_is_taken_away_meanwhile_it_is_worth_waiting_for_the_next(behind: Library) -> None:
    looks = []

    def take_away(give_back: Callable[[], None]) -> None:
        looks.append(1)
        (behind.cache / "current").unlink(missing_ok=True)
        if len(looks) == 3:
            give_back()

    found = refresh_while_held(behind, take_away)
    assert (found.path.is_file(), found.stale) == (True, "")
    with behind.snapshot() as snapshot:
        assert snapshot.jobs == 2


def test_without_any_index_the_sentence_names_who_holds_it(behind: Library) -> None:
    (behind.cache / "current").unlink()
    with pytest.raises(IndexUnavailable, match=r"has been indexing for 0.2 seconds\. Try again"):
        refresh_while_held(behind, lambda _: None, 0.2)
