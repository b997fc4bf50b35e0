"""The context of a question: what an image should have in common with those to be made, beyond what a filter selects.

A filter leaves records out. A context prefers: records of the same refinement speak for themselves, all others only
through what the library as a whole expects; and records that say the opposite about people weigh less. Only a motion
module that did not act makes an image one of another kind.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import Outcome
from learning_core.errors import BadFilter
from learning_core.index.columns import PEOPLE, Column
from learning_core.index.filtering import among, selected_by
from learning_core.index.snapshot import Snapshot
from learning_core.text import filters
from learning_core.text.filters import Term
from learning_core.text.names import same_name
from learning_core.text.wording import count, listed

FIELDS = ("refinement", "motion", "people")
ANY, MIXED = "any", "mixed"


class InContext(Struct, frozen=True, eq=False):
    """What a context leaves of the rows of a question: `rows`, and of these a mask of those that say the opposite.

    `is_own` tells that only records of the context are left, so that they stand like a subject of their own.
    """

    rows: Column
    opposite: Column | None
    is_own: bool
    notes: list[str]


def parse_context(text: str) -> tuple[Term, ...]:
    """Return the terms of a context, in the grammar of a filter; raises BadFilter for any other field, or a `-`."""
    terms = filters.parse(text)
    for term in terms:
        if term.field not in FIELDS or term.negated:
            raise BadFilter(
                f"{filters.canonical((term,))!r} is no part of a context: it is made of {', '.join(FIELDS)}, "
                "as in 'refinement:gentle people:yes'; a filter takes everything else."
            )
    return terms


def parted(terms: tuple[Term, ...]) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """Return the terms of a context that hold as a filter does, and those that only prefer."""
    return tuple(term for term in terms if term.field == "motion"), tuple(
        term for term in terms if term.field != "motion"
    )


def arms_in_context(
    snapshot: Snapshot, arms: tuple[Column, Column], terms: tuple[Term, ...]
) -> tuple[tuple[Column, Column], list[str]]:
    """Return what a context leaves of the row numbers of two arms, and notes; raises UnknownValue.

    Between two arms no library speaks for what lies outside: records of another refinement, and those that say the
    opposite about people, are left out as long as either arm keeps a judged image.
    """
    notes: list[str] = []
    strict, preferred = parted(terms)
    if strict:
        before, arms = arms, _both(arms, lambda rows: selected_by(snapshot, strict, rows, notes))
        left_out = sum(map(len, before)) - sum(map(len, arms))
        notes += [f"{count(left_out, 'record')} of another motion status left out."] if left_out else []
    for term in preferred:
        kept = _both(arms, partial(_preferred, snapshot, term, notes))
        lacking = [arm for arm, rows in zip("AB", kept, strict=True) if not _judged(snapshot, rows).any()]
        if lacking:
            text = filters.canonical((term,))
            notes.append(f"{listed(lacking)} without a judged image of {text}: all of both are looked at instead.")
            continue
        left_out = sum(map(len, arms)) - sum(map(len, kept))
        text = filters.canonical((term,))
        notes += [f"{count(left_out, 'record')} outside of the context {text} left out."] if left_out else []
        arms = kept
    return arms, list(dict.fromkeys(notes))


def _both(arms: tuple[Column, Column], chosen: Callable[[Column], Column]) -> tuple[Column, Column]:
    a, b = arms
    return a[chosen(a)], b[chosen(b)]


def _preferred(snapshot: Snapshot, term: Term, notes: list[str], rows: Column) -> Column:
    if term.field == "refinement":
        return selected_by(snapshot, (term,), rows, notes)
    return ~_says_otherwise(snapshot, rows, (term,))


def in_context(snapshot: Snapshot, rows: Column, terms: tuple[Term, ...]) -> InContext:
    """Apply a context to the row numbers of a question; raises UnknownValue for a name that the library lacks."""
    notes: list[str] = []
    strict = tuple(term for term in terms if term.field == "motion")
    if strict:
        rows = _left(snapshot, rows, strict, notes, "of another motion status left out")
    preferred = tuple(term for term in terms if term.field == "refinement")
    is_own = False
    if preferred:
        inside = selected_by(snapshot, preferred, rows, notes)
        is_own = bool(_judged(snapshot, rows[inside]).any())
        if is_own:
            notes.append(f"{count(int((~inside).sum()), 'record')} of another refinement count only as all others do.")
            rows = rows[inside]
        else:
            notes.append(f"No judged image is of {filters.canonical(preferred)}: all are looked at instead.")
    return InContext(rows, _opposite(snapshot, rows, terms, notes), is_own, notes)


def _left(snapshot: Snapshot, rows: Column, terms: tuple[Term, ...], notes: list[str], why: str) -> Column:
    inside = selected_by(snapshot, terms, rows, notes)
    if not inside.all():
        notes.append(f"{count(int((~inside).sum()), 'record')} {why}.")
    found: Column = rows[inside]
    return found


def _opposite(snapshot: Snapshot, rows: Column, terms: tuple[Term, ...], notes: list[str]) -> Column | None:
    if not any(term.field == "people" for term in terms):
        return None
    opposite = _says_otherwise(snapshot, rows, terms)
    if not opposite.any():
        return None
    notes.append(f"{count(int(opposite.sum()), 'record')} said to be otherwise (people) weigh half.")
    return opposite


def _says_otherwise(snapshot: Snapshot, rows: Column, terms: tuple[Term, ...]) -> Column:
    """Return which rows say the opposite about people; those that say nothing do not."""
    wanted = {PEOPLE.index(name.casefold()) for term in terms if term.field == "people" for name in term.names}
    return among(snapshot.column("people")[rows], set(range(1, len(PEOPLE))) - wanted)


def _judged(snapshot: Snapshot, rows: Column) -> Column:
    found: Column = np.logical_or.reduce(
        [snapshot.column(name)[rows] > 0 for name in ("rated", "selected", "rejected")]
    )
    return found


def context_key(stages: list[str], subject: Sequence[Sequence[str]], where: str, context: str, outcome: Outcome) -> str:
    """Return a key that says to what the evidence of an answer belongs: stage, subject, filter, context, outcome.

    Parts are joined by `|`; the stage is that of all judged images, `mixed` for several, `any` where it is unknown.
    """
    stage = stages[0] if len(stages) == 1 else MIXED if stages else ANY
    topic = "+".join("/".join(map(same_name, facet)) for facet in subject)
    return "|".join((stage, topic, where, context, outcome))
