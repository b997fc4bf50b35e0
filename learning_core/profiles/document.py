"""A sidecar as the bytes that its owner wrote: only what changes is written anew, all else stays byte for byte."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from learning_core.errors import Unreadable
from learning_core.text.json_object import decode_object

_BOM = "\ufeff"
_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s,\]}]+', re.DOTALL)
_INDENTED = re.compile(r"[\[{](\r\n|\n|\r)([ \t]*)\S")
_TIGHT = re.compile(r'\A\s*\{\s*"[^"\\]*+(?:\\.[^"\\]*+)*+":\S', re.DOTALL)
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
DEFAULT_INDENT = "  "


def content_of(source: bytes) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the JSON object of a sidecar and remarks (of keys written twice the last counts, NaN becomes null).

    Raises Unreadable, or OverLimit, for what is no JSON object in UTF-8.
    """
    return decode_object(_text(source).removeprefix(_BOM))


def rewritten(source: bytes, content: Mapping[str, Any]) -> bytes:
    """Return the sidecar with another content: the bytes of every value that stays are kept.

    So are unknown keys, their order, indentation, line ends and a byte order mark. New keys come last. Lists are
    compared from both ends, so that inserting an item leaves the others alone. Raises Unreadable as `content_of`.
    """
    text = _text(source)
    body = text.removeprefix(_BOM)
    old, _ = decode_object(body)
    root, _ = _scan(body, _SPACE.match(body, 0).end())  # type: ignore[union-attr]  # it matches anywhere
    written = _Writer(body).value(root, old, dict(content), 0)
    return (text[: len(text) - len(body)] + body[: root.start] + written + body[root.end :]).encode("utf-8")


def new_document(content: Mapping[str, Any]) -> bytes:
    """Return the bytes of a sidecar that did not exist: UTF-8, two spaces a level, a line break at the end."""
    return (json.dumps(dict(content), ensure_ascii=False, indent=DEFAULT_INDENT) + "\n").encode("utf-8")


def _text(source: bytes) -> str:
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8 (byte {error.start})") from error


class _Node(Struct):
    """A value in the text, from `start` to before `end`; `members` of objects and lists, in their order."""

    start: int
    end: int
    members: list["_Member"]


class _Member(Struct):
    """One entry of an object (with its key) or a list, from the start of the key."""

    start: int
    key: str
    node: _Node


def _scan(text: str, start: int) -> tuple[_Node, int]:
    """Return the value that starts there, of a text known to be JSON, and where it ends."""
    opening = text[start]
    if opening not in "[{":
        end = _SCALAR.match(text, start).end()  # type: ignore[union-attr]  # the text is known to be JSON
        return _Node(start, end, []), end
    members: list[_Member] = []
    place = _after_space(text, start + 1)
    while text[place] not in "]}":
        begin, key = place, ""
        if opening == "{":
            end = _SCALAR.match(text, place).end()  # type: ignore[union-attr]  # a key
            key = json.loads(text[place:end])
            place = _after_space(text, _after_space(text, end) + 1)
        node, place = _scan(text, place)
        members.append(_Member(begin, key, node))
        place = _after_space(text, place)
        if text[place] == ",":
            place = _after_space(text, place + 1)
    return _Node(start, place + 1, members), place + 1


def _after_space(text: str, place: int) -> int:
    return _SPACE.match(text, place).end()  # type: ignore[union-attr]  # it matches anywhere


class _Writer:
    """Writes values anew in the manner of the text that they come from."""

    def __init__(self, text: str) -> None:
        self._text = text
        found = _INDENTED.search(text)
        line_break = _LINE_BREAK.search(text)
        self._line_break = found[1] if found else line_break[0] if line_break else "\n"
        self._indent = found[2] if found else ""
        self._is_ascii = text.isascii() and "\\u" in text
        self._colon = ":" if _TIGHT.search(text) else ": "
        self._comma = "," if self._colon == ":" else ", "

    def value(self, node: _Node, old: Any, new: Any, depth: int) -> str:
        """Return the text of a value that was `old` and is to be `new`."""
        if _same(old, new):
            return self._text[node.start : node.end]
        if isinstance(old, dict) and isinstance(new, dict) and node.members and new:
            return self._container(node, list(self._entries(node, old, new, depth)))
        if isinstance(old, list) and isinstance(new, list) and node.members and new:
            return self._container(node, list(self._items(node, old, new, depth)))
        return self._fresh(new, depth)

    def _entries(self, node: _Node, old: dict[str, Any], new: dict[str, Any], depth: int) -> Iterator["_Piece"]:
        last = {member.key: place for place, member in enumerate(node.members)}
        for place, member in enumerate(node.members):
            if member.key not in new:
                continue
            if last[member.key] != place:
                yield _Piece(self._text[member.start : member.node.end], place)
                continue
            written = self.value(member.node, old[member.key], new[member.key], depth + 1)
            yield _Piece(self._text[member.start : member.node.start] + written, place)
        for key, value in new.items():
            if key not in last:
                yield _Piece(f"{self._dumped(key)}{self._colon}{self._fresh(value, depth + 1)}", None)

    def _items(self, node: _Node, old: list[Any], new: list[Any], depth: int) -> Iterator["_Piece"]:
        for before, after in _aligned(old, new):
            if after is None:
                continue
            if before is None:
                yield _Piece(self._fresh(new[after], depth + 1), None)
            else:
                yield _Piece(self.value(node.members[before].node, old[before], new[after], depth + 1), before)

    def _container(self, node: _Node, pieces: Sequence["_Piece"]) -> str:
        text, members = self._text, node.members
        gaps = [text[members[place - 1].node.end : members[place].start] for place in range(1, len(members))]
        lead, tail = text[node.start + 1 : members[0].start], text[members[-1].node.end : node.end - 1]
        usual = gaps[-1] if gaps else f",{lead}" if lead else self._comma
        written = text[node.start] + lead
        for number, piece in enumerate(pieces):
            if number:
                written += gaps[piece.place - 1] if piece.place else usual
            written += piece.text
        return written + tail + text[node.end - 1]

    def _fresh(self, value: Any, depth: int) -> str:
        if not self._indent or not isinstance(value, dict | list):
            return self._dumped(value)
        lines = self._dumped(value, indent=self._indent).split("\n")
        return (self._line_break + self._indent * depth).join(lines)

    def _dumped(self, value: Any, indent: str | None = None) -> str:
        glue = ("," if indent else self._comma), self._colon
        return json.dumps(value, ensure_ascii=self._is_ascii, indent=indent, separators=glue, allow_nan=False)


class _Piece(Struct, frozen=True):
    """The text of one entry, and its place before; None for a new one."""

    text: str
    place: int | None


def _same(one: Any, other: Any) -> bool:
    """Tell whether two JSON values are the same, of the same kind and with keys in the same order."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _aligned(old: list[Any], new: list[Any]) -> Iterator[tuple[int | None, int | None]]:
    """Yield which item before is which after: equal ones from both ends, the rest in order."""
    head = 0
    while head < min(len(old), len(new)) and _same(old[head], new[head]):
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and _same(old[-1 - tail], new[-1 - tail]):
        tail += 1
    yield from ((place, place) for place in range(head))
    for place in range(head, max(len(old), len(new)) - tail):
        before = place if place < len(old) - tail else None
        yield before, place if place < len(new) - tail else None
    yield from ((len(old) - tail + place, len(new) - tail + place) for place in range(tail))
