"""What no answer may depend on, from log to answer: order, copies, words taken back, records of other subjects."""

import random
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library_factory import START, make_job, make_library, rating, reference, selection
from pydantic import BaseModel
from questions import Event

from learning_core.answers.answer import By, Setting, WhatWorks
from learning_core.answers.compare_settings import compare_settings
from learning_core.answers.drivers import drivers
from learning_core.answers.feedback import feedback_report
from learning_core.answers.recommend import recommend_settings
from learning_core.answers.summarize_trends import summarize_trends
from learning_core.answers.what_works import what_works
from learning_core.index.snapshot import Snapshot
from learning_core.judging import judge, undo
from learning_core.library import Library
from learning_core.log.events import event_line
from learning_core.model.generation import Experiment, LoraUse
from learning_core.model.job import JobRecord
from learning_core.model.judgement import Rating, Selection, Undo, ValidationScore

EVERY: tuple[By, ...] = get_args(By)
FEW = settings(max_examples=4, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


WORDS = (
    "amber", "boat", "cliff", "dune", "ember", "foam", "gull", "haze", "isle", "jetty", "kelp", "light", "mist",
    "north", "opal", "pier", "quay", "reef",
)  # fmt: skip


def world(jobs: int = 60) -> list[Event]:
    """Jobs of two subjects with stars, picks, scores, plans and a comparison of models; each thing is said once."""
    draw = random.Random(4)
    events: list[Event] = []
    for number in range(jobs):
        model = ("coastline", "harbour_mix", "Meadow XL")[draw.randrange(3)]
        subject = "beach" if number % 4 else "crowd"
        # More words than the model of a prompt takes: which of them count must not depend on the log.
        many = " ".join(draw.sample(WORDS, 14)) if number % 3 == 0 else "dawn"
        study = None
        if number % 10 == 3:
            evidence = ("controlled", "unproven", "preference")[number // 10 % 3]
            study = Experiment(experiment_id=f"plan {number // 20}", focus_parameter="steps", evidence=evidence)
        job = make_job(
            number,
            model=model,
            loras=[LoraUse(name="film", weight=draw.choice([0.3, 0.7]))] if number % 3 else [],
            denoising_strength=draw.choice([0.1, 0.35, None]),
            prompt_positive=f"{subject} {many}, scene {number % 23}",
            timestamp_start=START + 7_000 * number,
            timestamp_end=START + 7_000 * number + 12,
            total_runtime_sec=0.1 * number + 3.3,
            experiment=study,
        )
        events.append(job)
        if number % 8 != 7:
            good = draw.random() < (0.75 if model == "coastline" else 0.4)
            events.append(rating(job, draw.choice((4, 5)) if good else draw.choice((1, 2, 3))))
        if number % 5 == 0:
            events.append(selection(job, draw.choice(("selected", "rejected"))))
        if number % 2:
            events.append(score(job, 10.1 * (number % 7), passed=number % 3 == 0))
    return events


def score(job: JobRecord, value: float, *, passed: bool) -> ValidationScore:
    return ValidationScore(event_id=f"check:{job.job_id}", job_id=job.job_id, score=value, passed=passed,
                           validator="realism", issues=[] if passed else ["dull"])  # fmt: skip


QUESTIONS: dict[str, Callable[[Snapshot], BaseModel]] = {
    "what works": lambda snapshot: what_works(snapshot, "", by=EVERY, limit=5),
    "what works for beach": lambda snapshot: what_works(snapshot, "beach", limit=5),
    "compare": lambda snapshot: compare_settings(snapshot, "checkpoint:coastline", "-checkpoint:coastline"),
    "compare on beach": lambda snapshot: compare_settings(snapshot, "steps:<25", "steps:>=25", subject="beach"),
    "trends": lambda snapshot: summarize_trends(snapshot, per="day", split="lora", limit=9),
    "trends of beach": lambda snapshot: summarize_trends(snapshot, "beach", per="week"),
    "drivers": lambda snapshot: drivers(snapshot, limit=4),
    "drivers of beach": lambda snapshot: drivers(snapshot, subject="beach", limit=4),
    "recommended": lambda snapshot: recommend_settings(snapshot, "", limit=5),
    "recommended at dawn": lambda snapshot: recommend_settings(snapshot, "a pier at dawn"),
    "feedback": feedback_report,
    "feedback on beach": lambda snapshot: feedback_report(snapshot, subject="beach"),
}
OF_BEACH = [name for name in QUESTIONS if name.endswith("beach")]


class Said(dict[str, str]):
    """Every answer as the bytes that are handed on, by the name of the question."""

    def __repr__(self) -> str:
        return f"answers to {len(self)} questions"

    def but(self, other: "Said", *names: str) -> list[str]:
        """The questions, all or some, that are answered otherwise."""
        return [name for name in names or self if self[name] != other[name]]


def answers(library: Library) -> Said:
    with library.snapshot() as snapshot:
        return Said({name: ask(snapshot).model_dump_json() for name, ask in QUESTIONS.items()})


def whatever_the_clock(said: Said) -> Said:
    """The answers without the note that times go back in the log, which is a matter of the order of its lines."""
    return Said({name: re.sub(r',?"Timestamps are not monotonic[^"]*"', "", text) for name, text in said.items()})


def without_company(said: Said) -> Said:
    """The answers without the words often beside a subject: how often they stand elsewhere is for all to change."""
    return Said({name: re.sub(r'"often_with":\[[^\]]*\]', "", text) for name, text in said.items()})


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Said:
    return answers(make_library(tmp_path_factory.mktemp("usual"), world()))


@FEW
@given(draw=st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_no_byte(
    draw: random.Random, tmp_path_factory: pytest.TempPathFactory, usual: Said
) -> None:
    events = draw.sample(world(), len(world()))
    assert whatever_the_clock(answers(make_library(tmp_path_factory.mktemp("order"), events))).but(usual) == []


@FEW
@given(draw=st.randoms(use_true_random=False))
def test_lines_that_come_in_parts_and_in_several_files_change_no_byte(
    draw: random.Random, tmp_path_factory: pytest.TempPathFactory, usual: Said
) -> None:
    events = draw.sample(world(), len(world()))
    parts = sorted(draw.sample(range(1, len(events)), 2))
    library = make_library(tmp_path_factory.mktemp("parts"), events[: parts[0]])
    library.refresh()
    library.append(events[parts[0] : parts[1]], durable=False)
    library.refresh()
    (library.log_folder / "other.jsonl").write_bytes(b"".join(map(event_line, events[parts[1] :])))
    assert whatever_the_clock(answers(library)).but(usual) == []


@FEW
@given(copies=st.lists(st.integers(0, len(world()) - 1), min_size=1, max_size=40))
def test_copies_of_lines_add_no_evidence(
    copies: list[int], tmp_path_factory: pytest.TempPathFactory, usual: Said
) -> None:
    library = make_library(tmp_path_factory.mktemp("copies"), world())
    library.append([world()[number] for number in copies], durable=False)
    assert whatever_the_clock(answers(library)).but(usual) == []


def first_thoughts(draw: random.Random) -> list[Event]:
    """Other stars and picks for some images, said before those that stand."""
    early: list[Event] = []
    for number, event in enumerate(draw.sample(world(), 40)):
        other: dict[str, Any] = {"event_id": f"early {number}", "job_id": event.job_id, "recorded_at": START}
        if isinstance(event, Rating):
            early.append(Rating(value=6 - event.value, **other))
        elif isinstance(event, Selection):
            early.append(Selection(verdict="rejected" if event.verdict == "selected" else "selected", **other))
    return early


@FEW
@given(draw=st.randoms(use_true_random=False))
def test_what_was_superseded_leaves_no_trace(
    draw: random.Random, tmp_path_factory: pytest.TempPathFactory, usual: Said
) -> None:
    early = first_thoughts(draw)
    assert early
    library = make_library(tmp_path_factory.mktemp("early"), [*early, *world()])
    assert answers(library).but(usual) == []
    # Also where the earlier words were already counted before they were replaced.
    jobs = [event for event in world() if isinstance(event, JobRecord)]
    later = make_library(tmp_path_factory.mktemp("later"), [*jobs, *early])
    assert answers(later).but(usual)
    later.append([event for event in world() if not isinstance(event, JobRecord)], durable=False)
    assert answers(later).but(usual) == []


@FEW
@given(draw=st.randoms(use_true_random=False))
def test_undo_brings_back_the_bytes(draw: random.Random, tmp_path_factory: pytest.TempPathFactory, usual: Said) -> None:
    library = make_library(tmp_path_factory.mktemp("undo"), world())
    refs = draw.sample([reference(event) for event in world() if isinstance(event, JobRecord)], 12)
    numbers = count()

    def fresh() -> str:
        return f"said {next(numbers)}"

    for ref in refs:
        judge(library, ref, now=START, event_id=fresh, rating=draw.choice((1, 5)), selection="rejected")
    assert answers(library).but(usual)
    for ref in draw.sample(refs, len(refs)):
        undo(library, ref, now=START, event_id=fresh)
    assert answers(library).but(usual) == []


def test_an_event_and_its_undo_in_any_order_leave_no_trace(tmp_path: Path, usual: Said) -> None:
    events = world()
    job = events[0]
    wrong = Rating(event_id="wrong", job_id=job.job_id, value=1)
    taken_back = Undo(event_id="undo", job_id=job.job_id, undone_event_id="wrong")
    assert answers(make_library(tmp_path, [*events, wrong, taken_back])).but(usual) == []


# -- records that have nothing to do with the question

MOVED_AT_MOST = 0.03
"""How far rates of a subject may move for one record of another subject in a library of a few dozen.

The library-wide rate and the effects that the model draws on are made of all records: one more moves them a little.
"""


def unrelated(number: int, **fields: Any) -> JobRecord:
    values = {"model": "glacier_mix", "sampler": "Heun", "steps": 44, "cfg_scale": 3.5, "loras": []}
    return make_job(1_000 + number, **values | {"prompt_positive": f"ice cave {number}"} | fields)


def counted(setting: Setting) -> dict[str, Any]:
    """What of a setting is counted, not estimated."""
    return setting.model_dump(include={
        "setting", "n", "good", "prompts", "n_rated", "mean_rating", "n_judged", "n_selected", "tier", "evidence",
    })  # fmt: skip


def by_setting(answer: WhatWorks) -> dict[tuple[str, str], Setting]:
    return {(each.by, setting.setting): setting for each in answer.parameters for setting in each.ranked}


def of_beach(library: Library) -> WhatWorks:
    return library.ask(lambda snapshot: what_works(snapshot, "beach", by=EVERY, limit=50))


@pytest.mark.parametrize("stars", [1, 5])
def test_an_unrelated_record_changes_no_count_of_a_subject_and_its_rates_by_little(stars: int, tmp_path: Path) -> None:
    library = make_library(tmp_path, world())
    before = of_beach(library)
    job = unrelated(0)
    library.append([job, rating(job, stars)], durable=False)
    after = of_beach(library)
    assert (after.matched, after.terms, after.tier) == (before.matched, before.terms, before.tier)
    for one, other in zip(before.parameters, after.parameters, strict=True):
        assert (one.by, one.status, one.tier, one.baseline, one.baseline_n, one.unknown, one.total, one.controlled) == (
            other.by, other.status, other.tier, other.baseline, other.baseline_n, other.unknown, other.total,
            other.controlled,
        )  # fmt: skip
    settings_before, settings_after = by_setting(before), by_setting(after)
    assert settings_before.keys() == settings_after.keys()
    for key, setting in settings_before.items():
        assert counted(settings_after[key]) == counted(setting)
        for figure in ("value", "low", "high", "lift", "chance_best"):
            moved = abs(getattr(settings_after[key], figure) - getattr(setting, figure))
            assert moved <= MOVED_AT_MOST, (key, figure, moved)


def test_an_unrelated_record_changes_no_byte_where_no_model_of_the_library_is_asked(
    tmp_path: Path, usual: Said
) -> None:
    library = make_library(tmp_path, world())
    for number, stars in enumerate((1, 5, 3)):
        job = unrelated(number, timestamp_start=START + 1e7 + number, timestamp_end=START + 1e7 + number)
        library.append([job, rating(job, stars), score(job, 20.0, passed=False)], durable=False)
    found = answers(library)
    assert found.but(usual, *OF_BEACH) == ["what works for beach"]


def test_a_record_without_judgement_changes_no_byte_of_another_subject(tmp_path: Path, usual: Said) -> None:
    late = {"timestamp_start": START + 1e7, "timestamp_end": START + 1e7}
    library = make_library(tmp_path, [*world(), unrelated(0, **late)])
    assert without_company(answers(library)).but(without_company(usual), *OF_BEACH) == []
