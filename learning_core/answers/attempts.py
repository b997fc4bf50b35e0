"""The attempts of a question and the feedback on them, read from the lines of those events alone."""

from math import fsum, isfinite
from typing import Literal

import msgspec
import numpy as np
from msgspec import Struct, field

from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.text.spellings import spelling_key

GivenBy = Literal["person", "automated"]

KINDS = ("validation", "feedback")
NOTE_CATEGORY = "manual_feedback"
"""The category under which an older logger stored a person's note as an attempt of its own, failed with score 0."""

Measure = tuple[str, float]
"""The name of a validator, empty when unknown, and the largest score of its scale."""


class Validation(msgspec.Struct, gc=False):
    """The fields of a validation that are counted."""

    score: float | None = None
    scale_maximum: float = 100.0
    passed: bool | None = None
    validator: str | None = None
    issues: list[str] = []
    image_index: int | None = None


class Comment(msgspec.Struct, gc=False):
    """The fields of a feedback event that are counted."""

    text: str = ""
    category: str | None = None
    feedback_source: str = "user"


class Given(Struct, frozen=True):
    """A feedback event: the row of its job, its place in the order of the log, and what it says.

    `category_key` is what the spellings of its category have in common, empty for none.
    """

    row: int
    place: int
    said: Comment
    category_key: str

    @property
    def given_by(self) -> GivenBy:
        """Who gave it; what a validator wrote of its own accord is no person's word."""
        return "automated" if self.said.feedback_source == "automated" else "person"


class Attempt(Struct):
    """A job with a score or a verdict; of each image and validator the last one counts.

    `place` is that of the job's line in the order of the log.
    """

    row: int
    prompt: int
    place: int
    validations: dict[tuple[int | None, str], Validation] = field(default_factory=dict)

    passed: bool | None = None
    scores: dict[Measure, float] = field(default_factory=dict)
    validators: frozenset[str] = frozenset()
    issues: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Work out from all validations, which are then forgotten, what they add up to.

        It passed if all verdicts are good ones; each validator's score (0 to 1) is the mean over images.
        """
        verdicts = [each.passed for each in self.validations.values() if each.passed is not None]
        self.passed = all(verdicts) if verdicts else None
        found: dict[Measure, list[float]] = {}
        for (_, validator), each in self.validations.items():
            if each.score is not None:
                found.setdefault((validator, each.scale_maximum), []).append(each.score / each.scale_maximum)
        self.scores = {measure: fsum(scores) / len(scores) for measure, scores in found.items()}
        self.validators = frozenset(validator for _, validator in self.validations)
        self.issues = [issue for each in self.validations.values() for issue in each.issues]
        self.validations.clear()


class Attempts(Struct):
    """What a question rests on: attempts by the row of their job, and feedback in the order of the log.

    `notes_left_out`, `scores_left_out` and `unreadable` count what was no attempt, no score, no event of its kind;
    `without_result` counts the jobs whose validations say neither.
    """

    by_row: dict[int, Attempt] = field(default_factory=dict)
    feedback: list[Given] = field(default_factory=list)
    notes_left_out: int = 0
    scores_left_out: int = 0
    unreadable: int = 0
    without_result: int = 0


def attempts_among(snapshot: Snapshot, rows: Column) -> Attempts:
    """Return the attempts and the feedback of some jobs, given by ascending row numbers."""
    events, jobs = snapshot.events_of_kinds(*KINDS)
    asked = np.zeros(snapshot.jobs, bool)
    asked[rows] = True
    chosen = asked[jobs]
    events, jobs = events[chosen], jobs[chosen]
    different, place_of = np.unique(jobs, return_inverse=True)
    of_jobs, of_events = snapshot.job_order(different, events)
    prompts = snapshot.column("prompt")[different]
    made = [
        Attempt(row, prompt, place)
        for row, prompt, place in zip(different.tolist(), prompts.tolist(), of_jobs.tolist(), strict=True)
    ]
    found = Attempts()
    for content, number, place in zip(snapshot.contents(events), place_of.tolist(), of_events.tolist(), strict=True):
        try:
            _take(found, content, made[number], place)
        except msgspec.ValidationError:
            # What a true checksum covers was written by a program of ours, but perhaps not by this one.
            found.unreadable += 1
    _keep(found, made)
    return found


def _take(found: Attempts, content: dict[str, object], attempt: Attempt, place: int) -> None:
    if content["kind"] == "feedback":
        said = msgspec.convert(content, Comment)
        found.feedback.append(Given(attempt.row, place, said, spelling_key(said.category or "")))
        return
    validation = msgspec.convert(content, Validation)
    attempt.validations[validation.image_index, validation.validator or ""] = validation


def _keep(found: Attempts, made: list[Attempt]) -> None:
    """Keep the jobs with a result, and of these no note that was stored as a failed attempt."""
    noted = {each.row for each in found.feedback if (each.said.category or "").strip().casefold() == NOTE_CATEGORY}
    for attempt in made:
        if not attempt.validations:
            continue
        if attempt.row in noted and all(map(_is_empty, attempt.validations.values())):
            found.notes_left_out += 1
            continue
        for each in attempt.validations.values():
            if each.score is not None and not _is_usable(each):
                found.scores_left_out += 1
                each.score = None
        attempt.settle()
        if attempt.scores or attempt.passed is not None:
            found.by_row[attempt.row] = attempt
        else:
            found.without_result += 1


def _is_empty(validation: Validation) -> bool:
    return not validation.score and not validation.passed and not validation.issues


def _is_usable(validation: Validation) -> bool:
    """Tell whether a score lies on its scale; one of 0 that passed stands for a validation that was skipped."""
    score, most = validation.score or 0.0, validation.scale_maximum
    return isfinite(most) and most > 0.0 and 0.0 <= score <= most and not (validation.passed and not score)
