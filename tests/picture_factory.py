"""Small real PNG files with the texts that image tools leave in them."""

import struct
import zlib
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def text_chunk(text: bytes, keyword: bytes = b"parameters") -> bytes:
    return chunk(b"tEXt", keyword + b"\0" + text)


def packed_chunk(text: bytes, keyword: bytes = b"parameters") -> bytes:
    return chunk(b"zTXt", keyword + b"\0\0" + zlib.compress(text, 9))


def png(*chunks: bytes, picture: bytes = b"", width: int = 8, height: int = 8) -> bytes:
    """Return a PNG; `picture` makes its pixels, which nobody decodes, its own."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return SIGNATURE + header + b"".join(chunks) + chunk(b"IDAT", zlib.compress(picture)) + chunk(b"IEND", b"")


def infotext(seed: int = 1, *, prompt: str = "beach at noon", ranking: int | None = None, more: str = "") -> bytes:
    stars = "" if ranking is None else f", Ranking: {ranking}"
    return (
        f"{prompt}\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: {seed}, "
        f"Size: 512x512, Model: coast{stars}{more}"
    ).encode()


def write_picture(path: Path, seed: int = 1, *, ranking: int | None = None, prompt: str = "beach at noon") -> Path:
    """Write an image whose pixels belong to its seed, so that another ranking leaves it the same picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(text_chunk(infotext(seed, prompt=prompt, ranking=ranking)), picture=b"%d" % seed))
    return path
