"""AVIF files: the index of the container is read for EXIF, XMP and size, no pixel is decoded."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct, field

from learning_core.errors import OverLimit, Unreadable
from learning_core.importers.exif_text import add_exif_texts
from learning_core.importers.picture_parts import PictureParts, bytes_left, plain_text, read_exactly
from learning_core.limits import TEXT_CHUNK_BYTES

_EXIF, _MIME, _XMP_TYPE = b"Exif", b"mime", b"application/rdf+xml"
_TIFF_OFFSET_BYTES = 4
_IN_FILE, _IN_INDEX = 0, 1
_Extent = tuple[int, int]


class _Index(Struct):
    """What the container's index says: the first item of each kind of text, where items lie, the size."""

    texts: dict[str, int] = field(default_factory=dict)
    places: dict[int, tuple[int, list[_Extent]]] = field(default_factory=dict)
    width: int = 0
    height: int = 0
    inner: bytes = b""


def read_avif(file: BinaryIO) -> PictureParts:
    """Read the index and the texts that it names; raises Unreadable for a half-written file, OverLimit."""
    parts = PictureParts()
    file.seek(0)
    length = bytes_left(file)
    parts.hash_stream(file, length)
    try:
        index = _read_index(_index_box(file, length, parts), parts)
    except (struct.error, IndexError) as error:
        raise Unreadable("the index of the AVIF file is damaged") from error
    parts.width, parts.height = index.width, index.height
    if not parts.width or not parts.height:
        raise Unreadable("an AVIF file without a picture")
    _check_whole(index, length)
    for kind, item in index.texts.items():
        _add_text(file, index, item, kind, parts)
    return parts


def _index_box(file: BinaryIO, length: int, parts: PictureParts) -> bytes:
    """Return the inside of the box `meta`; every box up to the end of the file has to be whole."""
    found = None
    place = 0
    while place < length:
        parts.count_part()
        file.seek(place)
        size, kind = struct.unpack(">I4s", read_exactly(file, 8, "a box"))
        head = 8
        if size == 1:
            (size,) = struct.unpack(">Q", read_exactly(file, 8, "a box"))
            head = 16
        size = size or length - place
        if size < head or place + size > length:
            raise Unreadable("the file ends inside a box")
        if kind == b"meta" and found is None:
            if size > TEXT_CHUNK_BYTES:
                raise OverLimit(f"an index over {TEXT_CHUNK_BYTES // 1024 // 1024} MB")
            found = file.read(size - head)
        place += size
    if found is None:
        raise Unreadable("an AVIF file without an index")
    return found


def _boxes(data: bytes, start: int, end: int, parts: PictureParts) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of the boxes that lie next to each other in the data."""
    while start + 8 <= end:
        parts.count_part()
        size, kind = struct.unpack_from(">I4s", data, start)
        if size < 8 or start + size > end:
            raise Unreadable("the index of the AVIF file is damaged")
        yield kind, start + 8, start + size
        start += size


def _read_index(data: bytes, parts: PictureParts) -> _Index:
    index = _Index()
    for kind, start, end in _boxes(data, 4, len(data), parts):
        if kind == b"iinf":
            first = start + (6 if data[start] == 0 else 8)
            for inner, item_start, item_end in _boxes(data, first, end, parts):
                if inner == b"infe":
                    _read_item(data[item_start:item_end], index)
        elif kind == b"iloc":
            _read_places(data[start:end], index, parts)
        elif kind == b"iprp":
            _read_size(data, start, end, index, parts)
        elif kind == b"idat":
            index.inner = data[start:end]
    return index


def _read_item(entry: bytes, index: _Index) -> None:
    version = entry[0]
    if version < 2:
        return
    number = ">H" if version == 2 else ">I"
    (item,) = struct.unpack_from(number, entry, 4)
    after = 4 + struct.calcsize(number) + 2
    kind, names = entry[after : after + 4], entry[after + 4 :].split(b"\0", 2)
    if kind == _EXIF:
        index.texts.setdefault("EXIF", item)
    elif kind == _MIME and len(names) > 1 and names[1] == _XMP_TYPE:
        index.texts.setdefault("xmp", item)


def _read_places(data: bytes, index: _Index, parts: PictureParts) -> None:
    version = data[0]
    offset_bytes, length_bytes, base_bytes = data[4] >> 4, data[4] & 15, data[5] >> 4
    index_bytes = data[5] & 15 if version else 0
    place = 6
    item_bytes = 4 if version == 2 else 2

    def take(size: int) -> int:
        nonlocal place
        if place + size > len(data):
            raise Unreadable("the index of the AVIF file is damaged")
        place += size
        return int.from_bytes(data[place - size : place], "big")

    for _ in range(take(item_bytes)):
        item = take(item_bytes)
        method = take(2) & 15 if version else _IN_FILE
        take(2)
        base = take(base_bytes)
        extents = []
        for _ in range(take(2)):
            parts.count_part()
            take(index_bytes)
            extents.append((base + take(offset_bytes), take(length_bytes)))
        index.places[item] = (method, extents)


def _read_size(data: bytes, start: int, end: int, index: _Index, parts: PictureParts) -> None:
    for kind, inner_start, inner_end in _boxes(data, start, end, parts):
        if kind == b"ipco":
            for name, place, _ in _boxes(data, inner_start, inner_end, parts):
                if name == b"ispe":
                    # A picture made of tiles names their size too; the picture itself is the largest.
                    size = struct.unpack_from(">II", data, place + 4)
                    index.width, index.height = max((index.width, index.height), size)


def _check_whole(index: _Index, length: int) -> None:
    for method, extents in index.places.values():
        if method == _IN_FILE and any(offset + size > length for offset, size in extents):
            raise Unreadable("the file ends inside the picture")


def _add_text(file: BinaryIO, index: _Index, item: int, kind: str, parts: PictureParts) -> None:
    method, extents = index.places.get(item, (_IN_FILE, []))
    if parts.too_long(kind, sum(size for _, size in extents)):
        return
    pieces = []
    for offset, size in extents:
        if method == _IN_FILE:
            file.seek(offset)
            pieces.append(file.read(size))
        elif method == _IN_INDEX:
            pieces.append(index.inner[offset : offset + size])
    data = b"".join(pieces)
    if kind == "xmp" and data:
        parts.add_text("xmp", plain_text(data))
    elif data:
        # The block is preceded by the distance to its TIFF header, over a name that may stand between.
        skip = int.from_bytes(data[:_TIFF_OFFSET_BYTES], "big")
        add_exif_texts(data[_TIFF_OFFSET_BYTES + skip :], parts)
