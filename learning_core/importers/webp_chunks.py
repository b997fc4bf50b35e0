"""WEBP files chunk by chunk: EXIF and XMP are read, pictures are hashed but never decoded."""

import struct
from typing import BinaryIO

from learning_core.errors import Unreadable
from learning_core.importers.exif_text import add_exif_texts
from learning_core.importers.picture_parts import PictureParts, bytes_left, plain_text, read_exactly

_PICTURE = frozenset({b"ALPH", b"ANIM", b"ANMF", b"VP8 ", b"VP8L"})
_TEXT = {b"EXIF": "EXIF", b"XMP ": "xmp"}
_RIFF_HEADER_BYTES = 12
_SIZE_BYTES = 10


def read_webp(file: BinaryIO) -> PictureParts:
    """Walk the chunks from the start of the file; raises Unreadable for a half-written one, OverLimit."""
    file.seek(4)
    (riff_size,) = struct.unpack("<I", read_exactly(file, 4, "the header"))
    file.seek(_RIFF_HEADER_BYTES)
    end = riff_size + 8
    if end > bytes_left(file) + _RIFF_HEADER_BYTES + 1:
        raise Unreadable("the file ends before the end that its header names")
    parts = PictureParts()
    while file.tell() + 8 <= end:
        kind, size = struct.unpack("<4sI", read_exactly(file, 8, "a chunk"))
        if size > bytes_left(file):
            raise Unreadable("the file ends inside a chunk")
        parts.count_part()
        _read_chunk(file, kind, size, parts)
        file.seek(size % 2, 1)
    if not parts.width or not parts.height:
        raise Unreadable("a WEBP file without a picture")
    return parts


def _read_chunk(file: BinaryIO, kind: bytes, size: int, parts: PictureParts) -> None:
    if kind in _TEXT and not parts.too_long(_TEXT[kind], size):
        data = file.read(size)
        if kind == b"EXIF":
            add_exif_texts(data, parts)
        else:
            parts.add_text("xmp", plain_text(data))
        return
    if kind in (b"VP8X", b"VP8 ", b"VP8L") and not parts.width:
        start = file.read(min(size, _SIZE_BYTES))
        file.seek(-len(start), 1)
        if len(start) == _SIZE_BYTES:
            parts.width, parts.height = _dimensions(kind, start)
    if kind in _PICTURE:
        parts.hash_kind(kind)
        parts.hash_stream(file, size)
    else:
        file.seek(size, 1)


def _dimensions(kind: bytes, start: bytes) -> tuple[int, int]:
    if kind == b"VP8X":
        return int.from_bytes(start[4:7], "little") + 1, int.from_bytes(start[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(start[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", start, 6)
    return width & 0x3FFF, height & 0x3FFF
