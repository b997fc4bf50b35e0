"""`export` and the import of what it wrote: files by their ending, the standard output, and what is refused."""

import csv
import io
import json
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("file", "more", "rows"),
    [
        ("records.csv", (), 58),
        ("sub folder/Bücher.CSV", ("--where", "beach", "--bom"), 36),
        ("statistics.jsonl", (), 17),
        ("x.dat", ("--format", "jsonl", "--what", "feedback"), 58),
    ],
)
def test_a_table_is_written_and_counted(file: str, more: tuple[str, ...], rows: int, filled: Any) -> None:
    done = filled.run("export", file, *more, "--json").json()
    assert (done["path"], done["rows"], done["not_noted"]) == (file, rows, "")
    assert (filled.home / file).stat().st_size > 1000


def test_the_standard_output_holds_the_table_and_nothing_else(filled: Any) -> None:
    ended = filled.run("export", "-", "--what", "records")
    assert (ended.code, ended.err) == (0, "")
    assert len(list(csv.DictReader(io.StringIO(ended.out)))) == 58
    lines = filled.run("export", "-", "--format", "jsonl", "--json").out.splitlines()
    assert len([json.loads(line) for line in lines]) == 58


def test_a_library_moves_in_one_file_and_answers_the_same(filled: Any) -> None:
    ended = filled.run("export", "library.tar.gz")
    assert ended.code == 0 and "whatworks import library.tar.gz" in ended.out
    other = {
        "WHATWORKS_LIBRARY": str(filled.home / "other"),
        "WHATWORKS_CACHE": str(filled.home / "other cache"),
    }
    first = filled.run("import", "library.tar.gz", **other)
    assert first.code == 0 and "116 lines added" in first.out
    for words in (("ask", "beach"), ("records", "--limit", "50"), ("records", filled.first_ref())):
        assert filled.run(*words, **other).out == filled.run(*words).out
    again = filled.run("import", "library.tar.gz", "--json", **other).json()
    assert (again["lines"], [file["outcome"] for file in again["files"]]) == (0, ["there"])
    assert filled.run("doctor", "--deep", **other).code == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("export", "records.csv"), 1, "exists already"),
        (("export", "records.xlsx"), 2, "--format"),
        (("export", "a.csv", "--what", "library"), 2, "The library is exported as .tar"),
        (("export", "a.tar", "--where", "beach"), 2, "whole"),
        (("export", "-", "--format", "tar"), 2, "to a file"),
        (("export", "a.json", "--bom"), 2, "CSV"),
        (("import", "library.tar", "records.csv"), 2, "alone"),
        (("import", "library.tar"), 1, "no tar file"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(words: tuple[str, ...], code: int, said: str, filled: Any) -> None:
    (filled.home / "records.csv").write_text("mine", encoding="utf-8")
    (filled.home / "library.tar").write_bytes(b"x" * 2000)
    ended = filled.run(*words)
    assert (ended.code, ended.out) == (code, ""), ended
    assert said in ended.err and "Traceback" not in ended.err
    assert (filled.home / "records.csv").read_text(encoding="utf-8") == "mine"


def test_force_replaces_a_file(filled: Any) -> None:
    for name in ("a.csv", "a.tar"):
        (filled.home / name).write_text("old", encoding="utf-8")
        assert filled.run("export", name, "--force").code == 0
        assert (filled.home / name).stat().st_size > 1000


def test_an_empty_library_is_said_to_be_empty(empty: Any) -> None:
    table = empty.run("export", "records.json")
    assert table.code == 0 and "Import something first" in table.err
    assert json.loads((empty.home / "records.json").read_bytes()) == []
    archive = empty.run("export", "library.tar")
    assert archive.code == 1 and "is empty" in archive.err
    assert not empty.library.exists()
