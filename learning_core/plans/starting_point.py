"""Where a plan starts from: the settings in use for a subject, its prompts, and what an image takes."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from learning_core.errors import PlanRefused
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.matching.selection import match
from learning_core.plans.generation_config import GenerationConfig
from learning_core.plans.job_config import config_of_job, plain_prompt, stages_of_job
from learning_core.plans.parameters import Stage
from learning_core.stats.grouping import distinct
from learning_core.text.keywords import parse_subject

_COMBINED = ("checkpoint", "lora_set", "sampler", "scheduler", "steps", "cfg_scale", "size")


class StartingPoint(Struct, frozen=True):
    """`config` is that of the record `ref`, whose settings `jobs` records share; `seconds` is a median or unknown."""

    config: GenerationConfig
    stages: tuple[Stage, ...]
    ref: str
    jobs: int
    prompts: tuple[str, ...]
    known_prompts: int
    seconds: float | None


def starting_point(
    snapshot: Snapshot, subject: str | Sequence[Sequence[str]], stage: Stage, prompts: int
) -> StartingPoint:
    """Return the settings used most for a subject, and so many of its prompts, chosen by a hash of their words.

    The combination with the most records is taken, of equal ones that with more liked images, then by key. Raises
    PlanRefused when no record with a prompt matches.
    """
    rows = match(snapshot, parse_subject(subject), ()).rows
    rows = rows[snapshot.column("prompt")[rows] > 0]
    own = [number for number, key in snapshot.same_keys("stage").items() if key == stage]
    of_stage = rows[np.isin(snapshot.column("stage")[rows], [0, *own] if stage == "txt2img" else own)]
    if not len(of_stage):
        raise PlanRefused(
            f"the library has no {stage} record with a prompt that matches; give --prompt and settings to "
            "`whatworks plan new`"
        )
    row, jobs = _most_used(snapshot, of_stage)
    job = snapshot.job_at(row)
    config = config_of_job(job).model_copy(update={"prompt": None, "seed": None})
    found, known = _prompts(snapshot, of_stage, prompts)
    seconds = snapshot.column("runtime")[of_stage]
    seconds = seconds[seconds > 0]
    return StartingPoint(
        config=config,
        stages=stages_of_job(job),
        ref=snapshot.references([row])[0],
        jobs=jobs,
        prompts=found,
        known_prompts=known,
        seconds=float(np.median(seconds)) if len(seconds) else None,
    )


def _most_used(snapshot: Snapshot, rows: Column) -> tuple[int, int]:
    """Return the row that stands for the most used settings, and how many share them."""
    code = np.zeros(len(rows), np.int64)
    known = np.zeros(len(rows), np.int64)
    for name in _COMBINED:
        column = snapshot.column(name)[rows].astype(np.int64)
        known += column > 0
        _, code = distinct(code * (int(column.max(initial=0)) + 1) + column)
    # Settings that are not known cannot be run again.
    fullest = np.flatnonzero(known == known.max())
    groups, place = distinct(code[fullest])
    counts = np.bincount(place, minlength=len(groups))
    liked = np.bincount(place, snapshot.column("liked")[rows[fullest]], len(groups))
    keys = snapshot.column("key")[rows[fullest]]
    best = min(range(len(fullest)), key=lambda each: (-counts[place[each]], -liked[place[each]], int(keys[each])))
    return int(rows[fullest[best]]), int(counts[place[best]])


def _prompts(snapshot: Snapshot, rows: Column, wanted: int) -> tuple[tuple[str, ...], int]:
    """Return some different prompts without their LoRA tags, in the order of their hash, and how many there are."""
    of_row = snapshot.column("prompt")[rows]
    known = np.unique(of_row)
    order = snapshot.prompts_by_hash(snapshot.jobs)
    chosen = order[np.isin(order, known)]
    keys = snapshot.column("key")[rows]
    found: dict[str, str] = {}
    for prompt in chosen.tolist():
        own = np.flatnonzero(of_row == prompt)
        text = plain_prompt(snapshot.job_at(int(rows[own[keys[own].argmin()]]))["prompt_positive"])
        if text:
            found.setdefault(text.casefold(), text)
        if len(found) == wanted:
            break
    return tuple(found.values()), len(known)
