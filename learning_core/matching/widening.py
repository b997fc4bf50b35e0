"""Widening a subject by terms that mean nearly the same: facet by facet, each term shown, and all of it counted apart.

What was stated is never changed by it. A library without term vectors is answered without them, and the answer says so.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct, field

from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.matching.selection import FoundTerm, Matches

STATIC_TABLE, STATIC_VECTORS, MODEL_VECTORS = "static-table", "static-vectors", "model-vectors"
"""Folders: of the table and of the vectors that a model gave, in the inputs; of the table's vectors, in the cache."""


class Related(Struct, frozen=True):
    """A term that is near in meaning, but not counted."""

    term: str
    similarity: float
    prompts: int


class Widening(Struct, frozen=True, eq=False):
    """What widens a subject: terms that count, those that are only related, and all prompts that then match."""

    terms: list[FoundTerm] = field(default_factory=list)
    related: list[Related] = field(default_factory=list)
    prompts: Column = field(default_factory=lambda: np.zeros(0, np.int64))
    notes: list[str] = field(default_factory=list)


NOT_WIDENED = Widening()


def widen(snapshot: Snapshot, found: Matches, exclude: Sequence[str]) -> Widening:
    """Return what widens the facets of a subject, each by the first of its alternatives.

    Terms with a word of `exclude` are no candidates. Nothing is read but files on this disk; without usable term
    vectors the widening is empty and its notes say why.
    """
    if not found.facets:
        return NOT_WIDENED
    # Imported here: only questions that are widened pay for what reads term vectors.
    from learning_core.matching.near_terms import widened_facets

    return widened_facets(snapshot, found, exclude)
