"""Widening a subject by terms that mean nearly the same, facet by facet, each shown and counted apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.matching.selection import FoundTerm, Matches


@dataclass(frozen=True, slots=True)
class Related:
    """A term that is near in meaning, but not counted."""

    term: str
    similarity: float
    prompts: int


@dataclass(frozen=True, slots=True, eq=False)
class Widening:
    """What widens a subject: terms that count, those that are only related, and all prompts that then match."""

    terms: list[FoundTerm] = field(default_factory=list)
    related: list[Related] = field(default_factory=list)
    prompts: Column = field(default_factory=lambda: np.zeros(0, np.int64))
    notes: list[str] = field(default_factory=list)


NOT_WIDENED = Widening()


def widen(snapshot: Snapshot, found: Matches, exclude: Sequence[str]) -> Widening:
    """Return the widening of a subject."""
    return NOT_WIDENED
