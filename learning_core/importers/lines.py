"""Foreign JSONL files line by line: one bad line costs one line, and a giant one costs no memory."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from learning_core.errors import Unreadable
from learning_core.importers.reading import Skipped
from learning_core.limits import LINE_BYTES
from learning_core.log import read
from learning_core.text.json_object import decode_object

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BLANK = b" \t\r\n\0"


class Line(Struct, frozen=True):
    """One usable line: `number` counts from 1 with blank lines, `sha256` is of its bytes without the end,
    `length` counts them."""

    number: int
    value: dict[str, Any]
    remarks: tuple[str, ...] = ()
    sha256: str = ""
    length: int = 0

    @property
    def where(self) -> str:
        """Return the place as reports name it."""
        return f"line {self.number}"


def read_lines(path: Path) -> Iterator[Line | Skipped]:
    """Yield every line that holds a JSON object, and a Skipped for every other line that is not blank.

    Splits at newline bytes only; drops a byte order mark, carriage returns and NUL runs at either end.
    A line over LINE_BYTES is passed over in bounded memory. Raises Unreadable when the file cannot be opened
    or is UTF-16.
    """
    try:
        for number, raw in enumerate(read.read_lines(path, with_tail=True), 1):
            if raw.data is None:
                yield Skipped(f"longer than {LINE_BYTES // 1024 // 1024} MB", f"line {number}")
                continue
            if number == 1 and raw.data.startswith(_UTF_16):
                raise Unreadable("UTF-16 where UTF-8 belongs; save it as UTF-8")
            data = (raw.data.removeprefix(_BOM) if number == 1 else raw.data).strip(_BLANK)
            if data:
                yield _line(number, data, finished=raw.finished)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error


def _line(number: int, data: bytes, *, finished: bool) -> Line | Skipped:
    try:
        value, remarks = decode_object(data.decode("utf-8"))
    except UnicodeDecodeError:
        reason = "not UTF-8"
    except Unreadable as error:
        reason = error.reason
    else:
        return Line(number, value, remarks, hashlib.sha256(data).hexdigest(), len(data))
    return Skipped(reason if finished else "the last line is unfinished", f"line {number}")
