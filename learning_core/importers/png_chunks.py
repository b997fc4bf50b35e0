"""PNG files chunk by chunk: texts are read within limits, pixels are hashed but never decoded."""

import struct
import zlib
from typing import BinaryIO

from learning_core.errors import OverLimit, Unreadable
from learning_core.importers.exif_text import add_exif_texts
from learning_core.importers.picture_parts import PictureParts, bytes_left, plain_text, read_exactly
from learning_core.limits import TEXT_CHUNK_BYTES

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PICTURE = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT"})
_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt", b"comf", b"eXIf"})
_CHECKSUM_BYTES = 4
_HEADER_BYTES = 13
_XMP_KEYWORD = "XML:com.adobe.xmp"
_Text = tuple[str, str]


def read_png(file: BinaryIO) -> PictureParts:
    """Walk the chunks from the start of the file; raises Unreadable for a half-written one, OverLimit."""
    file.seek(len(SIGNATURE))
    parts = PictureParts()
    kind = b""
    while kind != b"IEND":
        size, kind = struct.unpack(">I4s", read_exactly(file, 8, "a chunk"))
        if size + _CHECKSUM_BYTES > bytes_left(file):
            raise Unreadable("the file ends inside a chunk")
        parts.count_part()
        if (kind == b"IHDR") != (parts.width == 0) or (kind == b"IHDR" and size != _HEADER_BYTES):
            raise Unreadable("the PNG header is damaged")
        _read_chunk(file, kind, size, parts)
    return parts


def _read_chunk(file: BinaryIO, kind: bytes, size: int, parts: PictureParts) -> None:
    if kind == b"IHDR":
        header = file.read(size)
        parts.width, parts.height = struct.unpack_from(">II", header)
        if not parts.width or not parts.height:
            raise Unreadable("the PNG header is damaged")
        parts.hash_kind(kind)
        parts.hash_bytes(header)
    elif kind in _PICTURE:
        parts.hash_kind(kind)
        parts.hash_stream(file, size)
    elif kind in _TEXT and not parts.too_long(kind.decode(), size):
        data = file.read(size)
        checksum = file.read(_CHECKSUM_BYTES)
        if zlib.crc32(data, zlib.crc32(kind)) == int.from_bytes(checksum, "big"):
            _add_text(kind, data, parts)
        else:
            parts.remark(f"{kind.decode()}: damaged (wrong checksum), not read")
        return
    else:
        file.seek(size, 1)
    file.seek(_CHECKSUM_BYTES, 1)


def _add_text(kind: bytes, data: bytes, parts: PictureParts) -> None:
    if kind == b"eXIf":
        add_exif_texts(data, parts)
        return
    try:
        name, text = _READERS[kind](data)
    except Unreadable as error:
        if isinstance(error, OverLimit):
            raise
        parts.remark(f"{kind.decode()}: {error.reason}, not read")
        return
    parts.add_text("xmp" if name == _XMP_KEYWORD else name, text)


def _keyword(data: bytes) -> tuple[str, bytes]:
    keyword, separator, rest = data.partition(b"\0")
    if not keyword or not separator:
        raise Unreadable("no keyword")
    return plain_text(keyword), rest


def _bare_text(data: bytes) -> _Text:
    keyword, rest = _keyword(data)
    return keyword, plain_text(rest)


def _compressed_text(data: bytes) -> _Text:
    keyword, rest = _keyword(data)
    return keyword, plain_text(_decompressed(keyword, rest[1:]))


def _international_text(data: bytes) -> _Text:
    keyword, rest = _keyword(data)
    is_compressed = rest[:1] == b"\1"
    _, _, rest = rest[2:].partition(b"\0")
    _, separator, text = rest.partition(b"\0")
    if not separator:
        raise Unreadable("no text")
    return keyword, plain_text(_decompressed(keyword, text) if is_compressed else text)


def _decompressed(keyword: str, data: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        text = stream.decompress(data, TEXT_CHUNK_BYTES + 1)
    except zlib.error as error:
        raise Unreadable("compressed text is damaged") from error
    if len(text) > TEXT_CHUNK_BYTES:
        raise OverLimit(f"{keyword[:80]}: more than {TEXT_CHUNK_BYTES // 1024 // 1024} MB when unpacked")
    if not stream.eof:
        raise Unreadable("compressed text is cut off")
    return text


# ComfyUI writes its texts into a chunk of its own in animated PNGs, in the form of a bare text.
_READERS = {b"tEXt": _bare_text, b"comf": _bare_text, b"zTXt": _compressed_text, b"iTXt": _international_text}
