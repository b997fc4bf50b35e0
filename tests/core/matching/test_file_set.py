"""Sets of matching files that anybody may have written: used whole, or a sentence says why not."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import orjson
import pytest

from learning_core.errors import TermsUnusable
from learning_core.index.columns import Column
from learning_core.matching.file_set import MANIFEST, array_bytes, array_of
from learning_core.matching.quantised import quantised
from learning_core.matching.static_table import read_table, write_table
from learning_core.matching.term_counts import Counts
from learning_core.matching.term_vectors import Origin, embed_terms, read_vectors

VECTORS = np.eye(3, 4)


def npy(shape: str, kind: str = "|i1", data: bytes = b"") -> bytes:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + data


def zipped() -> bytes:
    stream = BytesIO()
    np.savez(stream, array=np.zeros((3, 4), np.int8))
    return stream.getvalue()


def rewrite(folder: Path, files: Mapping[str, bytes], about: Mapping[str, object]) -> None:
    """Change a set so that its hashes fit, as whoever makes a hostile one does."""
    said = orjson.loads((folder / MANIFEST).read_bytes())
    for name, content in files.items():
        (folder / name).write_bytes(content)
        said["files"][name] = sha256(content).hexdigest()
    (folder / MANIFEST).write_bytes(orjson.dumps(said | about))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (npy("(1000000000000000, 16)"), "not as long as it says"),
        (npy("(20000000000, 16)"), "not as long as it says"),
        (npy("(-1, 16)"), "not as long as it says"),
        (npy("(1, 2)", data=b"\0\0\0"), "not as long as it says"),
        (npy("(1, 2)", "|O", b"\x80\x04"), "dimensions of object"),
        (npy("(1, 2)", ">f4", bytes(8)), "dimensions of >f4"),
        (npy("(2,)", data=b"\0\0"), "1 dimensions"),
        (zipped(), "no array"),
        (b"", "no array"),
    ],
)
def test_an_array_takes_no_more_memory_than_its_file(content: bytes, reason: str) -> None:
    with pytest.raises(TermsUnusable, match=reason):
        array_of("a.npy", content, np.int8, 2)


def test_an_array_comes_back_whatever_its_order_in_memory() -> None:
    array = np.asfortranarray(np.arange(12, dtype=np.int8).reshape(3, 4))
    assert np.array_equal(array_of("a.npy", array_bytes(array), np.int8, 2), array)


@pytest.mark.parametrize(
    ("files", "about"),
    [
        ({"vocabulary.txt": b"\xff\xfe"}, {}),
        ({"table.npy": zipped()}, {}),
        ({}, {"files": [["table.npy", "0"]]}),
        ({}, {"files": {"a\0b": "0"}}),
        ({}, {"files": {"../table.npy": "0"}}),
        ({}, {"kind": 5}),
    ],
)
def test_a_hostile_table_is_refused(files: dict[str, bytes], about: dict[str, object], tmp_path: Path) -> None:
    write_table(tmp_path, ["beach", "dusk", "shore"], VECTORS, model_sha256="0" * 64, model="invented")
    rewrite(tmp_path, files, about)
    with pytest.raises(TermsUnusable):
        read_table(tmp_path)


def encoded(terms: Sequence[str]) -> Column:
    return quantised(VECTORS[: len(terms)])


COUNTS: Counts = [("beach", 3), ("dusk", 4), ("shore", 5)]


def listed(**changes: object) -> dict[str, bytes]:
    terms = [term for term, _ in COUNTS]
    content = {"terms": terms, "written": terms, "whole": [True] * 3, "prompts": [3, 4, 5]}
    return {"terms.json": orjson.dumps(content | changes)}


@pytest.mark.parametrize(
    ("files", "about"),
    [
        (listed(prompts=[1e30] * 3), {}),
        (listed(prompts=[2**64 - 1] * 3), {}),
        (listed(prompts=[-1] * 3), {}),
        (listed(prompts=[[1, 2]] * 3), {}),
        (listed(terms=["shore", "dusk", "beach"]), {}),
        (listed(terms=["beach"]), {}),
        ({}, {"backend": "other"}),
        ({}, {"backend": ["static"]}),
        ({}, {"counted": 1e308}),
        ({}, {"counted": -1}),
        ({}, {"model": {"a": 1}}),
        ({}, {"dimension": 7}),
    ],
)
def test_hostile_term_vectors_are_refused(files: dict[str, bytes], about: dict[str, object], tmp_path: Path) -> None:
    origin = Origin("static", "0" * 64, "invented", is_measured=False)
    vocabulary = {term: number for number, (term, _) in enumerate(COUNTS)}
    embed_terms(tmp_path, origin, COUNTS, 9, encode=encoded, vocabulary=vocabulary, at_once=9)
    rewrite(tmp_path, listed(), {})
    assert read_vectors(tmp_path) is not None
    rewrite(tmp_path, files, about)
    with pytest.raises(TermsUnusable):
        read_vectors(tmp_path)
