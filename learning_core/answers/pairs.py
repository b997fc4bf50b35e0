"""Pairs of names: how the values of a parameter did for each keyword, or with each checkpoint, set against each other.

A keyword or a checkpoint stands for the images that have it, as a subject does: what the library as a whole lets expect
is drawn in, so that a pair departs from its two names only where its own images show it.
"""

import difflib
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from learning_core.answers.answer import Answer, By, Outcome, Parameter, Setting
from learning_core.answers.background import USUAL, background
from learning_core.answers.breakdown import Breakdown
from learning_core.answers.comparison import Comparer
from learning_core.answers.evidence import Evidence
from learning_core.answers.outcome import outcome_with_more
from learning_core.answers.overall import Overall
from learning_core.answers.parameters import BASELINE, Beside, weigh
from learning_core.errors import QuestionError, UnknownValue
from learning_core.index.columns import Column, is_among
from learning_core.index.filtering import match_filter
from learning_core.index.snapshot import Snapshot
from learning_core.text import filters
from learning_core.text.keywords import topic_words, words
from learning_core.text.names import same_name
from learning_core.text.wording import count, name

Side = Literal["keyword", "checkpoint"]
MOST_ROWS = 100
_EVERY_VALUE = 2**31

Named = tuple[str, int]
"""A keyword or a checkpoint, and its number in the index."""


class PairRow(Answer):
    """One keyword or checkpoint with the values of the parameter among its images."""

    name: str
    images: int = Field(description="Judged images that have it.")
    prompts: int
    parameter: Parameter = Field(description="The values beside each other; baseline is the share of this row.")


class Pairs(Answer):
    """Pairs of two names with their evidence."""

    summary: str
    rows: Side
    by: By
    where: str
    outcome: Outcome
    baseline_of: str
    pairs: list[PairRow]
    shown: int
    total: int = Field(description="Keywords or checkpoints that have judged images.")
    notes: list[str]
    next: str


def pairs(
    snapshot: Snapshot,
    rows: Side,
    by: By,
    *,
    only: Sequence[str] = (),
    where: str = "",
    limit: int = 10,
    values: int = 3,
) -> Pairs:
    """Answer how the values of a parameter did for each keyword or with each checkpoint.

    The `limit` names (1 to MOST_ROWS) with the most judged images are shown, or those in `only`, each with `values` of
    its values. Raises QuestionError for a question put wrongly, UnknownValue for a name without a judged image.
    """
    if rows == by:
        raise QuestionError(f"A {rows} with itself is no pair; ask for another parameter.")
    if not 1 <= limit <= MOST_ROWS:
        raise QuestionError(f"limit is {limit}; it must be between 1 and {MOST_ROWS}.")
    asking = _Asking(snapshot, rows, by, where)
    named = asking.names
    chosen = [asking.named(each) for each in only] or named[:limit]
    found = [asking.row(each, values) for each in chosen]
    return Pairs(
        summary=_summary(rows, by, found),
        rows=rows,
        by=by,
        where=asking.where,
        outcome=asking.outcome,
        baseline_of=BASELINE,
        pairs=found,
        shown=len(found),
        total=len(named),
        notes=[*snapshot.notes, *asking.notes, *_notes(found)],
        next="`whatworks ask KEYWORD --by PARAMETER --why` shows the numbers that decided one of them."
        if found
        else "Rate some images first: `whatworks rate REF --stars N`.",
    )


class EveryPair:
    """The values of a parameter for each keyword or with each checkpoint of the whole library, looked at one by one."""

    def __init__(self, snapshot: Snapshot, rows: Side, by: By) -> None:
        """Say which names are paired with which values."""
        self._asking = _Asking(snapshot, rows, by, "")
        self._number_of = {same_name(text): number for text, number in self._asking.names}

    def settings(self, wanted: str) -> dict[str, Setting]:
        """Return what `pairs` says of each value by its key (`same_name`); nothing for a name without judged images."""
        number = self._number_of.get(same_name(wanted))
        if number is None:
            return {}
        row = self._asking.row((wanted, number), _EVERY_VALUE)
        return {same_name(each.setting): each for each in row.parameter.ranked}


