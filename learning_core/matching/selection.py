"""The jobs that a subject, exclusions and a filter select, and what each alternative of the subject brought."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from msgspec import Struct

from learning_core.errors import Unreadable
from learning_core.index.columns import Column, is_among
from learning_core.index.filtering import select
from learning_core.index.snapshot import Snapshot
from learning_core.matching.aliases import Aliases, aliases_in
from learning_core.text.filters import Term
from learning_core.text.keywords import Stated, Subject, is_phrase, parse_excluded, words

How = Literal["given", "alias", "semantic"]


class FoundTerm(Struct, frozen=True, eq=False):
    """A term that prompts were found by.

    `phrase` prompts hold it within one tag, `words` hold all its words anywhere; `prompts` are the numbers of those
    that count, ascending. `similarity` is that of a semantic term to the alternative it widens.
    """

    term: str
    how: How
    phrase: int
    words: int
    prompts: Column
    similarity: float | None = None


class Matches(Struct, frozen=True, eq=False):
    """What a question selects.

    `rows` are the sorted row numbers of the jobs found by what was stated, `facets` the terms that stand for each
    facet, `unwanted` the numbers of the prompts left out, None where nothing is excluded. `notes` tell which names of
    the filter matched several values.
    """

    rows: Column
    facets: tuple[tuple[FoundTerm, ...], ...]
    unwanted: Column | None
    notes: list[str]

    @property
    def terms(self) -> list[FoundTerm]:
        """All terms, facet by facet."""
        return [each for facet in self.facets for each in facet]


def match(
    snapshot: Snapshot,
    subject: Subject,
    terms: tuple[Term, ...],
    *,
    how: Stated = "words",
    exclude: Sequence[str] = (),
) -> Matches:
    """Return the jobs whose prompt holds, of every facet, at least one alternative, and that the filter selects.

    Prompts that hold one of `exclude` are left out. Takes time by the number of prompts that match, not by the size
    of the library. Raises UnknownValue with the nearest names when a name of the filter matches nothing, and what
    `parse_excluded` raises.
    """
    notes: list[str] = []
    unwanted = excluded_prompts(snapshot, exclude, how)
    if not subject:
        rows = select(snapshot, None, terms, notes)
        return Matches(rows if unwanted is None else _without(snapshot, rows, unwanted), (), unwanted, notes)
    known = _aliases(snapshot, notes) if how == "words" else None
    facets = tuple(tuple(_facet(snapshot, facet, how, known)) for facet in subject)
    if known is not None and any(each.how == "alias" for facet in facets for each in facet):
        notes.append(f"Aliases are those of {known.name} (sha256 {known.sha256[:12]}).")
    return Matches(select(snapshot, all_facets(facets, unwanted), terms, notes), facets, unwanted, notes)


def found(snapshot: Snapshot, alternative: str, how: Stated) -> FoundTerm:
    """Return what an alternative finds on its own."""
    by_words = snapshot.prompts_with(alternative, phrase=False)
    # A phrase of one word is that word.
    phrase = by_words if len(words(alternative)) == 1 else snapshot.prompts_with(alternative, phrase=True)
    return FoundTerm(alternative, "given", len(phrase), len(by_words), phrase if how == "exact" else by_words)


def _facet(snapshot: Snapshot, facet: Sequence[str], how: Stated, known: Aliases | None) -> list[FoundTerm]:
    """Return what the alternatives of a facet find, then what their aliases find that are in any prompt."""
    given = [found(snapshot, alternative, how) for alternative in facet]
    if known is None:
        return given
    stated = {tuple(words(alternative)) for alternative in facet}
    other = [each for alternative in facet if not is_phrase(alternative) for each in known.of(alternative)]
    by_alias = (as_phrase(snapshot, each, "alias") for each in dict.fromkeys(other) if tuple(words(each)) not in stated)
    return [*given, *(each for each in by_alias if each.phrase)]


def as_phrase(snapshot: Snapshot, term: str, how: How, similarity: float | None = None) -> FoundTerm:
    """Return what a term finds that counts only within one tag."""
    phrase = snapshot.prompts_with(term, phrase=True)
    by_words = phrase if len(words(term)) == 1 else snapshot.prompts_with(term, phrase=False)
    return FoundTerm(term, how, len(phrase), len(by_words), phrase, similarity)


def _aliases(snapshot: Snapshot, notes: list[str]) -> Aliases | None:
    """Return the person's aliases; a list that cannot be read costs only itself."""
    if snapshot.matching is None or snapshot.matching.aliases is None:
        return None
    try:
        return aliases_in(snapshot.matching.aliases)
    except Unreadable as error:
        notes.append(f"The list of tag aliases cannot be used, so none counts: {error}.")
        return None


def excluded_prompts(snapshot: Snapshot, exclude: Sequence[str], how: Stated) -> Column | None:
    """Return the numbers of the prompts that hold one of these, ascending; None where nothing is excluded."""
    unwanted = [found(snapshot, each, how).prompts for each in parse_excluded(exclude)]
    return _union(unwanted) if unwanted else None


def all_facets(facets: Sequence[Sequence[FoundTerm]], unwanted: Column | None) -> Column:
    """Return the numbers of the prompts that hold a term of every facet and are not unwanted, ascending."""
    chosen = _union([each.prompts for each in facets[0]])
    for facet in facets[1:]:
        chosen = np.intersect1d(chosen, _union([each.prompts for each in facet]), assume_unique=True)
    return chosen if unwanted is None else np.setdiff1d(chosen, unwanted, assume_unique=True)


def records_of(snapshot: Snapshot, of_jobs: Column, prompts: Column) -> int:
    """Return how many of some jobs, given by the numbers of their prompts, have one of the prompts."""
    has_one = np.zeros(snapshot.prompts + 1, bool)
    has_one[prompts] = True
    return int(np.count_nonzero(has_one[of_jobs]))


def _union(found: Sequence[Column]) -> Column:
    return found[0] if len(found) == 1 else np.unique(np.concatenate(found))


def _without(snapshot: Snapshot, rows: Column, prompts: Column) -> Column:
    return rows[~is_among(snapshot.column("prompt")[rows], prompts)]
