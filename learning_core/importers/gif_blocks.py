"""GIF files block by block: comments and XMP are read, frames are passed over."""

import struct
from typing import BinaryIO

from learning_core.errors import Unreadable
from learning_core.importers.picture_parts import PictureParts, bytes_left, plain_text, read_exactly
from learning_core.limits import TEXT_CHUNK_BYTES

_HEADER_BYTES = 13
_EXTENSION, _FRAME, _TRAILER = 0x21, 0x2C, 0x3B
_COMMENT, _APPLICATION = 0xFE, 0xFF
_XMP = b"XMP DataXMP"
# XMP stands in GIF as it is, closed by 258 bytes that bring a reader of blocks back in step.
_XMP_TRAILER_BYTES = 258


def read_gif(file: BinaryIO) -> PictureParts:
    """Walk the blocks from the start of the file; raises Unreadable for a half-written one, OverLimit."""
    parts = PictureParts()
    file.seek(0)
    parts.hash_stream(file, bytes_left(file))
    file.seek(0)
    header = read_exactly(file, _HEADER_BYTES, "the header")
    parts.width, parts.height = struct.unpack_from("<HH", header, 6)
    _skip_colours(file, header[10])
    while (kind := read_exactly(file, 1, "a block")[0]) != _TRAILER:
        parts.count_part()
        if kind == _FRAME:
            _skip_colours(file, read_exactly(file, 9, "a frame")[8])
            file.seek(1, 1)
            _blocks(file, keep=False)
        elif kind == _EXTENSION:
            _extension(file, parts)
        else:
            raise Unreadable("a GIF block is damaged")
    return parts


def _extension(file: BinaryIO, parts: PictureParts) -> None:
    label = read_exactly(file, 1, "a block")[0]
    start = file.tell()
    if label == _COMMENT:
        text = _blocks(file, keep=True)
        if not parts.too_long("comment", len(text)):
            parts.add_text("comment", plain_text(text.rstrip(b"\0")))
        return
    first = read_exactly(file, 12, "a block") if label == _APPLICATION else b""
    if first[1:] != _XMP:
        file.seek(start)
        _blocks(file, keep=False)
        return
    start = file.tell()
    _blocks(file, keep=False)
    size = file.tell() - start
    if not parts.too_long("xmp", size):
        file.seek(start)
        parts.add_text("xmp", plain_text(file.read(size)[:-_XMP_TRAILER_BYTES]))


def _blocks(file: BinaryIO, *, keep: bool) -> bytes:
    kept: list[bytes] = []
    total = 0
    while size := read_exactly(file, 1, "a block")[0]:
        total += size
        block = read_exactly(file, size, "a block")
        # One byte over the limit is enough for the caller to see that it is over.
        if keep and total <= TEXT_CHUNK_BYTES + 255:
            kept.append(block)
    return b"".join(kept)


def _skip_colours(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        file.seek(3 << (flags & 7) + 1, 1)
