"""Simulated libraries of two checkpoints over twelve weeks, made of records and judgements as a person leaves them.

What happens to scores (rating points) and to the use of checkpoints, steps and prompts is known; all else is as in
benchmarks.quality.worlds.
"""

from collections.abc import Callable
from math import exp
from pathlib import Path

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from benchmarks.quality.misleading import ADOPTED, GAP, LEAN, STRICTER
from benchmarks.quality.worlds import CLUSTER_SD, COMMON, IMAGE_SD, PROMPT_SD, rate
from learning_core.library import Library
from learning_core.model.job import JobRecord
from learning_core.model.judgement import AnyJudgement, Rating

BATCHES = 120
IMAGES = 3
PROMPTS = 40
WORDS = 24
WORD_SD = 0.35
ADVANTAGE = 0.8
PULL = 2.0
_START = 1_760_000_000.0
_SECONDS = 12 * 7 * 86_400.0
_SETTINGS = {"sampler": "Euler a", "scheduler": "Karras", "cfg_scale": 7.0, "width": 832, "height": 1216}


class Batch(Struct, frozen=True):
    """What a batch is made with: whether by the first checkpoint, with many steps, of an easy prompt; its bonus."""

    first: bool
    many_steps: bool
    easy: bool
    bonus: float = 0.0


class History(Struct, frozen=True):
    """A kind of library by its name; `plan` says what a batch is made with, given which part of the time has passed.

    With `pull` each batch has a prompt of its own, of four words, which decide twice as much as elsewhere and choose
    the checkpoint: the log-odds of the first one are `pull` times what the words are worth.

    What is truly there: `compares`, a difference of the checkpoints; `trends`, other judgements of equal prompts over
    time; `settings`, that these are made by the settings.
    """

    name: str
    plan: Callable[[float, np.random.Generator], Batch]
    compares: bool = False
    trends: bool = False
    settings: bool = False
    pull: float = 0.0


def _chance(share: float, draw: np.random.Generator) -> bool:
    return bool(draw.random() < share)


def _null(_passed: float, draw: np.random.Generator) -> Batch:
    return Batch(_chance(0.5, draw), _chance(0.5, draw), _chance(0.5, draw))


def _tied_steps(_passed: float, draw: np.random.Generator) -> Batch:
    first = _chance(0.5, draw)
    many = first == _chance(LEAN, draw)
    return Batch(first, many, _chance(0.5, draw), GAP if many else -GAP)


def _drift(passed: float, draw: np.random.Generator) -> Batch:
    first = _chance(LEAN if passed >= ADOPTED else 1.0 - LEAN, draw)
    return Batch(first, _chance(0.5, draw), _chance(0.5, draw), STRICTER * (0.5 - passed))


def _easier_prompts(passed: float, draw: np.random.Generator) -> Batch:
    later = passed >= ADOPTED
    easy = _chance(LEAN if later else 1.0 - LEAN, draw)
    first = _chance(LEAN if easy else 1.0 - LEAN, draw)
    return Batch(first, _chance(0.5, draw), easy, GAP if easy else -GAP)


def _better(passed: float, draw: np.random.Generator) -> Batch:
    first = _chance(0.5, draw)
    later = ADVANTAGE if passed >= ADOPTED else 0.0
    return Batch(first, passed >= ADOPTED, _chance(0.5, draw), later + (ADVANTAGE if first else 0.0))


HISTORIES = (
    History("no difference", _null),
    History("steps go with the checkpoint", _tied_steps),
    History("rater grows stricter, one checkpoint adopted late", _drift, trends=True),
    History("easier prompts later, mostly with one checkpoint", _easier_prompts),
    History("words choose the checkpoint, all of them together", _null, pull=PULL),
    History("better checkpoint, and better steps later", _better, compares=True, trends=True, settings=True),
)


def library(folder: Path, history: History, draw: np.random.Generator) -> Library:
    """Write a library of the kind into a folder, its cache beside it."""
    found = Library(folder / "library", folder / "cache")
    found.append(_events(history, draw), durable=False)
    return found


def _events(history: History, draw: np.random.Generator) -> list[JobRecord | AnyJudgement]:
    prompts = BATCHES if history.pull else PROMPTS
    sizes = [4 if history.pull else int(draw.integers(1, 4)) for _ in range(prompts)]
    words = [draw.choice(WORDS, size, replace=False).tolist() for size in sizes]
    of_word = draw.normal(0.0, 2.0 * WORD_SD if history.pull else WORD_SD, WORDS)
    of_prompt = draw.normal(0.0, PROMPT_SD, prompts)
    of_cluster = draw.normal(0.0, CLUSTER_SD, (prompts, 2))
    events: list[JobRecord | AnyJudgement] = []
    for number in range(BATCHES):
        passed = number / BATCHES
        made = history.plan(passed, draw)
        # Half of the prompts are easy ones.
        prompt = number if history.pull else 2 * int(draw.integers(0, PROMPTS // 2)) + made.easy
        worth = float(of_word[words[prompt]].sum()) / len(words[prompt]) ** 0.5
        if history.pull:
            made = replace(made, first=_chance(1.0 / (1.0 + exp(-history.pull * worth)), draw))
        score = COMMON + made.bonus + worth + of_prompt[prompt] + of_cluster[prompt, int(made.first)]
        stars = rate(score + draw.normal(0.0, IMAGE_SD, IMAGES)).tolist()
        text = ", ".join([*(f"word{each:02}" for each in words[prompt]), "meadow" if made.easy else "hands"])
        for image, value in enumerate(stars):
            events += _image(
                f"{number}-{image}", _START + passed * _SECONDS + image, f"{text}, take {prompt}", made, value
            )
    return events


def _image(name: str, time: float, prompt: str, made: Batch, stars: int) -> list[JobRecord | AnyJudgement]:
    job = JobRecord.model_validate(
        {
            **_SETTINGS,
            "job_id": name,
            "timestamp_end": time,
            "prompt_positive": prompt,
            "model": "first" if made.first else "second",
            "steps": 40 if made.many_steps else 20,
        }
    )
    return [job, Rating(event_id=f"stars:{name}", job_id=name, value=stars, recorded_at=time)]
