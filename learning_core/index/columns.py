"""The columns of the index: fixed-size segments of numpy arrays, one row a job.

A job's row number (*ordinal*) is an internal matter of one index file; answers never show it or depend on it.
"""

import sqlite3
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

SEGMENT_ROWS = 4096

Column = npt.NDArray[Any]

NAMED = (
    "checkpoint", "lora_set", "vae", "sampler", "scheduler", "steps", "cfg_scale", "size", "denoising_strength",
    "hires_fix", "stage", "source", "experiment", "focus_parameter",
)  # fmt: skip
"""Columns that hold ids of the value dictionary; 0 is unknown."""

COUNTED = ("rated", "rating_sum", "rating_squares", "liked", "selected", "rejected")
"""Judgements of a job, counted over its images: integers, so that any order of the log gives the same sums."""

TYPES: dict[str, str] = {
    **dict.fromkeys(NAMED, "<i4"),
    **dict.fromkeys(COUNTED, "<i4"),
    "prompt": "<i4",
    "evidence": "|i1",
    "withdrawn": "|i1",
    "time": "<f8",
    "runtime": "<f4",
    "seed": "<u8",
    "key": "<u8",
}
EVIDENCE_CLASSES = ("observational", "unproven", "controlled", "preference")


def read_column(connection: sqlite3.Connection, name: str, rows: int) -> Column:
    """Return a whole column as an array of `rows` values."""
    blobs = connection.execute("SELECT data FROM segment WHERE field = ? ORDER BY number", (name,))
    return np.frombuffer(b"".join(blob for (blob,) in blobs), dtype=TYPES[name])[:rows]


class ColumnWriter:
    """Gathers values of rows and writes each segment that they change once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._rows: dict[str, dict[int, float]] = {}

    def set_row(self, ordinal: int, values: Mapping[str, float]) -> None:
        """Set values of one row; rows and segments appear as needed, zero where nothing was set."""
        for name, value in values.items():
            column = self._rows.get(name)
            if column is None:
                column = self._rows[name] = {}
            column[ordinal] = value

    def flush(self) -> None:
        """Write the changed segments."""
        for name, column in self._rows.items():
            ordinals = np.fromiter(column, np.int64, len(column))
            values = np.fromiter(column.values(), TYPES[name], len(column))
            numbers = ordinals // SEGMENT_ROWS
            for number in np.unique(numbers):
                inside = numbers == number
                segment = self._segment(name, int(number))
                segment[ordinals[inside] % SEGMENT_ROWS] = values[inside]
                self._write(name, int(number), segment)
        self._rows.clear()

    def _segment(self, name: str, number: int) -> Column:
        segment = np.zeros(SEGMENT_ROWS, TYPES[name])
        found = self._connection.execute(
            "SELECT data FROM segment WHERE field = ? AND number = ?", (name, number)
        ).fetchone()
        if found is not None:
            segment[:] = np.frombuffer(found[0], TYPES[name])
        return segment

    def _write(self, name: str, number: int, segment: Column) -> None:
        self._connection.execute(
            "INSERT INTO segment(field, number, data) VALUES (?, ?, ?)"
            " ON CONFLICT(field, number) DO UPDATE SET data = excluded.data",
            (name, number, segment.tobytes()),
        )
