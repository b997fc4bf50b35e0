"""The few EXIF entries that hold prompts, settings or stars, read without unpacking anything else."""

import struct

from msgspec import Struct

from learning_core.importers.picture_parts import PictureParts, plain_text
from learning_core.importers.user_comment import decode_user_comment

_EXIF_PREFIX = b"Exif\0\0"
_EXIF_FOLDER = 0x8769
_USER_COMMENT = 0x9286
_NAMES = {0x010E: "ImageDescription", 0x0131: "Software", _USER_COMMENT: "UserComment"}
_RATINGS = (0x4746, 0x4749)
# ComfyUI and others count downward from 0x0110, one tag for each text; Fooocus names its scheme in 0x927C.
_TEXT_TAGS = frozenset({*range(0x0100, 0x0111), 0x0131, 0x927C, _USER_COMMENT})
_BYTE, _ASCII, _SHORT, _LONG, _UNDEFINED, _UTF8 = 1, 2, 3, 4, 7, 129
_UNIT_BYTES = {_BYTE: 1, _ASCII: 1, _SHORT: 2, _LONG: 4, _UNDEFINED: 1, _UTF8: 1}
_TEXT_TYPES = frozenset({_BYTE, _ASCII, _UNDEFINED, _UTF8})
_ENTRY_BYTES = 12


class _Entry(Struct, frozen=True):
    tag: int
    kind: int
    data: bytes


def add_exif_texts(data: bytes, parts: PictureParts) -> None:
    """Add the texts and ratings of an EXIF block under the names that `ImageFile.texts` promises.

    Damaged entries are left out; a block that is no TIFF structure is remarked.
    """
    tiff = data.removeprefix(_EXIF_PREFIX)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        parts.remark("EXIF: damaged, not read")
        return
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    main = _entries(tiff, first, order)
    folder = main.get(_EXIF_FOLDER)
    comment = None
    if folder and folder.kind == _LONG and len(folder.data) >= 4:
        (offset,) = struct.unpack_from(order + "I", folder.data)
        comment = _entries(tiff, offset, order).get(_USER_COMMENT)
    _add_main(main, order, parts, has_comment=comment is not None)
    if comment:
        _add_text("UserComment", decode_user_comment(comment.data), parts)


def _add_main(main: dict[int, _Entry], order: str, parts: PictureParts, *, has_comment: bool) -> None:
    for tag, entry in sorted(main.items(), reverse=True):
        if tag in _RATINGS and entry.kind in (_SHORT, _LONG, _BYTE):
            parts.add_text(f"exif:0x{tag:04X}", str(_number(entry, order)))
        elif tag in _TEXT_TAGS and entry.kind in _TEXT_TYPES:
            name = _NAMES.get(tag, f"exif:0x{tag:04X}")
            if tag == _USER_COMMENT:
                # Some tools put it into the main folder as plain text; the proper place comes first.
                _add_text(f"exif:0x{tag:04X}" if has_comment else name, decode_user_comment(entry.data), parts)
            else:
                _add_text(name, plain_text(entry.data.rstrip(b"\0")), parts)


def _add_text(name: str, text: str, parts: PictureParts) -> None:
    if text.strip():
        parts.add_text(name, text)


def _number(entry: _Entry, order: str) -> int:
    code = {_BYTE: "B", _SHORT: "H", _LONG: "I"}[entry.kind]
    (value,) = struct.unpack_from(order + code, entry.data)
    return int(value)


def _entries(tiff: bytes, start: int, order: str) -> dict[int, _Entry]:
    # Only wanted tags, each once: a thousand entries that point at the same megabyte cost nothing.
    entries: dict[int, _Entry] = {}
    if start + 2 > len(tiff):
        return entries
    (count,) = struct.unpack_from(order + "H", tiff, start)
    for number in range(count):
        place = start + 2 + number * _ENTRY_BYTES
        if place + _ENTRY_BYTES > len(tiff):
            break
        tag, kind, units = struct.unpack_from(order + "HHI", tiff, place)
        if tag in entries or tag not in _WANTED or kind not in _UNIT_BYTES or not units:
            continue
        size = units * _UNIT_BYTES[kind]
        offset = place + 8 if size <= 4 else struct.unpack_from(order + "I", tiff, place + 8)[0]
        if offset + size <= len(tiff):
            entries[tag] = _Entry(tag, kind, tiff[offset : offset + size])
    return entries


_WANTED = _TEXT_TAGS | {_EXIF_FOLDER, *_RATINGS}
