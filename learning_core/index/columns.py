"""The columns of the index: segments of numpy arrays, one row a job (or an event), stored as narrow as they are.

A job's row number (*ordinal*) is an internal matter of one index file; answers never show it or depend on it.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from learning_core.index.blobs import opened, sealed

SEGMENT_ROWS = 4096
"""Rows in a segment of a column of numbers; columns of places, whose rows are wide, have shorter ones."""

_WIDE_ROWS = 1024

PROMPTS_OF_A_BLOCK = 1024
"""The words of prompts are no column, but lie in blocks as well."""

Column = npt.NDArray[Any]

PromptField = Literal["prompt", "negative"]
"""Columns that hold numbers of prompts by their words, positive and negative ones apart; 0 is unknown or wordless."""


def is_among(values: Column, ascending: Column) -> Column:
    """Return where values are among ascending numbers."""
    if not len(ascending):
        return np.zeros(len(values), bool)
    place = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    return np.equal(ascending[place], values)


NAMED = (
    "checkpoint", "lora_set", "vae", "sampler", "scheduler", "steps", "cfg_scale", "size", "denoising_strength",
    "hires_fix", "stage", "refinement", "motion", "source", "experiment", "focus_parameter",
)  # fmt: skip
"""Columns that hold numbers of the value dictionary; 0 is unknown."""

NAMED_BY_JUDGEMENTS = ("rater",)
"""Columns of the same kind whose values stand in judgements, not in the job's own line."""

COUNTED = ("rated", "rating_sum", "rating_squares", "liked", "selected", "rejected", "doubted", "seen_whole")
"""Judgements of a job, counted over its images: integers, so that any order of the log gives the same sums.

`seen_whole` are judgements by someone who saw all images of the job: picks of one of them, and rejections of all.
"""

EVIDENCE_CLASSES = ("observational", "unproven", "controlled", "preference")

SEED_COLUMN_MAXIMUM = 2**64 - 1
"""Seeds from here on are not in the column, which holds one more than the seed."""

PLACE = np.dtype(
    [("position", "<f8"), ("offset", "<u8"), ("length", "<u4"), ("file", "<u2"), ("origin", "<u4"), ("stars", "|u1"),
     ("noted", "|u1"), ("crc", "<u4")]
)  # fmt: skip
"""Where the line of a job lies, what it says itself (stars, 0 none; whether it holds a note), and its checksum."""

EVENT = np.dtype(
    [("position", "<f8"), ("offset", "<u8"), ("length", "<u4"), ("file", "<u2"), ("origin", "<u4"), ("kind", "|u1"),
     ("value", "|u1"), ("image", "<u8"), ("key", "<u8"), ("job", "<u8"), ("target", "<u8"), ("crc", "<u4"),
     ("recorded", "<u4"), ("rater", "<u4"), ("people", "|u1"), ("doubted", "|u1")]
)  # fmt: skip
"""An event: place, kind (`judged.KINDS`), `value` and `image` one more than they are (0 none), keys, checksum.

Then when it was said (seconds since 1970), by whom (a number of the dictionary), and what was said beside a rating:
whether it is of people (`PEOPLE`), and 1 where its subscores are low.
"""

PEOPLE = ("", "no", "yes")
"""What is known of whether an image is of people, by its number; the empty one is unknown."""

LATEST_SECOND = 2**32 - 1
"""Later times of judgements, from the year 2106 on, are kept as this one."""

LENGTH_MAXIMUM = 2**32 - 1
"""Longest line with a place in the index, in bytes; only a run of NULs before a record makes one longer."""

TYPES: dict[str, np.dtype[Any]] = {
    **dict.fromkeys((*NAMED, *NAMED_BY_JUDGEMENTS, *COUNTED, *get_args(PromptField)), np.dtype("<u4")),
    **dict.fromkeys(("evidence", "withdrawn", "people"), np.dtype("|u1")),
    **dict.fromkeys(("images", "judged_at"), np.dtype("<u4")),
    "time": np.dtype("<f8"),
    "runtime": np.dtype("<f4"),
    "seed": np.dtype("<u8"),
    "key": np.dtype("<u8"),
    "place": PLACE,
    "event": EVENT,
}
_WIDTHS = tuple(np.dtype(name) for name in ("|u1", "<u2", "<u4", "<u8"))
_MOST = tuple(int(np.iinfo(width).max) for width in _WIDTHS)
_HEAD_BYTES = 9
_ALIKE = 0xFE
"""The code of a segment of equal values; other codes are places in _WIDTHS, or 0xFF for bytes as they are."""


