"""What the library as a whole says of a parameter: the two-way model, fitted to the judged images of many prompts.

A question about one subject is answered beside this background. It is fitted anew only when what it rests on changed.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct, field

from learning_core.answers.answer import By, Outcome
from learning_core.answers.breakdown import Breakdown
from learning_core.answers.evidence import Evidence
from learning_core.answers.model import Model, model_of
from learning_core.answers.stored_models import as_arrays, from_arrays
from learning_core.index.columns import Column, is_among
from learning_core.index.snapshot import Snapshot
from learning_core.stats.two_way import FORMULAS

PROMPTS = 3_000
"""So many judged prompts make the background: enough to tell what is usual, few enough to be fitted at once.

They are those with the smallest hashes: neither the order of the log nor the index decides, and one record more
changes the background only if it belongs to one of them.
"""

USUAL: tuple[By, ...] = ("checkpoint", "lora", "sampler", "scheduler", "steps", "cfg_scale", "size")
"""The parameters that are asked about when none is named."""


class Background(Struct):
    """The judged jobs of the chosen prompts, and the models and comparisons that were made of them so far."""

    outcome: Outcome
    parameters: tuple[By, ...]
    prompts: Column
    jobs: Column
    is_whole: bool
    rests_on: str
    models: dict[By, Model] = field(default_factory=dict)
    comparisons: dict[By, Any] = field(default_factory=dict)
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
        prompts, is_whole = _chosen(snapshot, outcome)
        rows = np.sort(snapshot.rows_of_prompts(prompts))
        rows = rows[snapshot.standing_jobs()[rows]]
        rests_on = _fingerprint(Evidence(snapshot, rows, every, outcome))
        found = Background(outcome, every, prompts, rows, is_whole, f"{FORMULAS} {rests_on} {snapshot.renamed}")
        if before is not None and before.rests_on == found.rests_on:
            found.models, found.comparisons, found.kept = before.models, before.comparisons, before.kept
        elif before is None and (stored := snapshot.kept_arrays(name, found.rests_on)) is not None:
            found.models = from_arrays(stored)
            found.kept = len(found.models)
        return found

    return snapshot.carried(name, made)


def _name(outcome: Outcome, parameters: Sequence[By]) -> str:
    return "-".join(("background", outcome, *parameters[len(USUAL) :]))


def _fingerprint(evidence: Evidence) -> str:
    """Return a hash of all that is counted: equal ones give equal models."""
    digest = hashlib.sha256()
    for each in evidence.arrays():
        digest.update(f"{each.dtype} {len(each)}".encode())
        digest.update(each.tobytes())
    return digest.hexdigest()


def _chosen(snapshot: Snapshot, outcome: Outcome) -> tuple[Column, bool]:
    """Return the judged prompts of the smallest hashes, ascending, and whether these are all."""
    wanted = 2 * PROMPTS
    while True:
        first = snapshot.prompts_by_hash(wanted)
        judged = first[_is_judged(snapshot, outcome, first)]
        if len(judged) > PROMPTS or len(first) < wanted:
            return np.sort(judged[:PROMPTS]), len(judged) <= PROMPTS
        wanted *= 4


def _is_judged(snapshot: Snapshot, outcome: Outcome, prompts: Column) -> Column:
    """Return which of the prompts have a job that stands and is judged in this way."""
    rows = snapshot.rows_of_prompts(np.sort(prompts))
    judged = snapshot.column("rated")[rows] > 0
    if outcome == "selected":
        judged = (snapshot.column("selected")[rows] | snapshot.column("rejected")[rows]) > 0
    judged &= snapshot.standing_jobs()[rows]
    found: Column = np.isin(prompts, snapshot.column("prompt")[rows[judged]])
    return found
