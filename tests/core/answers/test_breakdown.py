"""The values of a parameter as they are held equal for a check, and the rows that alike jobs share."""

from itertools import count
from pathlib import Path

import numpy as np
import pytest
from library_factory import make_job, make_library, rating
from questions import SAME, Event, about, ask

from learning_core.answers.answer import By
from learning_core.answers.breakdown import Breakdown
from learning_core.answers.evidence import Evidence
from learning_core.model.generation import LoraUse


def strata_by_job(folder: Path, by: By, jobs: list[dict[str, object]]) -> list[int]:
    """Return the stratum of each job, jobs given by their fields; each prompt is to be in one row."""
    events: list[Event] = []
    for number, fields in enumerate(jobs):
        job = make_job(number, **SAME | {"prompt_positive": f"beach {number}"} | fields)
        events += [job, rating(job, 4)]
    with make_library(folder, events).snapshot() as snapshot:
        evidence = Evidence(snapshot, np.arange(snapshot.jobs), [by])
        strata = Breakdown(snapshot, evidence).strata(by)
        return np.repeat(strata, evidence.weights).tolist()


def test_loras_are_held_equal_without_their_weights(tmp_path: Path) -> None:
    sets = [("film",), ("film",), ("glow",), ("film", "glow"), ("mist", "glow"), ("film", "glow", "mist"), ()]
    jobs: list[dict[str, object]] = [
        {"loras": [LoraUse(name=name, weight=0.3 + number / 10) for name in names]} for number, names in enumerate(sets)
    ]
    strata = strata_by_job(tmp_path, "lora", jobs)
    assert strata[0] == strata[1]
    assert len(set(strata)) == 6
    assert 0 not in strata


def test_many_numbers_are_held_equal_in_four_classes_of_jobs(tmp_path: Path) -> None:
    batch: list[dict[str, object]] = [{"cfg_scale": 3.0, "prompt_positive": "beach"} for _ in range(24)]
    others: list[dict[str, object]] = [{"cfg_scale": 4.0 + number} for number in range(8)]
    assert strata_by_job(tmp_path, "cfg_scale", batch + others) == [3] * 24 + [4] * 8


Batches = list[tuple[int | None, int, int]]
"""Steps, prompts, and jobs of each prompt."""


def coastline_and_harbour(folder: Path, coastline: Batches, harbour: Batches) -> str:
    """Return the sentence on the checkpoint where coastline is the better by far."""
    events: list[Event] = []
    scene = count()
    for model, batches, good in (("coastline", coastline, 9), ("harbour", harbour, 1)):
        for steps, prompts, jobs in batches:
            scenes = [f"beach {next(scene)}" for _ in range(prompts)]
            for number in range(prompts * jobs):
                fields = SAME | {"model": model, "steps": steps, "prompt_positive": scenes[number // jobs]}
                job = make_job(number, job_id=f"{model}-{steps}-{number}", **fields)
                events += [job, rating(job, 5 if (number // jobs + number) % 10 < good else 2)]
    return about(ask(make_library(folder, events)), "checkpoint").sentence


@pytest.mark.parametrize(
    ("coastline", "harbour", "said"),
    [
        ([(40, 24, 4), (None, 60, 1)], [(20, 80, 1)], "entangled with steps 40"),
        ([(40, 40, 1), (None, 20, 4)], [(20, 80, 1)], "coastline goes with the better images"),
        ([(40, 80, 1)], [(20, 40, 1), (None, 20, 4)], "coastline goes with the better images"),
        ([(40, 10, 4), (30, 15, 1)], [(20, 80, 1)], "entangled with steps 40"),
    ],
)
def test_jobs_count_not_the_rows_they_share(coastline: Batches, harbour: Batches, said: str, tmp_path: Path) -> None:
    assert said in coastline_and_harbour(tmp_path, coastline, harbour)


def weighted(*uses: tuple[str, float | None]) -> list[LoraUse]:
    return [LoraUse(name=name, weight=weight) for name, weight in uses]


def test_a_lora_in_two_spellings_at_one_weight_is_one_value(tmp_path: Path) -> None:
    events: list[Event] = []
    for number, loras in enumerate(
        [weighted(("Film", 0.5)), weighted(("film.safetensors", 0.5), ("glow", 1.0)), weighted(("film", None)), []]
    ):
        job = make_job(number, prompt_positive=f"beach {number}", loras=loras, **SAME)
        events += [job, rating(job, 4)]
    found = about(ask(make_library(tmp_path, events), by=["lora_weight"], limit=9), "lora_weight")
    assert {(each.setting, each.n) for each in found.ranked} == {("Film:0.5", 2), ("glow:1", 1), ("(no LoRA)", 1)}
    assert found.unknown == 1


def test_which_lora_it_is_does_not_stand_in_the_way_of_its_weight(tmp_path: Path) -> None:
    events: list[Event] = []
    for number in range(120):
        name, weight = ("film", "film", "glow")[number % 3], (0.3, 0.8, 0.3)[number % 3]
        job = make_job(number, prompt_positive=f"beach {number}", loras=weighted((name, weight)), **SAME, model="one")
        events += [job, rating(job, 5 if (number // 3) % 10 < (9, 1, 1)[number % 3] else 2)]
    answer = ask(make_library(tmp_path, events), by=["lora_weight"])
    assert about(answer, "lora_weight").status in ("clear_leader", "likely_leader")
    assert about(answer, "lora_weight").ranked[0].setting == "film:0.3"
