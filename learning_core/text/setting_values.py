"""Key and value pairs of an infotext's settings, one after the other, in linear time."""

import json
import re

from msgspec import Struct

_KEY = re.compile(r"[ \t]*(\w[\w .+&/\-]{0,79}):[ \t]*")
_QUOTED = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
# A string without its closing quote is taken too, so that no character is looked at twice.
_NESTING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_AFTER_VALUE = re.compile(r"[ \t]*(?=[,\n]|\Z)")
_BARE_END = re.compile(r"[,\n]")


class Pair(Struct, frozen=True):
    """One setting: its key and its value as text, a quoted value without the quotes."""

    key: str
    value: str


class PairReader:
    """Reads pairs from one text; `position` moves forward only.

    A value is bare (to the next comma or the end of the line), a JSON string in double quotes, or a JSON
    array or object. Text between commas that is no pair is passed over, as the programs do that write it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._scanned_in_vain = 0
        self.position = 0

    def at_pair(self, position: int) -> bool:
        """Say whether a key stands at the position."""
        return _KEY.match(self._text, position) is not None

    def read_line(self) -> list[Pair]:
        """Read the pairs up to the end of the line; `position` is then the line break or the end of the text.

        A quoted or nested value may hold line breaks; the line ends with the first one outside.
        """
        pairs: list[Pair] = []
        while True:
            key = _KEY.match(self._text, self.position)
            if key:
                pairs.append(Pair(key[1].strip(), self._value(key.end())))
            else:
                self.position = self._bare_end(self.position)
            if self.position >= len(self._text) or self._text[self.position] == "\n":
                return pairs
            self.position += 1

    def _value(self, start: int) -> str:
        first = self._text[start : start + 1]
        end = None
        if first == '"':
            quoted = _QUOTED.match(self._text, start)
            end = quoted.end() if quoted else None
        elif first in ("[", "{"):
            end = self._nested_end(start)
        after = _AFTER_VALUE.match(self._text, end) if end is not None else None
        if end is None or after is None:
            self.position = self._bare_end(start)
            return self._text[start : self.position].strip()
        self.position = after.end()
        value = self._text[start:end]
        return unquoted(value) if first == '"' else value

    def _bare_end(self, start: int) -> int:
        end = _BARE_END.search(self._text, start)
        return end.start() if end else len(self._text)

    def _nested_end(self, start: int) -> int | None:
        # What was walked once without finding the closing bracket is not walked again from a later one.
        if start < self._scanned_in_vain:
            return None
        depth = 0
        for token in _NESTING.finditer(self._text, start):
            if token[0] in "[{":
                depth += 1
            elif token[0] in "]}":
                depth -= 1
                if depth == 0:
                    if not _AFTER_VALUE.match(self._text, token.end()):
                        self._scanned_in_vain = token.end()
                    return token.end()
        self._scanned_in_vain = len(self._text)
        return None


def unquoted(value: str) -> str:
    """Return the text of a JSON string; one that is no valid JSON keeps its characters without the quotes."""
    try:
        text = json.loads(value, strict=False)
    except ValueError:
        text = value[1:-1]
    return whole_characters(text if isinstance(text, str) else value)


def whole_characters(text: str) -> str:
    """Return the text with halves of surrogate pairs replaced, so that it can be written as UTF-8."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
