"""JPEG files segment by segment: texts are read, everything else is hashed, nothing is decoded."""

from typing import BinaryIO

from learning_core.errors import OverLimit, Unreadable
from learning_core.importers.exif_text import add_exif_texts
from learning_core.importers.picture_parts import PictureParts, bytes_left, plain_text, read_exactly
from learning_core.limits import TEXT_CHUNK_BYTES

_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_COMMENT, _SCAN, _END, _APP1 = 0xFE, 0xDA, 0xD9, 0xE1
_APPLICATION = range(0xE0, 0xF0)
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BLOCK_BYTES = 1024 * 1024
_FILLING = 0xFF
_MOST_FILLING = 4096
_EXIF_SEGMENTS = TEXT_CHUNK_BYTES // 0xFFFF


def read_jpeg(file: BinaryIO) -> PictureParts:
    """Walk the segments from the start of the file; raises Unreadable for a half-written one, OverLimit."""
    file.seek(2)
    parts = PictureParts()
    exif: list[bytes] = []
    while (marker := _marker(file)) not in (_SCAN, _END):
        parts.count_part()
        if marker not in _WITHOUT_LENGTH:
            size = int.from_bytes(read_exactly(file, 2, "a segment"), "big") - 2
            if size < 0:
                raise Unreadable("a JPEG segment is damaged")
            _segment(marker, read_exactly(file, size, "a segment"), parts, exif)
    if not parts.width or not parts.height or marker == _END:
        raise Unreadable("a JPEG file without a picture")
    _hash_scans(file, parts)
    if exif:
        # A block over 64 KB is spread over several segments.
        add_exif_texts(b"".join(exif), parts)
    return parts


def _marker(file: BinaryIO) -> int:
    if read_exactly(file, 1, "a segment") != b"\xff":
        raise Unreadable("a JPEG segment is damaged")
    for _ in range(_MOST_FILLING):
        marker = read_exactly(file, 1, "a segment")[0]
        if marker != _FILLING:
            return marker
    raise Unreadable("a JPEG segment is damaged")


def _segment(marker: int, data: bytes, parts: PictureParts, exif: list[bytes]) -> None:
    if marker == _APP1 and data.startswith(_EXIF):
        if len(exif) >= _EXIF_SEGMENTS:
            raise OverLimit(f"more than {TEXT_CHUNK_BYTES // 1024 // 1024} MB of EXIF")
        exif.append(data[len(_EXIF) :])
    elif marker == _APP1 and data.startswith(_XMP):
        parts.add_text("xmp", plain_text(data[len(_XMP) :]))
    elif marker == _COMMENT:
        parts.add_text("comment", plain_text(data.rstrip(b"\0")))
    elif marker not in _APPLICATION:
        if marker in _FRAMES and len(data) >= 5:
            parts.height, parts.width = int.from_bytes(data[1:3], "big"), int.from_bytes(data[3:5], "big")
        parts.hash_kind(bytes([marker]))
        parts.hash_bytes(data)


def _hash_scans(file: BinaryIO, parts: PictureParts) -> None:
    ended = False
    last = b""
    for _ in range(0, bytes_left(file), _BLOCK_BYTES):
        block = file.read(_BLOCK_BYTES)
        ended = ended or b"\xff\xd9" in last + block
        last = block[-1:]
        parts.hash_bytes(block)
    if not ended:
        raise Unreadable("the file ends inside the picture")
