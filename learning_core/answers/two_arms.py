"""Two arms of a comparison: the jobs that two filters select, and the judged ones in an order that no log decides."""

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import MatchedTerm, Outcome
from learning_core.answers.context import arms_in_context
from learning_core.answers.made_images import images_of
from learning_core.answers.matched_terms import matched_terms
from learning_core.answers.outcome import outcome_with_more
from learning_core.answers.passed_over import passed_over
from learning_core.errors import BadFilter
from learning_core.index.columns import EVIDENCE_CLASSES, Column
from learning_core.index.snapshot import Snapshot
from learning_core.matching.selection import match
from learning_core.stats.stratified import Rows
from learning_core.text import filters
from learning_core.text.filters import Term
from learning_core.text.keywords import Stated, Subject

_BEGINNING = 8192
_PREFERENCE = EVIDENCE_CLASSES.index("preference")


class Question(Struct, frozen=True):
    """What is compared with what, for which prompts, under which filter."""

    a: tuple[Term, ...]
    b: tuple[Term, ...]
    facets: Subject
    where: tuple[Term, ...]
    match: Stated = "words"
    exclude: tuple[str, ...] = ()
    context: tuple[Term, ...] = ()

    @property
    def fields(self) -> set[str]:
        """The fields by which the arms are told apart; empty text stands for words of the prompt."""
        return {term.field for term in (*self.a, *self.b)}


class Arms(Struct, frozen=True, eq=False):
    """Row numbers of the jobs of A (0) and B (1), and what was left out.

    `shared` jobs are in both arms, `preferences` are comparisons of whole models, which speak of nothing else.
    `same` tells that both filters select exactly the same jobs, `terms` what the subject's alternatives brought.
    """

    jobs: tuple[Column, Column]
    shared: int
    preferences: int
    same: bool
    terms: list[MatchedTerm]
    notes: list[str]

    def empty(self) -> str:
        """Return which arm has no job, "both", or nothing."""
        none = [not len(rows) for rows in self.jobs]
        return "both" if all(none) else "A" if none[0] else "B" if none[1] else ""


def parse_arm(text: str, arm: str) -> tuple[Term, ...]:
    """Return the terms of an arm's filter; raises BadFilter, also for an empty one."""
    terms = filters.parse(text)
    if not terms:
        raise BadFilter(f'{arm} has no filter. Say what to compare, as in sampler:"Euler a" or steps:20..25.')
    return terms


def arms(snapshot: Snapshot, question: Question) -> Arms:
    """Return the jobs that each filter selects, less those that both do; raises UnknownValue as `match` does."""
    both = [
        match(snapshot, question.facets, (*question.where, *terms), how=question.match, exclude=question.exclude)
        for terms in (question.a, question.b)
    ]
    inside = np.zeros(snapshot.jobs, np.uint8)
    inside[both[0].rows] = 1
    inside[both[1].rows] += 1
    jobs = [found.rows[inside[found.rows] == 1] for found in both]
    shared = len(both[0].rows) - len(jobs[0])
    preferences = 0
    if question.fields != {"checkpoint"}:
        for arm in (0, 1):
            kept = snapshot.column("evidence")[jobs[arm]] != _PREFERENCE
            preferences += len(kept) - int(np.count_nonzero(kept))
            jobs[arm] = jobs[arm][kept]
    same = shared > 0 and not len(jobs[0]) and not len(jobs[1])
    of_context, told = arms_in_context(snapshot, (jobs[0], jobs[1]), question.context)
    brought = matched_terms(snapshot, both[0].terms, snapshot.column("prompt")[inside > 0])
    notes = list(dict.fromkeys((*both[0].notes, *both[1].notes, *told)))
    return Arms(of_context, shared, preferences, same, brought, notes)


class Sums(Struct, frozen=True, eq=False):
    """All jobs of one arm: how many, the images without a judgement of a kind, and the sums of their judgements.

    `passed` images were passed over, which is a judgement beside a selected one of their batch.
    """

    jobs: int
    unjudged: dict[Outcome, int]
    rated: int
    stars: int
    squares: int
    liked: int
    selected: int
    rejected: int
    passed: int

    def images(self, outcome: Outcome) -> int:
        """Return how many images have this kind of judgement."""
        return self.selected + self.rejected + self.passed if outcome == "selected" else self.rated

    def good(self, outcome: Outcome) -> int:
        """Return how many of them came out well."""
        return self.selected if outcome == "selected" else self.liked


