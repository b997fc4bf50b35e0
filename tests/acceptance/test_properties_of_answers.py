"""What no answer may depend on, from the line of the log to the answer: order, copies, and words that were taken back."""

import random
from collections.abc import Callable, Sequence
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


def world(jobs: int = 60) -> list[Event]:
    """Jobs of two subjects with stars, picks, scores, plans and a comparison of models; each thing is said once."""
    draw = random.Random(4)
    events: list[Event] = []
    for number in range(jobs):
        model = ("coastline", "harbour_mix", "Meadow XL")[draw.randrange(3)]
        study = None
        if number % 10 == 3:
            evidence = ("controlled", "unproven", "preference")[number // 10 % 3]
            study = Experiment(experiment_id=f"plan {number // 20}", focus_parameter="steps", evidence=evidence)
        job = make_job(
            number,
            model=model,
            loras=[LoraUse(name="film", weight=draw.choice([0.3, 0.7]))] if number % 3 else [],
            denoising_strength=draw.choice([0.1, 0.35, None]),
            prompt_positive=f"{('beach', 'crowd')[number % 4 == 0]} {draw.choice(['dawn', 'noon'])}, scene {number % 23}",
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
    "feedback": feedback_report,
    "feedback on beach": lambda snapshot: feedback_report(snapshot, subject="beach"),
}
OF_BEACH = [name for name in QUESTIONS if name.endswith("beach")]


def answers(library: Library) -> dict[str, str]:
    """Every answer as the bytes that are handed on."""
    with library.snapshot() as snapshot:
        return {name: ask(snapshot).model_dump_json() for name, ask in QUESTIONS.items()}


def in_order_of_the_clock(said: dict[str, str]) -> dict[str, str]:
    """The answers without the remark that times go back in the log, which is a matter of the order itself."""
    return {name: text.replace(CLOCK, "") for name, text in said.items()}


CLOCK = ""


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return answers(make_library(tmp_path_factory.mktemp("usual"), world()))


def test_x(tmp_path: Path, usual: dict[str, str]) -> None:
    import time
    lib = make_library(tmp_path, random.Random(1).sample(world(), len(world())))
    t = time.perf_counter(); lib.refresh(); print("refresh", time.perf_counter() - t)
    with lib.snapshot() as s:
        for name, ask in QUESTIONS.items():
            t = time.perf_counter(); got = ask(s).model_dump_json(); print(name, round(time.perf_counter() - t, 3), got == usual[name])
            if got != usual[name]:
                i = next(i for i, (a, b) in enumerate(zip(got, usual[name])) if a != b)
                print(got[max(i-200,0):i+200]); print(usual[name][max(i-200,0):i+200])
    assert 0
