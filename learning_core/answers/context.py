"""The context of a question: what an image should have in common with those to be made, beyond what a filter selects.

A filter leaves records out. A context prefers: records of the same refinement speak for themselves, all others only
through what the library as a whole expects; and records that say the opposite about people weigh less. Only a motion
module that did not act makes an image one of another kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learning_core.answers.answer import Outcome
from learning_core.errors import BadFilter
from learning_core.index.columns import PEOPLE, Column
from learning_core.index.filtering import among, selected_by
from learning_core.index.snapshot import Snapshot
from learning_core.text import filters
from learning_core.text.filters import Term
from learning_core.text.names import same_name
from learning_core.text.wording import count

FIELDS = ("refinement", "motion", "people")
ANY, MIXED = "any", "mixed"


@dataclass(frozen=True, slots=True, eq=False)
class InContext:
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
    wanted = {PEOPLE.index(name.casefold()) for term in terms if term.field == "people" for name in term.names}
    if not wanted:
        return None
    opposite = among(snapshot.column("people")[rows], set(range(1, len(PEOPLE))) - wanted)
    if not opposite.any():
        return None
    notes.append(f"{count(int(opposite.sum()), 'record')} said to be otherwise (people) weigh half.")
    return opposite


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
