"""Making stored text harmless to show: what would hide, reorder or control is written out instead."""

import re
import unicodedata

ENOUGH = 8_000
"""Characters of one text that are ever shown, where nothing smaller is asked for."""

_WRITTEN_OUT_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks by category, yet blank on the screen: fit to carry a hidden message.
# The ranges are variation selectors, which can spell any text behind one visible character.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_SHORT = {"\r\n": " ⏎ ", "\n": " ⏎ ", "\t": "\\t", "\r": "\\r", "\0": "\\0", "\x1b": "\\e"}


def visible(text: str, limit: int = ENOUGH) -> str:
    """Return the text on one line, at most `limit` characters long, with nothing in it that acts or hides.

    A newline becomes ` ⏎ `. Control characters (ANSI sequences start with one), bidirectional overrides,
    zero-width characters, variation selectors and lone surrogates are written as `\\u202e`. A longer text
    ends with `…`.
    """
    start = text[: limit + 1]
    if start.isprintable() and (start.isascii() or _INVISIBLE.search(start) is None):
        return text if len(text) <= limit else start[: limit - 1] + "…"
    pieces: list[str] = []
    left = limit
    for character in start.replace("\r\n", "\n"):
        piece = _shown(character)
        if len(piece) > left:
            return _closed(pieces, limit)
        pieces.append(piece)
        left -= len(piece)
    return _closed(pieces, limit) if len(text) > limit else "".join(pieces)


def quoted(text: str, limit: int = ENOUGH) -> str:
    """Return the text as a Markdown code span that it cannot leave, so that no markup in it takes effect."""
    inside = visible(text, limit).replace("`", "\\u0060")
    return f"`{inside or ' '}`"


def _shown(character: str) -> str:
    short = _SHORT.get(character)
    if short is not None:
        return short
    if character.isascii() and character.isprintable():
        return character
    if unicodedata.category(character) in _WRITTEN_OUT_CATEGORIES or _INVISIBLE.match(character):
        code = ord(character)
        return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
    return character


def _closed(pieces: list[str], limit: int) -> str:
    """Join the pieces with `…` at the end, whole pieces only."""
    length = sum(map(len, pieces))
    while pieces and length > limit - 1:
        length -= len(pieces.pop())
    return "".join(pieces) + "…"
