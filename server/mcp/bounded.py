"""Keeping a result small: write both halves, and take rows away, saying so, until both fit."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import orjson
from msgspec import Struct

from learning_core.answers.answer import Answer
from server.rendering import fill
from server.untrusted import ENOUGH, visible

LARGEST_BYTES = 20_000
"""No half of a result is ever larger; hosts cut off or refuse beyond about twice that."""

USUAL_BYTES = 6_000
"""What a call gets that does not ask for more."""

DECIMALS = 4
_USUAL_CHARACTERS = {
    "line": 400, "prompt": 400, "setting": 120, "name": 120, "term": 120, "decision": 120, "tags": 120,
    "sentence": 700, "notes": 700, "summary": 2_000,
}  # fmt: skip
_STILL_SPEAKING_CHARACTERS = (None, 1_000, 600)
_LAST_RESORT_CHARACTERS = (None, 1_000, 300, 100, 40)
_UNCUT = frozenset({"ref", "next_cursor"})

AnyAnswer = TypeVar("AnyAnswer", bound=Answer)


class Written(Struct, frozen=True):
    """Both halves of a result: the same facts as JSON and as Markdown."""

    structured: dict[str, Any]
    text: str

    @property
    def size(self) -> int:
        """Bytes of the larger half, JSON written compactly."""
        return max(len(orjson.dumps(self.structured)), len(self.text.encode()))


Hide = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes what must not be shown out of the content of an answer."""


class Bounded(Struct, Generic[AnyAnswer], frozen=True):
    """An answer that can be written in at most so many bytes; `shorter` gives a smaller one, or None at the end.

    `shorter` may also answer anew, from what is not cleaned yet, if `asks_again` says so.
    """

    answer: AnyAnswer
    template_name: str
    shorter: Callable[[AnyAnswer], AnyAnswer | None]
    limit: int
    asks_again: bool

    def written(self, hide: Hide) -> Written:
        """Return both halves, each at most `limit` bytes if `shorter` can make it so.

        When nothing is left to take, the texts themselves are cut, with `…` where they end: gently to reach `limit`,
        as far as needed to reach LARGEST_BYTES.
        """
        content = _cleaned(self.answer, hide)
        if (written := self._fitting(content)) is not None:
            return written
        answer = self.answer if self.asks_again else type(self.answer).model_validate(content)
        while (smaller := self.shorter(answer)) is not None:
            answer = smaller
            # Its JSON is written faster than its content, and most of them are still too large.
            if self.asks_again or len(answer.model_dump_json().encode()) <= self.limit:
                written = self._fitting(self._content(answer, hide))
                if written is not None:
                    return written
        return self._cut(self._content(answer, hide))

    def _content(self, answer: AnyAnswer, hide: Hide) -> dict[str, Any]:
        return _cleaned(answer, hide) if self.asks_again else answer.model_dump(mode="json")

    def _fitting(self, content: dict[str, Any]) -> Written | None:
        # Rendering is the slow half: what is too large as JSON is not rendered.
        if len(orjson.dumps(content)) <= self.limit:
            written = self._written(content)
            if len(written.text.encode()) <= self.limit:
                return written
        return None

    def _written(self, content: dict[str, Any]) -> Written:
        return Written(content, fill(self.template_name, content))

    def _cut(self, content: dict[str, Any]) -> Written:
        gently = [(self.limit, characters) for characters in _STILL_SPEAKING_CHARACTERS]
        for most, characters in (*gently, *((LARGEST_BYTES, characters) for characters in _LAST_RESORT_CHARACTERS)):
            written = self._written(_shown(content, characters))
            if written.size <= most:
                break
        return written


def bounded(
    answer: AnyAnswer,
    template_name: str,
    shorter: Callable[[AnyAnswer], AnyAnswer | None],
    *,
    limit: int = USUAL_BYTES,
    asks_again: bool = True,
) -> Bounded[AnyAnswer]:
    """Return an answer with the template that words it and what makes it fit."""
    return Bounded(answer, template_name, shorter, limit, asks_again)


def _cleaned(answer: Answer, hide: Hide) -> dict[str, Any]:
    """Return the content of an answer as it may be shown, with stored text made visible and capped."""
    content: dict[str, Any] = _shown(hide(answer.model_dump(mode="json")), None)
    return content


def _shown(value: Any, characters: int | None, name: str = "") -> Any:
    """Return JSON content with stored text made visible and capped, and shares rounded."""
    kind = type(value)
    if kind is str:
        usual = _USUAL_CHARACTERS.get(name, ENOUGH)
        return visible(value, usual if characters is None or name in _UNCUT else min(usual, characters))
    if kind is float:
        return round(value, DECIMALS)
    if kind is list:
        return [_shown(part, characters, name) for part in value]
    if kind is dict:
        return {_key(key): _shown(part, characters, key) for key, part in value.items()}
    return value


def _key(key: str) -> str:
    # Nearly all keys are names of fields, which need no look at each letter.
    return key if key.isascii() and key.isidentifier() else visible(key, 100)
