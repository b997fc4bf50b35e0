"""Image files as carriers of text: recognised by content, read within limits, never decoded."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from learning_core.errors import OverLimit, Unreadable
from learning_core.importers.avif_metadata import read_avif
from learning_core.importers.gif_blocks import read_gif
from learning_core.importers.jpeg_segments import read_jpeg
from learning_core.importers.path_text import path_text
from learning_core.importers.picture_parts import PictureParts
from learning_core.importers.png_chunks import SIGNATURE, read_png
from learning_core.importers.webp_chunks import read_webp
from learning_core.limits import TEXT_CHUNK_BYTES

HEAD_BYTES = 64
"""How much of a file's start `format_of` wants to see."""

_AVIF_BRANDS = (b"avif", b"avis")
_READERS: dict[str, Callable[[BinaryIO], PictureParts]] = {
    "png": read_png,
    "jpeg": read_jpeg,
    "webp": read_webp,
    "avif": read_avif,
    "gif": read_gif,
}


class ImageFile(Struct, frozen=True):
    """An image with the texts in it.

    `format` is png, jpeg, webp, avif or gif; sizes are pixels; `image_hash` is the SHA-256 (hexadecimal) of
    the bytes that carry the picture, so that a changed text leaves it alone (AVIF, GIF: of the whole file).
    `texts` goes by the keyword of a PNG text, or `UserComment`, `ImageDescription`, `Software`, `exif:0x010F`
    (likewise any other text of the main EXIF folder from 0x0100 to 0x0110, 0x927C, and the ratings 0x4746 and
    0x4749 as text), `xmp`, and `comment` (GIF, JPEG). `modified` is the file's time in epoch seconds.
    """

    path: str
    format: str
    width: int
    height: int
    image_hash: str
    texts: dict[str, str]
    remarks: tuple[str, ...] = ()
    modified: float | None = None


def format_of(head: bytes) -> str | None:
    """Return the format that a file's first bytes show, or None when it is no image that we read."""
    if head.startswith(SIGNATURE):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        brands = (head[8:12], *(head[place : place + 4] for place in range(16, HEAD_BYTES, 4)))
        return "avif" if any(brand in _AVIF_BRANDS for brand in brands) else None
    return None


def read_image(path: Path) -> ImageFile:
    """Read an image's size, hash and texts; an image without texts is no error.

    Raises Unreadable for what is no whole image file, OverLimit for texts beyond the limits. A single text
    that is too long as it stands is skipped with a remark.
    """
    try:
        with _regular(path) as file:
            kind = format_of(file.read(HEAD_BYTES))
            if kind is None:
                raise Unreadable("not an image that we read")
            parts = _READERS[kind](file)
            modified = path.stat().st_mtime
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error
    return ImageFile(
        path=path_text(path),
        format=kind,
        width=parts.width,
        height=parts.height,
        image_hash=parts.image_hash,
        texts=parts.texts,
        remarks=tuple(parts.remarks),
        modified=modified,
    )


def read_text_file(path: Path) -> str:
    """Return the text of a `.txt` beside an image: UTF-8 with or without byte order mark, or UTF-16 with one.

    Line ends become newlines. Other encodings are refused rather than guessed, as a guess would change words
    without a sign. Raises Unreadable, or OverLimit for more than TEXT_CHUNK_BYTES.
    """
    try:
        with _regular(path) as file:
            data = file.read(TEXT_CHUNK_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error
    if len(data) > TEXT_CHUNK_BYTES:
        raise OverLimit(f"a text over {TEXT_CHUNK_BYTES // 1024 // 1024} MB")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable("neither UTF-8 nor UTF-16 with a byte order mark") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _regular(path: Path) -> BinaryIO:
    # Asked before opening: opening a pipe would wait for somebody to write.
    if not stat.S_ISREG(path.stat().st_mode):
        raise Unreadable("not a regular file")
    return path.open("rb")
