"""The terms near each facet of a subject, looked up in the library's static table and term vectors."""

from collections.abc import Sequence

from msgspec import Struct

from learning_core.errors import TermsUnusable
from learning_core.index.columns import Column
from learning_core.index.matching_files import MatchingFiles
from learning_core.index.snapshot import Snapshot
from learning_core.matching.expansion import RELATED_BAND, RULES, Neighbour, holds_attribute, neighbours
from learning_core.matching.selection import FoundTerm, Matches, all_facets, as_phrase
from learning_core.matching.static_table import StaticTable, read_table
from learning_core.matching.term_counts import LONGEST_TAG_WORDS
from learning_core.matching.term_vectors import TermVectors, read_vectors
from learning_core.matching.widening import MODEL_VECTORS, STATIC_TABLE, STATIC_VECTORS, Related, Widening
from learning_core.matching.wordpiece import surface
from learning_core.text.keywords import is_phrase, words

MOST_RELATED = 12
_MAKE = "`whatworks embed --distil MODEL_FOLDER` makes them"


def widened_facets(snapshot: Snapshot, found: Matches, exclude: Sequence[str]) -> Widening:
    """Return what widens the facets of a subject; see `widening.widen`."""
    sources, notes = _sources(snapshot)
    if sources is None:
        return Widening(notes=notes)
    unwanted = {word for each in exclude for word in words(each)}
    facets: list[tuple[FoundTerm, ...]] = []
    counted: list[FoundTerm] = []
    related: list[Related] = []
    for facet in found.facets:
        asked = sources.asked(facet, notes)
        terms, near = _facet(snapshot, facet, asked, unwanted) if asked else ([], [])
        facets.append((*facet, *terms))
        counted += terms
        related += near
    related.sort(key=lambda each: (-each.similarity, -each.prompts, each.term))
    return Widening(counted, related[:MOST_RELATED], all_facets(facets, found.unwanted), notes)


class _Asked(Struct, frozen=True, eq=False):
    """The vector of a facet's own word, and the terms to compare it with."""

    vector: Column
    vectors: TermVectors


class _Sources(Struct, frozen=True, eq=False):
    """What there is to ask: a table that knows any word, its term vectors, and those of a model."""

    table: StaticTable | None
    static: TermVectors | None
    model: TermVectors | None

    def asked(self, facet: Sequence[FoundTerm], notes: list[str]) -> _Asked | None:
        """Return with what a facet is widened, None where it is not, with a note where that may surprise."""
        own = facet[0].term
        folded = words(own)
        if is_phrase(own):
            return None
        if any(holds_attribute(words(each.term)) for each in facet):
            notes.append(f'"{own}" is not widened: words for colour, number, size or place have no synonyms.')
            return None
        if len(folded) > LONGEST_TAG_WORDS:
            notes.append(f'"{own}" is not widened: it has more than {LONGEST_TAG_WORDS} words.')
            return None
        if self.model is not None:
            row = self.model.row(" ".join(folded))
            if row is not None:
                return _Asked(self.model.vectors[row], self.model)
        return self._by_table(own, folded, notes)

    def _by_table(self, own: str, folded: Sequence[str], notes: list[str]) -> _Asked | None:
        if self.table is None or self.static is None:
            notes.append(f'"{own}" is not widened: too few prompts hold it to have a vector.')
            return None
        vector = self.table.vectors([surface(folded, self.table.vocabulary)])[0]
        if not vector.any():
            notes.append(f'"{own}" is not widened: the static table knows no part of it.')
            return None
        if self.model is not None:
            notes.append(f'"{own}" has no vector of the model, so the static table widens it.')
        return _Asked(vector, self.static)


def _facet(
    snapshot: Snapshot, facet: Sequence[FoundTerm], asked: _Asked, unwanted: set[str]
) -> tuple[list[FoundTerm], list[Related]]:
    """Return the terms that count for a facet, and those that are only related."""
    rule = RULES[asked.vectors.origin.backend]
    stated = [words(each.term) for each in facet]
    counted: list[FoundTerm] = []
    related: list[Related] = []
    least = round(rule.threshold - RELATED_BAND, 4)
    for each in neighbours(asked.vectors, asked.vector, least, stated, unwanted):
        if each.similarity >= rule.threshold and len(counted) < rule.most and not each.looks_alike:
            found = as_phrase(snapshot, each.term, "semantic", each.similarity)
            if found.phrase:
                counted.append(found)
        elif len(related) < MOST_RELATED:
            related += _related(snapshot, each)
        else:
            break
    return counted, related


def _related(snapshot: Snapshot, near: Neighbour) -> list[Related]:
    prompts = len(snapshot.prompts_with(near.term, phrase=True))
    return [Related(near.term, near.similarity, prompts)] if prompts else []


def _sources(snapshot: Snapshot) -> tuple[_Sources | None, list[str]]:
    """Return what there is to widen with, and notes on what it is, or on why there is nothing."""
    files = snapshot.matching
    notes: list[str] = []
    if files is None:
        return None, [f"Not widened: there are no term vectors; {_MAKE}."]
    table, static = _static(files, notes)
    model = _vectors(files, notes)
    used = model or static
    if used is None:
        return None, notes or [f"Not widened: there are no term vectors; {_MAKE}."]
    origin = used.origin
    what = "the static table of" if origin.backend == "static" else "the vectors of"
    known = "" if origin.is_measured else ", for which the thresholds were not measured"
    notes.append(f"Near terms are those of {what} {origin.model} ({origin.sha256[:12]}){known}.")
    if used.counted != snapshot.prompts:
        notes.append(
            f"The term vectors rest on {used.counted:,} of {snapshot.prompts:,} prompts; `whatworks embed` brings them "
            "level."
        )
    return _Sources(table, static, model), notes


def _static(files: MatchingFiles, notes: list[str]) -> tuple[StaticTable | None, TermVectors | None]:
    """Return the table and its term vectors, both or none."""
    try:
        table = read_table(files.inputs / STATIC_TABLE)
        if table is None:
            return None, None
        static = read_vectors(files.cache / STATIC_VECTORS)
        if static is None:
            notes.append("The static table has no term vectors yet; `whatworks embed` makes them.")
        elif static.origin.sha256 != table.sha256 or static.vectors.shape[1] != table.rows.shape[1]:
            notes.append("The term vectors are those of another static table; `whatworks embed` makes them anew.")
            static = None
    except TermsUnusable as error:
        notes.append(f"The static table is not used: {error}.")
        return None, None
    return (None, None) if static is None else (table, static)


def _vectors(files: MatchingFiles, notes: list[str]) -> TermVectors | None:
    try:
        return read_vectors(files.inputs / MODEL_VECTORS)
    except TermsUnusable as error:
        notes.append(f"The model's term vectors are not used: {error}.")
        return None