def sums(snapshot: Snapshot, rows: Column) -> Sums:
    """Return the sums of the judgements of some jobs."""
    rated, stars, squares, liked, selected, rejected = (
        snapshot.column(name)[rows]
        for name in ("rated", "rating_sum", "rating_squares", "liked", "selected", "rejected")
    )
    passed = int(passed_over(snapshot, rows).sum())
    without: dict[Outcome, int] = {
        "selected": int((images_of(snapshot, rows, "selected") - selected - rejected).sum()) - passed,
        "rated_4_or_5": int((images_of(snapshot, rows, "rated_4_or_5") - rated).sum()),
    }
    totals = [int(each.sum(dtype=np.int64)) for each in (rated, stars, squares, liked, selected, rejected)]
    return Sums(len(rows), without, *(*totals, passed))


def outcome_of(both: tuple[Sums, Sums]) -> Outcome:
    """Return the kind of judgement that more images of both arms have; those passed over have none of their own."""
    return outcome_with_more(sum(arm.selected + arm.rejected for arm in both), sum(arm.rated for arm in both))


class JudgedRows(Struct, frozen=True, eq=False):
    """The jobs with a judgement of one kind, `outcome`: their row numbers in the index, and `rows` for the statistics.

    Sorted by the jobs' keys; prompts are numbered in the order in which they come. Unknown prompts may all be the
    same, so those of one experiment are one.
    """

    ordinals: Column
    rows: Rows
    outcome: Outcome


def judged_rows(snapshot: Snapshot, jobs: tuple[Column, Column], outcome: Outcome) -> JudgedRows:
    """Return the jobs of both arms with a judgement of this kind."""
    ordinals = np.concatenate(jobs)
    images = _images(snapshot, ordinals, outcome)
    judged = np.flatnonzero(images)
    keys = snapshot.column("key")[ordinals[judged]]
    judged = judged[np.argsort(keys)]
    ordinals, n = ordinals[judged], images[judged].astype(np.int64)
    good = snapshot.column("selected" if outcome == "selected" else "liked")[ordinals].astype(np.int64)
    arm = (judged >= len(jobs[0])).astype(np.int64)
    return JudgedRows(ordinals, Rows(arm, _prompts(snapshot, ordinals), n, good), outcome)


def _images(snapshot: Snapshot, rows: Column, outcome: Outcome) -> Column:
    if outcome == "rated_4_or_5":
        return snapshot.column("rated")[rows]
    judged = snapshot.column("selected")[rows].astype(np.uint32) + snapshot.column("rejected")[rows]
    found: Column = judged + passed_over(snapshot, rows)
    return found


def _prompts(snapshot: Snapshot, rows: Column) -> Column:
    prompt = snapshot.column("prompt")[rows].astype(np.int64)
    unknown = prompt == 0
    if unknown.any():
        experiment = snapshot.column("experiment")[rows].astype(np.int64)
        prompt = np.where(unknown, int(prompt.max(initial=0)) + 1 + experiment, prompt)
    return numbered(prompt)


def numbered(codes: Column) -> Column:
    """Return codes (0 or more) numbered in the order in which they first come."""
    span = int(codes.max(initial=-1)) + 1
    looked = codes
    if span <= _BEGINNING < len(codes):
        # Few codes mostly all come early; then only the beginning needs to be looked at.
        often, early = (np.bincount(each, minlength=span) > 0 for each in (codes, codes[:_BEGINNING]))
        looked = codes[:_BEGINNING] if np.array_equal(often, early) else codes
    first = np.zeros(span, np.int64)
    first[looked[::-1]] = np.arange(len(looked))[::-1]
    is_first = np.zeros(len(looked), np.int64)
    is_first[first[looked]] = 1
    number = np.cumsum(is_first) - 1
    found: Column = number[first][codes] if span else np.zeros(0, np.int64)
    return found
