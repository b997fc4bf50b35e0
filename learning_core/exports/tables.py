"""Rows as a file: CSV that a spreadsheet cannot be tricked with, a JSON array, or JSON lines; a row at a time."""

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from io import TextIOWrapper
from typing import BinaryIO, Literal

import orjson

Form = Literal["csv", "json", "jsonl"]
Row = Mapping[str, object]

LIST_BREAK = "; "
_FORMULA = re.compile(r"['\s]*[=+\-@\uff1d\uff0b\uff0d\uff20]|'*[\t\r\n]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def write_table(file: BinaryIO, columns: Sequence[str], rows: Iterable[Row], form: Form, *, bom: bool = False) -> int:
    """Write the rows and return how many there were; `bom` begins a CSV file with a byte order mark, as Excel wants."""
    if form == "csv":
        return _write_csv(file, columns, rows, bom=bom)
    before, between, after = (b"[\n", b",\n", b"\n]\n") if form == "json" else (b"", b"\n", b"")
    count = 0
    file.write(before)
    for row in rows:
        file.write((between if count else b"") + _json(row))
        count += 1
    file.write(after if form == "json" else b"\n" if count else b"")
    return count


def _json(row: Row) -> bytes:
    try:
        return orjson.dumps(row)
    except TypeError:
        # A lone surrogate in a text: written as an escape, from which most readers make the same text again.
        return json.dumps(row, separators=(",", ":")).encode("ascii")


def _write_csv(file: BinaryIO, columns: Sequence[str], rows: Iterable[Row], *, bom: bool) -> int:
    encoding = "utf-8-sig" if bom else "utf-8"
    text = TextIOWrapper(file, encoding=encoding, errors="backslashreplace", newline="")
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(columns)
        count = 0
        for row in rows:
            writer.writerow([cell(row[name]) for name in columns])
            count += 1
    finally:
        text.detach()
    return count


def cell(value: object) -> str:
    """Return a value as the text of a CSV cell (RFC 4180 quotes it), harmless to a spreadsheet.

    A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection); so does one
    that begins with apostrophes and then like a formula, so that taking one away gives back what was stored. Numbers
    stay numbers, unknown is empty, lists are joined.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = LIST_BREAK.join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text
