"""An answer about many parameters that is kept brief: what it leaves out, and what it never does."""

import random
from pathlib import Path
from typing import Any

import pytest
from library_factory import make_job, make_library, rating
from questions import Event, about, ask

from learning_core.library import Library

UNDECIDED = ("sampler", "steps", "cfg_scale")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A library in which one of three checkpoints is the best, and nothing else matters."""
    draw = random.Random(3)
    events: list[Event] = []
    for number in range(300):
        model, rate = (("coastline", 0.95), ("harbour", 0.2), ("meadow", 0.1))[number % 3]
        words = "beach, glowing lantern" if number % 5 == 0 else "beach" if number % 2 else "forest"
        settings: dict[str, Any] = {
            "sampler": draw.choice(["Euler a", "DPM++ 2M", "UniPC"]),
            "steps": draw.choice([20, 28, 36]),
            "cfg_scale": draw.choice([5.0, 6.0, 7.0]),
        }
        job = make_job(number, model=model, prompt_positive=f"{words}, view {number}", scheduler="Karras", **settings)
        events += [job, rating(job, 5 if draw.random() < rate else 2)]
    return make_library(tmp_path_factory.mktemp("brief"), events)


def test_what_fits_is_not_made_brief(library: Library) -> None:
    everything = ask(library)
    assert ask(library, most=sum(each.shown for each in everything.parameters)) == everything
    assert everything.often_with
    assert not any(note.startswith("In brief") for note in everything.notes)


@pytest.mark.parametrize("most", [1, 3, 5, 7])
def test_a_brief_answer_says_the_same_of_each_parameter_with_fewer_of_its_settings(library: Library, most: int) -> None:
    everything, brief = ask(library), ask(library, most=most)
    assert brief.summary == everything.summary
    assert any(note.startswith("In brief") for note in brief.notes)
    assert brief.often_with == []
    for whole, short in zip(everything.parameters, brief.parameters, strict=True):
        rows = [row.model_copy(update={"reason": "", "evidence": row.evidence[:1]}) for row in whole.ranked]
        shown = [row.model_copy(update={"evidence": row.evidence[:1]}) for row in short.ranked]
        assert shown == rows[: short.shown]
        assert short.regret == (whole.regret if short.shown else None)
        left_out = {"ranked", "shown", "why", "regret"}
        assert short.model_dump(exclude=left_out) == whole.model_dump(exclude=left_out)


def test_what_leads_is_shown_with_its_reasons_and_records_before_anything_else(library: Library) -> None:
    everything, brief = ask(library), ask(library, most=6)
    leading = about(brief, "checkpoint")
    assert leading.status == "clear_leader"
    assert (leading.shown, leading.why) == (3, about(everything, "checkpoint").why)
    assert [len(row.evidence) for row in leading.ranked] == [3, 1, 1]
    for by in UNDECIDED:
        assert (about(brief, by).shown, about(brief, by).why) == (1, [])
    assert (about(brief, "scheduler").status, about(brief, "scheduler").shown) == ("never_varied", 0)


def test_where_nothing_tells_settings_apart_the_sentence_alone_names_them(library: Library) -> None:
    brief = ask(library, most=5)
    assert about(brief, "checkpoint").shown == 3
    for by in UNDECIDED:
        parameter = about(brief, by)
        assert parameter.shown == (parameter.strength != "none")
    assert "none" in {about(brief, by).strength for by in UNDECIDED}
    assert about(ask(library, most=1), "checkpoint").shown == 1


def test_what_leaves_no_setting_out_leaves_no_reason_out(tmp_path: Path) -> None:
    """The one setting that is asked for is more than `most`, and leads."""
    events: list[Event] = []
    for number in range(160):
        is_best = number % 2 == 0
        settings: dict[str, Any] = {"sampler": "Euler a"} if is_best else {"sampler": "UniPC"}
        good = number % 20 != 0 if is_best else number % 20 == 1
        settings |= {"model": "coastline", "steps": 28, "scheduler": "Karras", "cfg_scale": 6.0}
        job = make_job(number, prompt_positive=f"beach, view {number}", **settings)
        events += [job, rating(job, 5 if good else 2)]
    asked: dict[str, Any] = {"by": ["sampler"], "limit": 1}
    library = make_library(tmp_path, events)
    assert about(ask(library, **asked), "sampler").status == "clear_leader"
    assert ask(library, most=0, **asked) == ask(library, **asked)


def test_one_parameter_is_told_in_full(library: Library) -> None:
    assert ask(library, by=["sampler"], most=5) == ask(library, by=["sampler"])
