"""The vectors of a library's terms, one set a back end: a set is whole and of one source, or it is not used."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import orjson
from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from learning_core.errors import TermsUnusable
from learning_core.index.columns import Column
from learning_core.matching.file_set import AGAIN, array_bytes, array_of, manifest_of, read_set, write_set
from learning_core.matching.quantised import square_sums
from learning_core.matching.term_counts import Counts
from learning_core.matching.wordpiece import Vocabulary, surface

KIND = "term vectors"
METHOD = 1
"""Raise it whenever another term, or another spelling of one, goes into a vector: sets are then made anew."""

_VECTORS, _TERMS = "term_vectors.npy", "terms.json"

Backend = Literal["static", "sentence-transformers"]
Count = Annotated[int, Field(ge=0, lt=2**63)]
Encode = Callable[[Sequence[str]], Column]
Progress = Callable[[int, int], None]


class _Said(BaseModel):
    """What the manifest of a set says besides its kind and files."""

    model_config = ConfigDict(strict=True)

    backend: Backend
    source_sha256: str
    model: str
    measured: bool
    dimension: Count
    counted: Count


class _Listed(BaseModel):
    """The terms of a set, column by column."""

    model_config = ConfigDict(strict=True)

    terms: list[str]
    written: list[str]
    whole: list[bool]
    prompts: list[Count]


class Origin(Struct, frozen=True):
    """What vectors were made by: `sha256` of the static table or of the model's weights, and the model's folder."""

    backend: Backend
    sha256: str
    model: str
    is_measured: bool


class TermVectors(Struct, frozen=True, eq=False):
    """Folded terms in the order of their names, how each is usually written, in how many prompts, and its vector.

    `whole` tells which terms are made of words that the vocabulary knows as they are. `counted` is the number of
    prompts that the counts rest on, `squares` are the square sums of the vectors.
    """

    origin: Origin
    counted: int
    terms: list[str]
    written: list[str]
    whole: list[bool]
    prompts: Column
    vectors: Column
    squares: Column

    def row(self, folded: str) -> int | None:
        """Return the row of a term, None where it has none."""
        place = bisect_left(self.terms, folded)
        return place if place < len(self.terms) and self.terms[place] == folded else None


def read_vectors(folder: Path) -> TermVectors | None:
    """Return the set in a folder, kept in memory while it does not change, None where there is none.

    Raises TermsUnusable for one that is torn, damaged or of another version.
    """
    manifest = manifest_of(folder)
    return None if manifest is None else _read(folder, manifest)


@lru_cache(maxsize=2)
def _read(folder: Path, manifest: bytes) -> TermVectors:
    about, files = read_set(folder, manifest, KIND)
    if about.get("method") != METHOD or set(files) != {_VECTORS, _TERMS}:
        raise TermsUnusable(_VECTORS, "another version of whatworks made it", AGAIN)
    vectors = array_of(_VECTORS, files[_VECTORS], np.int8, 2)
    try:
        said, listed = _Said.model_validate(about), _Listed.model_validate_json(files[_TERMS])
    except ValueError as error:
        raise TermsUnusable(_TERMS, "it is damaged", AGAIN) from error
    lengths = {len(listed.terms), len(listed.written), len(listed.whole), len(listed.prompts), len(vectors)}
    if len(lengths) > 1 or vectors.shape[1] != said.dimension or listed.terms != sorted(listed.terms):
        raise TermsUnusable(_VECTORS, "its terms and vectors do not fit together", AGAIN)
    origin = Origin(said.backend, said.source_sha256, said.model, said.measured)
    prompts = np.array(listed.prompts, np.int64)
    return TermVectors(
        origin, said.counted, listed.terms, listed.written, listed.whole, prompts, vectors, square_sums(vectors)
    )


def embed_terms(
    folder: Path,
    origin: Origin,
    counts: Counts,
    counted: int,
    *,
    encode: Encode,
    vocabulary: Vocabulary,
    at_once: int,
    progress: Progress | None = None,
) -> int:
    """Bring the set in a folder level with the counts and return how many terms were new to it.

    Only new terms are encoded; after each `at_once` of them the set is written, so that a killed run loses no more.
    Raises TargetRefused when the folder refuses.
    """
    known = _usable(folder, origin)
    rows = {} if known is None else {term: known.vectors[row] for row, term in enumerate(known.terms)}
    new = [term for term, _ in counts if term not in rows]
    for first in range(0, len(new), at_once):
        part = new[first : first + at_once]
        vectors = encode([surface(term.split(" "), vocabulary) for term in part])
        rows |= dict(zip(part, vectors, strict=True))
        if first + len(part) < len(new):
            _write(folder, origin, [each for each in counts if each[0] in rows], counted, rows, vocabulary)
        if progress is not None:
            progress(first + len(part), len(new))
    _write(folder, origin, counts, counted, rows, vocabulary)
    return len(new)


def _usable(folder: Path, origin: Origin) -> TermVectors | None:
    try:
        known = read_vectors(folder)
    except TermsUnusable:
        return None
    return known if known is not None and known.origin == origin else None


def _write(
    folder: Path, origin: Origin, counts: Counts, counted: int, rows: dict[str, Column], vocabulary: Vocabulary
) -> None:
    terms = [term for term, _ in counts]
    vectors = np.array([rows[term] for term in terms], np.int8).reshape(len(terms), -1)
    written = [surface(term.split(" "), vocabulary) for term in terms]
    listed = {
        "terms": terms,
        "written": written,
        "whole": [all(word in vocabulary for word in each.split(" ")) for each in written],
        "prompts": [prompts for _, prompts in counts],
    }
    about = {
        "kind": KIND,
        "method": METHOD,
        "backend": origin.backend,
        "source_sha256": origin.sha256,
        "model": origin.model,
        "measured": origin.is_measured,
        "dimension": vectors.shape[1],
        "counted": counted,
    }
    write_set(folder, {_VECTORS: array_bytes(vectors), _TERMS: orjson.dumps(listed)}, about)
