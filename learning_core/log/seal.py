"""One event as one line of bytes, closed with a checksum when whatworks wrote it.

The checksum is CRC-32 over the line without it. It tells our own lines from foreign ones and catches bytes lost
inside a file, which could otherwise splice two records into a valid third.
"""

import json
import re
import zlib
from typing import Any

import orjson

from learning_core.errors import RecordNotWritable
from learning_core.limits import WRITTEN_LINE_BYTES

_SEAL = b',"crc32":"%08x"}'
_MARK = b',"crc32":"'
_ANY_SEAL = re.compile(rb',"crc32":"[0-9a-f]{8}"\}\Z')
_SEAL_BYTES = len(b',"crc32":"01234567"}')


def encode(record: dict[str, Any]) -> bytes:
    """Return the record as one line of UTF-8 JSON with its newline; raises RecordNotWritable."""
    try:
        line = _dump(record)
    except (TypeError, ValueError, RecursionError, UnicodeEncodeError) as error:
        raise RecordNotWritable(str(error).split("\n")[0] or type(error).__name__) from error
    if len(line) > WRITTEN_LINE_BYTES:
        raise RecordNotWritable(f"it has {len(line)} bytes, the limit is {WRITTEN_LINE_BYTES}")
    return line + b"\n"


def _dump(record: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(record)
    except TypeError as error:
        if "Integer exceeds 64-bit range" not in str(error):
            raise
        # orjson stops at 64 bits; a seed beyond them must stay exact.
        return json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")


def seal(record: dict[str, Any]) -> bytes:
    """Return the record as a line that ends in its checksum; raises RecordNotWritable."""
    body = encode(record)[:-1]
    return body[:-1] + _SEAL % zlib.crc32(body) + b"\n"


def line_checksum(line: bytes | None) -> int:
    """Return a CRC-32 that stands for a line: its own if it carries one, else that of all its bytes."""
    if line is None:
        return 0
    return int(line[-10:-2], 16) if line[-_SEAL_BYTES:-10] == _MARK else zlib.crc32(line)


def true_checksum(line: bytes) -> int | None:
    """Return the checksum that a line (without newline) carries, None where it is false or there is none."""
    checksum = zlib.crc32(b"}", zlib.crc32(line[:-_SEAL_BYTES]))
    return checksum if line[-_SEAL_BYTES:] == _SEAL % checksum else None


def seal_state(line: bytes) -> bool | None:
    """Tell whether a line (without newline) carries a true checksum, a false one, or none at all (None)."""
    if true_checksum(line) is not None:
        return True
    return None if _ANY_SEAL.search(line, max(0, len(line) - _SEAL_BYTES)) is None else False
