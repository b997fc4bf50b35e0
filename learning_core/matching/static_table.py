"""A vector for each piece of a vocabulary, distilled from a model once and read with numpy alone."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from msgspec import Struct

from learning_core.errors import TermsUnusable
from learning_core.index.columns import Column
from learning_core.matching.file_set import AGAIN, array_bytes, array_of, manifest_of, read_set, write_set
from learning_core.matching.quantised import quantised
from learning_core.matching.wordpiece import pieces

KIND = "static table of word pieces"
METHOD = 1
"""Raise it whenever the way from a model to a table, or from a term to its vector, changes."""

_TABLE, _SCALES, _VOCABULARY = "table.npy", "scales.npy", "vocabulary.txt"


class StaticTable(Struct, frozen=True, eq=False):
    """Rows of int8 with one float32 scale each, by the numbers of the pieces of the vocabulary.

    `sha256` names the table, `model_sha256` the weights that it was distilled from, `model` their folder.
    """

    vocabulary: dict[str, int]
    rows: Column
    scales: Column
    sha256: str
    model_sha256: str
    model: str

    def vectors(self, terms: Sequence[str], batch: int = 4096) -> Column:
        """Return the int8 vectors of terms: the plain sum of their pieces' rows; zeros where no piece is known.

        Nothing in it depends on the other terms of a batch, or on the number of threads.
        """
        found = np.zeros((len(terms), self.rows.shape[1]), np.int8)
        for start in range(0, len(terms), batch):
            found[start : start + batch] = quantised(self._sums(terms[start : start + batch]))
        return found

    def _sums(self, terms: Sequence[str]) -> Column:
        numbers = [pieces(term, self.vocabulary) for term in terms]
        sums = np.zeros((len(terms), self.rows.shape[1]), np.float64)
        for place in range(max(map(len, numbers), default=0)):
            holding = np.array([row for row, each in enumerate(numbers) if len(each) > place], np.int64)
            rows = np.array([numbers[row][place] for row in holding.tolist()], np.int64)
            sums[holding] += self.rows[rows] * self.scales[rows].astype(np.float64)[:, np.newaxis]
        return sums


def write_table(folder: Path, vocabulary: Sequence[str], vectors: Column, *, model_sha256: str, model: str) -> None:
    """Write a table of one row of float64 for each piece, in the order of the vocabulary; raises TargetRefused."""
    largest = np.abs(vectors).max(axis=1, initial=0.0)
    scales = (largest / 127).astype(np.float32)
    files = {
        _TABLE: array_bytes(quantised(vectors)),
        _SCALES: array_bytes(scales),
        _VOCABULARY: "\n".join(vocabulary).encode("utf-8"),
    }
    about = {"kind": KIND, "method": METHOD, "model_sha256": model_sha256, "model": model}
    write_set(folder, files, about)


def read_table(folder: Path) -> StaticTable | None:
    """Return the table in a folder, kept in memory while it does not change, None where there is none.

    Raises TermsUnusable for one that is damaged or of another method.
    """
    manifest = manifest_of(folder)
    return None if manifest is None else _read(folder, manifest)


@lru_cache(maxsize=1)
def _read(folder: Path, manifest: bytes) -> StaticTable:
    about, files = read_set(folder, manifest, KIND)
    if about.get("method") != METHOD or set(files) != {_TABLE, _SCALES, _VOCABULARY}:
        raise TermsUnusable(_TABLE, "another version of whatworks made it", f"{AGAIN}, with --distil")
    rows = array_of(_TABLE, files[_TABLE], np.int8, 2)
    scales = array_of(_SCALES, files[_SCALES], np.float32, 1)
    try:
        listed = files[_VOCABULARY].decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise TermsUnusable(_VOCABULARY, "it is not UTF-8", f"{AGAIN}, with --distil") from error
    vocabulary = {piece: number for number, piece in enumerate(listed)}
    if not len(rows) == len(scales) == len(vocabulary) or not np.isfinite(scales).all():
        raise TermsUnusable(_TABLE, "its rows, scales and vocabulary do not fit together", f"{AGAIN}, with --distil")
    return StaticTable(
        vocabulary, rows, scales, about["files"][_TABLE], str(about.get("model_sha256")), str(about.get("model"))
    )
