"""What a walk through an image file gathers: size, texts, and a hash of the picture's own bytes."""

import hashlib
import os
from typing import BinaryIO

from msgspec import Struct, field

from learning_core.errors import OverLimit, Unreadable
from learning_core.limits import IMAGE_PARTS, IMAGE_TEXT_BYTES, TEXT_CHUNK_BYTES, TEXT_CHUNKS

_BLOCK_BYTES = 1024 * 1024
_MOST_REMARKS = 20


class PictureParts(Struct):
    """Collector that keeps the limits: texts per image in number and in all, parts of the file in number."""

    width: int = 0
    height: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    _sha256: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _last_kind: bytes = b""
    _text_count: int = 0
    _text_bytes: int = 0
    _part_count: int = 0

    @property
    def image_hash(self) -> str:
        """Return the hexadecimal SHA-256 of the picture's own bytes so far."""
        return self._sha256.hexdigest()

    def count_part(self) -> None:
        """Count one chunk, segment or block; raises OverLimit for a file cut into absurdly many."""
        self._part_count += 1
        if self._part_count > IMAGE_PARTS:
            raise OverLimit(f"more than {IMAGE_PARTS} parts in one image file")

    def remark(self, remark: str) -> None:
        """Keep a short phrase for the report, as long as there are few and it is new."""
        if len(self.remarks) < _MOST_REMARKS and remark not in self.remarks:
            self.remarks.append(remark)

    def add_text(self, name: str, text: str) -> None:
        """Keep a text under its name; of two with the same name the last one counts. Raises OverLimit."""
        self._text_count += 1
        # One character beyond Latin-1 can make each of a text's characters take four bytes.
        self._text_bytes += len(text) * (1 if text.isascii() else 4)
        if self._text_count > TEXT_CHUNKS:
            raise OverLimit(f"more than {TEXT_CHUNKS} texts in one image")
        if self._text_bytes > IMAGE_TEXT_BYTES:
            raise OverLimit(f"more than {IMAGE_TEXT_BYTES // 1024 // 1024} MB of text in one image")
        if self.texts.get(name, text) != text:
            self.remark(f"{name[:80]}: stands twice with different texts, the last one counts")
        self.texts[name] = text

    def too_long(self, name: str, size: int) -> bool:
        """Say whether a text of this size is to be skipped, and remark it."""
        if size > TEXT_CHUNK_BYTES:
            self.remark(f"{name}: {size // 1024 // 1024} MB of text, skipped")
        return size > TEXT_CHUNK_BYTES

    def hash_kind(self, kind: bytes) -> None:
        """Hash the name of a part, once for a run of equal ones: where data is cut does not matter."""
        if kind != self._last_kind:
            self._sha256.update(kind)
            self._last_kind = kind

    def hash_bytes(self, data: bytes) -> None:
        """Hash bytes that carry the picture."""
        self._sha256.update(data)

    def hash_stream(self, file: BinaryIO, size: int) -> None:
        """Hash the next bytes of the file, block by block."""
        while size > 0:
            block = file.read(min(size, _BLOCK_BYTES))
            if not block:
                raise Unreadable("the file ends inside the picture")
            self._sha256.update(block)
            size -= len(block)


def bytes_left(file: BinaryIO) -> int:
    """Return how many bytes follow the current position."""
    return os.fstat(file.fileno()).st_size - file.tell()


def read_exactly(file: BinaryIO, size: int, inside: str) -> bytes:
    """Return the next bytes; raises Unreadable when the file ends before, naming what it ends inside of."""
    data = file.read(size)
    if len(data) < size:
        raise Unreadable(f"the file ends inside {inside}")
    return data


def plain_text(data: bytes) -> str:
    """Return bytes as text: UTF-8 where valid, else Latin-1, in which every byte is a character."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