def encode(values: Column) -> bytes:
    """Return a segment as bytes: integers less their minimum, in the fewest bytes that hold them all.

    Of a segment whose values are all alike, as in most columns of most libraries, only their number is kept.
    """
    if values.dtype.kind != "u" or not len(values):
        return sealed(b"\xff" + bytes(_HEAD_BYTES - 1) + values.tobytes())
    least, most = int(values.min()), int(values.max())
    if least == most:
        return sealed(bytes([_ALIKE]) + least.to_bytes(8, "little") + len(values).to_bytes(8, "little"))
    code = bisect_left(_MOST, most - least)
    rest = np.subtract(values, values.dtype.type(least)) if least else values
    body: bytes = rest.astype(_WIDTHS[code]).tobytes()
    return sealed(bytes([code]) + least.to_bytes(8, "little") + body)


def decode(blob: bytes, field: str) -> Column:
    """Return the values of a segment, in the narrowest type that holds them, read-only; raises DamagedBlob."""
    data = opened(blob)
    if data[0] == 0xFF:
        return np.frombuffer(data, TYPES[field], offset=_HEAD_BYTES)
    least = int.from_bytes(data[1:_HEAD_BYTES], "little")
    if data[0] == _ALIKE:
        alike = np.full(int.from_bytes(data[_HEAD_BYTES:], "little"), least, _narrowest(least))
        alike.flags.writeable = False
        return alike
    rest = np.frombuffer(data, _WIDTHS[data[0]], offset=_HEAD_BYTES)
    if not least:
        return rest
    width = _narrowest(least + int(rest.max()))
    values: Column = np.add(rest, width.type(least), dtype=width)
    return values


def _narrowest(most: int) -> np.dtype[Any]:
    return _WIDTHS[bisect_left(_MOST, most)]


def segments_of(rows: Column, size: int) -> Iterator[tuple[int, Column, Column]]:
    """Split row numbers by segments of a size: yields (segment number, places in `rows`, rows within the segment)."""
    if not len(rows):
        return
    numbers = rows // size
    number = int(numbers[0])
    if (numbers == number).all():
        yield number, np.arange(len(rows)), rows - number * size
        return
    order = np.argsort(numbers, kind="stable")
    numbers = numbers[order]
    ends = np.append(np.flatnonzero(numbers[1:] != numbers[:-1]) + 1, len(rows))
    for begin, end in pairwise([0, *ends.tolist()]):
        number, places = int(numbers[begin]), order[begin:end]
        yield number, places, rows[places] - number * size


def _size(field: str) -> int:
    return _WIDE_ROWS if TYPES[field].names else SEGMENT_ROWS


def gather(connection: sqlite3.Connection, field: str, rows: Column) -> Column:
    """Return the values of some rows, reading only their segments."""
    found = np.zeros(len(rows), TYPES[field])
    for number, places, inside in segments_of(rows, _size(field)):
        data = connection.execute("SELECT data FROM segment WHERE field = ? AND number = ?", (field, number)).fetchone()
        if data is not None:
            found[places] = decode(data[0], field)[inside]
    return found


class Segments:
    """The segments that a batch works on: read once, changed in memory, written by `flush`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._open: dict[tuple[str, int], Column] = {}
        self._used: dict[tuple[str, int], int] = {}
        self._changed: set[tuple[str, int]] = set()

    def get(self, field: str, rows: Column) -> Column:
        """Return the values of rows; zero where nothing was set."""
        found = np.zeros(len(rows), TYPES[field])
        for number, places, inside in segments_of(rows, _size(field)):
            found[places] = self._segment(field, number)[inside]
        return found

    def set(self, columns: Mapping[str, Column], rows: Column) -> None:
        """Set the values of rows in each column; rows and segments appear as needed."""
        for size in dict.fromkeys(map(_size, columns)):
            fields = [field for field in columns if _size(field) == size]
            for number, places, inside in segments_of(rows, size):
                used = int(inside.max()) + 1
                for field in fields:
                    self._segment(field, number)[inside] = columns[field][places]
                    key = (field, number)
                    self._used[key] = max(self._used[key], used)
                    self._changed.add(key)

    def flush(self, generation: int) -> None:
        """Write the changed segments, marked with the generation of this change."""
        self._connection.executemany(
            "INSERT INTO segment(field, number, generation, data) VALUES (?, ?, ?, ?) ON CONFLICT(field, number)"
            " DO UPDATE SET generation = excluded.generation, data = excluded.data",
            [(*key, generation, encode(self._open[key][: self._used[key]])) for key in sorted(self._changed)],
        )
        self._changed.clear()
        if len(self._open) > _OPEN_SEGMENTS:
            self._open.clear()
            self._used.clear()

    def _segment(self, field: str, number: int) -> Column:
        key = (field, number)
        found = self._open.get(key)
        if found is None:
            found = self._open[key] = np.zeros(_size(field), TYPES[field])
            data = self._connection.execute("SELECT data FROM segment WHERE field = ? AND number = ?", key).fetchone()
            stored = decode(data[0], field) if data is not None else np.zeros(0, TYPES[field])
            found[: len(stored)] = stored
            self._used[key] = len(stored)
        return found


_OPEN_SEGMENTS = 512
