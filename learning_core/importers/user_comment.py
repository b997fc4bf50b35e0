"""EXIF UserComment as text, in all the encodings that image tools write it in."""

from learning_core.importers.picture_parts import plain_text
from learning_core.text.infotext import parse

_UNICODE = b"UNICODE\0"
_OTHER_CODES = (b"ASCII\0\0\0", b"JIS\0\0\0\0\0", b"\0\0\0\0\0\0\0\0")
_CLEAR = 4
"""How many times more zero bytes in one place than in the other settle the order."""
_MANY = 8
"""One zero byte in so many bytes is enough to count on them; a closing NUL is not."""
_PARSED_STARTS = ("{", "[", "prompt:", "workflow:", "SNMETA:")


def decode_user_comment(data: bytes) -> str:
    """Return the text of a UserComment without its code name and trailing NULs.

    Neither the code name nor the byte order of the EXIF block tells the order of UTF-16: zero bytes in odd
    and even places do, and when these do not, the order that gives a readable text.
    """
    code = data[:8]
    if code == _UNICODE:
        return _wide_or_plain(data[8:])
    body = data[8:] if code in _OTHER_CODES else data
    if b"\0" in body.rstrip(b"\0") or body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _wide_or_plain(body)
    return _plain(body)


def _wide_or_plain(body: bytes) -> str:
    if body[:2] == b"\xff\xfe":
        return _wide(body[2:], "utf-16-le")
    if body[:2] == b"\xfe\xff":
        return _wide(body[2:], "utf-16-be")
    # Western characters have their zero byte first in big-endian order, second in little-endian order.
    inside = body.rstrip(b"\0")
    even, odd = inside[0::2].count(0), inside[1::2].count(0)
    if max(even, odd) * _MANY > len(inside):
        if even > _CLEAR * odd:
            return _wide(body, "utf-16-be")
        if odd > _CLEAR * even:
            return _wide(body, "utf-16-le")
    # max() keeps the first of equals: A1111's order, where nothing else decides.
    return max((_wide(body, "utf-16-be"), _wide(body, "utf-16-le"), *_utf8(body)), key=_readability)


def _readability(text: str) -> tuple[bool, int, int]:
    parses = text.startswith(_PARSED_STARTS) or bool(parse(text).settings)
    western = sum(1 for character in text if " " <= character <= "~" or character == "\n")
    damaged = text.count("\ufffd") + text.count("\0")
    return parses, -damaged, western


def _wide(body: bytes, encoding: str) -> str:
    return body[: len(body) // 2 * 2].decode(encoding, "replace").rstrip("\0")


def _utf8(body: bytes) -> tuple[str, ...]:
    try:
        return (body.rstrip(b"\0").decode("utf-8"),)
    except UnicodeDecodeError:
        return ()


def _plain(body: bytes) -> str:
    return plain_text(body.rstrip(b"\0")).removeprefix("\ufeff")