class _Asking:
    """One question: the jobs that its filter leaves, and what the library as a whole says of the parameter."""

    def __init__(self, snapshot: Snapshot, rows: Side, by: By, where: str) -> None:
        terms = filters.parse(where)
        mask, self.notes = match_filter(snapshot, terms)
        self.where = filters.canonical(terms)
        self._snapshot, self._rows, self._by = snapshot, rows, by
        self._jobs = np.flatnonzero(mask)
        self.outcome, self._judged = _judged(snapshot, self._jobs)
        self._usual = background(snapshot, self.outcome, [by])
        self._overall = None if terms else Overall(snapshot, self._usual, USUAL)
        self.names = _names(snapshot, rows, self._judged, self.outcome)

    def named(self, wanted: str) -> Named:
        """Return the name that is meant."""
        key = same_name(wanted)
        if self._rows == "keyword":
            key = " ".join(words(wanted))
        for each in self.names:
            if same_name(each[0]) == key:
                return each
        near = difflib.get_close_matches(key, [same_name(text) for text, _ in self.names], 3, 0.4)
        raise UnknownValue(self._rows, wanted, [text for text, _ in self.names if same_name(text) in near])

    def row(self, chosen: Named, values: int) -> PairRow:
        """Return the values of the parameter among the images that have a name."""
        text, number = chosen
        snapshot = self._snapshot
        evidence = Evidence(snapshot, self._having(number), (*USUAL, self._by), self.outcome)
        comparer = Comparer(snapshot, Breakdown(snapshot, evidence), self._usual, of_subject=True)
        beside = Beside(text, self._overall) if self._overall is not None else None
        (parameter,) = weigh(comparer, evidence, [self._by], values, beside)
        return PairRow(name=text, images=evidence.total, prompts=evidence.prompts, parameter=parameter)

    def _having(self, number: int) -> Column:
        """Return the jobs that have a name, ascending."""
        if self._rows == "checkpoint":
            found: Column = self._jobs[self._snapshot.column("checkpoint")[self._jobs] == number]
            return found
        starts, flat = self._snapshot.prompt_words()
        prompts = np.searchsorted(starts, np.flatnonzero(flat == number), "right") - 1
        having: Column = self._jobs[is_among(self._snapshot.column("prompt")[self._jobs].astype(np.int64), prompts)]
        return having


def _judged(snapshot: Snapshot, jobs: Column) -> tuple[Outcome, Column]:
    """Return the kind of judgement that counts, and those of some jobs that have it."""
    picked, rated = (_images(snapshot, jobs, kind) for kind in ("selected", "rated_4_or_5"))
    outcome = outcome_with_more(int(picked.sum()), int(rated.sum()))
    return outcome, jobs[(picked if outcome == "selected" else rated) > 0]


def _images(snapshot: Snapshot, jobs: Column, outcome: str) -> Column:
    names = ("selected", "rejected") if outcome == "selected" else ("rated",)
    found: Column = np.sum([snapshot.column(each)[jobs].astype(np.int64) for each in names], axis=0)
    return found


def _names(snapshot: Snapshot, rows: Side, judged: Column, outcome: Outcome) -> list[Named]:
    """Return topic words or checkpoints with their numbers, those of the most judged images first."""
    images = _images(snapshot, judged, outcome)
    if rows == "checkpoint":
        counts = np.bincount(snapshot.column("checkpoint")[judged], images)
        counts[:1] = 0
        numbers = np.flatnonzero(counts)
        named = list(zip(snapshot.names("checkpoint", numbers), numbers.tolist(), strict=True))
    else:
        starts, flat = snapshot.prompt_words()
        of_prompt = np.bincount(snapshot.column("prompt")[judged], images, len(starts) - 1)
        counts = np.bincount(flat, np.repeat(of_prompt, np.diff(starts)))
        texts = snapshot.word_texts()
        used = {texts[number]: number for number in np.flatnonzero(counts).tolist()}
        named = [(text, used[text]) for text in topic_words(used)]
    return sorted(named, key=lambda each: (-counts[each[1]], each[0]))


def _summary(rows: Side, by: By, found: list[PairRow]) -> str:
    if not found:
        return f"No evidence: no judged image has a known {rows}."
    own = [each for each in found if each.parameter.status in ("clear_leader", "likely_leader")]
    told = "; ".join(f"{name(each.name)}: {name(each.parameter.ranked[0].setting)}" for each in own)
    if own:
        return f"Of {count(len(found), rows)}, {len(own)} with a {by} that leads: {told}."
    overall = next((each for each in found if each.parameter.status == "overall_leader"), None)
    if overall is not None:
        best = name(overall.parameter.ranked[0].setting)
        return f"No {rows} of the {len(found)} looked at makes a detectable difference to {by}; over all, {best} leads."
    return f"For none of {count(len(found), rows)} a {by} leads."


def _notes(found: list[PairRow]) -> list[str]:
    if not found:
        return []
    notes = ["Observed, not tested: settings that go with good images need not be the reason for them."]
    if len(found) > 1:
        notes.append("Many pairs were looked at: only a strong lead is sure to be none of chance.")
    return notes
