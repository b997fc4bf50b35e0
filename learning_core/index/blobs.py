"""Blobs with a checksum: SQLite does not notice bytes that changed inside a value, and a count must not change."""

import sqlite3
import zlib

CHECKSUM_BYTES = 4


class DamagedBlob(sqlite3.DatabaseError):
    """A value of the index whose bytes changed."""

    def __init__(self) -> None:
        super().__init__("a stored value changed")


def sealed(data: bytes) -> bytes:
    """Return data with its CRC-32 behind it."""
    return data + zlib.crc32(data).to_bytes(CHECKSUM_BYTES, "little")


def opened(blob: bytes) -> memoryview:
    """Return the data of a sealed blob without copying it; raises DamagedBlob."""
    data = memoryview(blob)[:-CHECKSUM_BYTES]
    if blob[-CHECKSUM_BYTES:] != zlib.crc32(data).to_bytes(CHECKSUM_BYTES, "little"):
        raise DamagedBlob
    return data
