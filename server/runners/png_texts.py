"""Text chunks for a PNG that lacks them: the picture itself stays as it is."""

import struct
import zlib
from collections.abc import Sequence

from learning_core.importers.png_chunks import SIGNATURE

_HEADER_END = len(SIGNATURE) + 4 + 4 + 13 + 4


def with_texts(content: bytes, texts: Sequence[tuple[str, str]]) -> bytes:
    """Return a PNG with the texts (keyword, text) behind its header, each only if it has none of that keyword.

    Anything but a PNG comes back unchanged.
    """
    if not content.startswith(SIGNATURE) or len(content) < _HEADER_END:
        return content
    missing = [_chunk(keyword, text) for keyword, text in texts if not _has(content, keyword)]
    return content[:_HEADER_END] + b"".join(missing) + content[_HEADER_END:]


def _has(content: bytes, keyword: str) -> bool:
    return any(kind + keyword.encode("latin-1") + b"\0" in content for kind in (b"tEXt", b"zTXt", b"iTXt"))


def _chunk(keyword: str, text: str) -> bytes:
    """Return an uncompressed iTXt chunk (PNG 11.3.3.4): keyword, no compression, no language."""
    data = keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8", "replace")
    return struct.pack(">I", len(data)) + b"iTXt" + data + struct.pack(">I", zlib.crc32(b"iTXt" + data))
