"""A JSON object from a line of anybody's log: what had to be left out of it is remarked, never guessed."""

import json
from typing import Any

from msgspec import Struct, field

from learning_core.errors import Unreadable
from learning_core.limits import INTEGER_DIGITS
from learning_core.text.json_text import check_extent

_MOST_REMARKS = 20
_SHOWN_KEY_CHARACTERS = 60


def decode_object(text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return a JSON object and remarks on what had to be left out of it.

    Of a key that stands twice the last value counts; NaN, infinities and integers of more than INTEGER_DIGITS
    digits become None; each is remarked with its key. Other integers are exact. Raises Unreadable,
    or OverLimit beyond JSON_DEPTH levels or JSON_VALUES values.
    """
    check_extent(text)
    oddities = _Oddities()
    try:
        value = json.loads(
            text,
            object_pairs_hook=oddities.object_of,
            parse_constant=oddities.constant,
            parse_float=oddities.real,
            parse_int=oddities.integer,
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error
    if not isinstance(value, dict):
        raise Unreadable(f"{_kind(value)} where a JSON object belongs")
    if "\\u" in text and _has_lone_surrogate(value):
        raise Unreadable("a text with half a surrogate pair")
    return value, tuple(oddities.remarks)


def _kind(value: Any) -> str:
    return {list: "an array", str: "a text", bool: "true or false", type(None): "null"}.get(type(value), "a number")


def _has_lone_surrogate(value: dict[str, Any]) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


class _Unusable(Struct, frozen=True):
    reason: str


class _Oddities(Struct):
    """Hooks of one decoding; unusable numbers travel as `_Unusable` until their key is known."""

    remarks: list[str] = field(default_factory=list)
    met_unusable: bool = False

    def object_of(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            self._remark_repeated(pairs)
        if self.met_unusable:
            for key, item in value.items():
                if isinstance(item, (_Unusable, list)):
                    value[key] = self._usable(key, item)
        return value

    def constant(self, name: str) -> _Unusable:
        self.met_unusable = True
        return _Unusable(f"{name} is no number")

    def real(self, digits: str) -> float | _Unusable:
        number = float(digits)
        if number in (float("inf"), float("-inf")):
            return self.constant("a number beyond all limits")
        return number

    def integer(self, digits: str) -> int | _Unusable:
        if len(digits) > INTEGER_DIGITS:
            self.met_unusable = True
            return _Unusable(f"a number of {len(digits)} digits")
        return int(digits)

    def _usable(self, key: str, item: Any) -> Any:
        if isinstance(item, _Unusable):
            self._remark(key, f"{item.reason}, treated as unknown")
            return None
        if isinstance(item, list):
            return [self._usable(key, part) for part in item]
        return item

    def _remark_repeated(self, pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                self._remark(key, "written more than once, the last value counts")
            seen.add(key)

    def _remark(self, key: str, what: str) -> None:
        remark = f"{key[:_SHOWN_KEY_CHARACTERS]}: {what}"
        if len(self.remarks) < _MOST_REMARKS and remark not in self.remarks:
            self.remarks.append(remark)
