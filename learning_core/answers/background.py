"""What the library as a whole says of a parameter: the two-way model, fitted to the judged images of many prompts.

A question about one subject is answered beside this background. It is fitted anew only when what it rests on changed.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from learning_core.answers.answer import By, Outcome
from learning_core.answers.breakdown import Breakdown
from learning_core.answers.evidence import Evidence
from learning_core.answers.model import Model, model_of
from learning_core.answers.stored_models import as_arrays, from_arrays
from learning_core.index.columns import Column, is_among
from learning_core.index.snapshot import Snapshot
from learning_core.stats.grouping import distinct
from learning_core.stats.subject import Models
from learning_core.stats.two_way import FORMULAS

PROMPTS = 3_000
"""So many judged prompts make the background: enough to tell what is usual, few enough to be fitted at once.

They are those with the smallest hashes: neither the order of the log nor the index decides, and one record more
changes the background only if it belongs to one of them.
"""

USUAL: tuple[By, ...] = ("checkpoint", "lora", "sampler", "scheduler", "steps", "cfg_scale", "size")
"""The parameters that are asked about when none is named."""


class Level(Struct, frozen=True):
    """The state of the index that a background is level with: its generation, names that changed, and jobs.

    `nearest` are those of the first `prompts` prompts, ascending, that are chosen or would be if they were judged; of
    a whole background they are the chosen ones alone, since any other prompt would be.
    """

    generation: int
    renamed: int
    jobs: int
    prompts: int
    nearest: Column


class Background(Struct):
    """The judged jobs of the chosen prompts, and the models and comparisons that were made of them so far."""

    outcome: Outcome
    parameters: tuple[By, ...]
    prompts: Column
    jobs: Column
    is_whole: bool
    rests_on: str
    level: Level | None = None
    models: dict[By, Model] = field(default_factory=dict)
    comparisons: dict[By, Any] = field(default_factory=dict)
    figures: dict[tuple[By, ...], Models] = field(default_factory=dict)
    kept: int = 0

    def model(self, snapshot: Snapshot, by: By) -> Model:
        """Return the model of a parameter; where none of its values is known, it only holds what is usual."""
        return self.models_of(snapshot, [by])[by]

    def models_of(self, snapshot: Snapshot, parameters: Iterable[By]) -> dict[By, Model]:
        """Return the models of several parameters; those that are missing are fitted to one look at the images."""
        asked = list(parameters)
        missing = [by for by in asked if by not in self.models]
        if missing:
            evidence = Evidence(snapshot, self.jobs, missing, self.outcome)
            breakdown = Breakdown(snapshot, evidence)
            self.models |= {by: model_of(snapshot, evidence, breakdown.levels(by)) for by in missing}
        return {by: self.models[by] for by in asked}

    def side_by_side(self, parameters: tuple[By, ...]) -> Models:
        """Return the figures of the models of several parameters, one at least, which were fitted before."""
        if parameters not in self.figures:
            self.figures[parameters] = Models.of([self.models[by].fitted for by in parameters])
        return self.figures[parameters]

    def keep(self, snapshot: Snapshot) -> None:
        """Keep the models for the next process, if there are more than were kept."""
        if len(self.models) > self.kept:
            snapshot.keep_arrays(_name(self.outcome, self.parameters), self.rests_on, as_arrays(self.models))
            self.kept = len(self.models)

    def holds(self, prompts: Column) -> Column:
        """Return which prompts the background was fitted to."""
        return is_among(prompts, self.prompts)


def background(snapshot: Snapshot, outcome: Outcome, parameters: Iterable[By] = ()) -> Background:
    """Return the background of questions whose images are judged in this way, by the usual parameters and others."""
    every = (*USUAL, *sorted(set(parameters) - set(USUAL)))
    name = _name(outcome, every)

    def made(before: Background | None) -> Background:
        if before is not None and (same := _brought_level(before, snapshot)) is not None:
            return same
        prompts, nearest, is_whole = _chosen(snapshot, outcome)
        rows = snapshot.rows_of_prompts(prompts)
        rows = rows[snapshot.standing_jobs()[rows]]
        rests_on = f"{FORMULAS} {_fingerprint(Evidence(snapshot, rows, every, outcome))} {snapshot.renamed}"
        found = Background(
            outcome, every, prompts, rows, is_whole, rests_on, _level(snapshot, nearest, snapshot.prompts)
        )
        if before is not None and before.rests_on == found.rests_on:
            found.models, found.comparisons, found.kept = before.models, before.comparisons, before.kept
        elif before is None and (stored := snapshot.kept_arrays(name, found.rests_on)) is not None:
            found.models = from_arrays(stored)
            found.kept = len(found.models)
        return found

    return snapshot.carried(name, made)


def _name(outcome: Outcome, parameters: Sequence[By]) -> str:
    return "-".join(("background", outcome, *parameters[len(USUAL) :]))


def _level(snapshot: Snapshot, nearest: Column, prompts: int) -> Level:
    return Level(snapshot.generation, snapshot.renamed, snapshot.jobs, prompts, nearest)


def _brought_level(before: Background, snapshot: Snapshot) -> Background | None:
    """Return an earlier background at this state of the index; None where what happened since may concern it."""
    level = before.level
    changed = None if level is None else snapshot.changed_rows(level.generation)
    if level is None or changed is None or snapshot.renamed != level.renamed or is_among(changed, before.jobs).any():
        return None
    rows = np.concatenate([changed, np.arange(level.jobs, snapshot.jobs)])
    prompts = snapshot.column("prompt")[rows]
    joining = (prompts > (0 if before.is_whole else level.prompts)) & _is_judged(snapshot, before.outcome, rows)
    nearest, known = level.nearest, level.prompts
    if joining.any():
        if before.is_whole:
            return None
        nearest = np.sort(snapshot.prompts_by_hash(len(nearest) + snapshot.prompts - known))
        known = snapshot.prompts
    if is_among(prompts, nearest).any():
        return None
    return replace(before, level=_level(snapshot, nearest, known))


def _fingerprint(evidence: Evidence) -> str:
    """Return a hash of all that is counted: equal ones give equal models."""
    digest = hashlib.sha256()
    for each in evidence.arrays():
        digest.update(f"{each.dtype} {len(each)}".encode())
        digest.update(each.tobytes())
    return digest.hexdigest()


def _chosen(snapshot: Snapshot, outcome: Outcome) -> tuple[Column, Column, bool]:
    """Return the judged prompts of the smallest hashes, what is `nearest` to them, and whether they are all.

    Both ascend.
    """
    wanted = 2 * PROMPTS
    while True:
        first = snapshot.prompts_by_hash(wanted)
        places = np.flatnonzero(is_among(first, _judged_among(snapshot, outcome, first)))
        is_whole = len(places) <= PROMPTS
        if not is_whole or len(first) < wanted:
            chosen = first[places[:PROMPTS]]
            nearest = chosen if is_whole else first[: places[PROMPTS - 1] + 1]
            return np.sort(chosen), np.sort(nearest), is_whole
        wanted *= 4


def _judged_among(snapshot: Snapshot, outcome: Outcome, prompts: Column) -> Column:
    """Return, ascending, which of the prompts have a job that stands and is judged in this way."""
    rows = snapshot.rows_of_prompts(np.sort(prompts))
    return distinct(snapshot.column("prompt")[rows[_is_judged(snapshot, outcome, rows)]])[0]


def _is_judged(snapshot: Snapshot, outcome: Outcome, rows: Column) -> Column:
    """Return which jobs stand and are judged in this way."""
    judged: Column = snapshot.column("rated")[rows] > 0
    if outcome == "selected":
        judged = (snapshot.column("selected")[rows] | snapshot.column("rejected")[rows]) > 0
    return judged & snapshot.standing_jobs()[rows]
