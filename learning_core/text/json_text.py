"""JSON from outside, read without surprises: bounded depth, no infinities, no broken characters."""

import json
import math
import re
from typing import Any

from learning_core.errors import OverLimit, Unreadable
from learning_core.limits import JSON_DEPTH, JSON_VALUES

# The string alternative also matches an unterminated string, so that no character is looked at twice.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def load_json(text: str | bytes, *, what: str) -> Any:
    """Return the value of a JSON text; `what` names it in errors (`prompt`, `line 3`).

    Integers are exact, NaN and infinities (also `1e999`) become None, lone surrogates become U+FFFD, a
    byte-order mark is dropped, of duplicate keys the last wins. Bytes must be UTF-8. Raises Unreadable
    for anything that is not JSON (an integer of thousands of digits included), OverLimit for nesting
    deeper than JSON_DEPTH.
    """
    plain = _decode(text, what)
    check_extent(plain, f"{what}: ")
    try:
        value = json.loads(plain, parse_float=_finite, parse_constant=_nothing)
    except json.JSONDecodeError as error:
        raise Unreadable(f"{what}: not JSON (line {error.lineno}, column {error.colno})") from error
    except ValueError as error:
        raise Unreadable(f"{what}: a number too long to read") from error
    if _SURROGATE_ESCAPE.search(plain) or _LONE_SURROGATE.search(plain):
        return _mended(value)
    return value


def check_extent(text: str, what: str = "") -> None:
    """Raise OverLimit for a JSON text of more than JSON_VALUES values, or nested deeper than JSON_DEPTH.

    Commas inside strings count as well: no prompt that we keep comes near the limit.
    """
    brackets = text.count("[") + text.count("{")
    if max(brackets, text.count(",")) > JSON_VALUES:
        raise OverLimit(f"{what}more than {JSON_VALUES:,} values")
    if brackets > JSON_DEPTH and nesting(text) > JSON_DEPTH:
        raise OverLimit(f"{what}nested deeper than {JSON_DEPTH} levels")


def nesting(text: str) -> int:
    """Return how deep arrays and objects lie in each other, or a number above JSON_DEPTH; strings do not count."""
    depth = deepest = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        first = text[match.start()]
        if first in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > JSON_DEPTH:
                break
        elif first in "]}":
            depth -= 1
    return deepest


def _decode(text: str | bytes, what: str) -> str:
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{what}: not UTF-8 (byte {error.start})") from error


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


def _nothing(_name: str) -> None:
    return None


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(item) for name, item in value.items()}
    return value
