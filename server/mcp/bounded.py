"""Keeping a result small: write both halves, and take rows away, saying so, until both fit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

from learning_core.answers.answer import Answer
from server.rendering import render
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


@dataclass(frozen=True, slots=True)
class Written:
    """Both halves of a result: the same facts as JSON and as Markdown."""

    structured: dict[str, Any]
    text: str

    @property
    def size(self) -> int:
        """Bytes of the larger half, JSON written compactly."""
        return max(len(orjson.dumps(self.structured)), len(self.text.encode()))


@dataclass(frozen=True, slots=True)
class Bounded(Generic[AnyAnswer]):
    """An answer that can be written in at most so many bytes; `shorter` gives a smaller one, or None at the end."""

    answer: AnyAnswer
    template_name: str
    shorter: Callable[[AnyAnswer], AnyAnswer | None]
    limit: int

    def written(self, shown: Callable[[dict[str, Any]], dict[str, Any]]) -> Written:
        """Return both halves, each at most `limit` bytes if `shorter` can make it so; `shown` hides what must be.

        When nothing is left to take, the texts themselves are cut, with `…` where they end: gently to reach `limit`,
        as far as needed to reach LARGEST_BYTES.
        """
        answer = self.answer
        while True:
            content = _shown(shown(answer.model_dump(mode="json")), None)
            # Rendering is the slow half: what is too large as JSON is not rendered.
            if len(orjson.dumps(content)) <= self.limit:
                written = self._written(content)
                if written.size <= self.limit:
                    return written
            smaller = self.shorter(answer)
            if smaller is None:
                return self._cut(shown(answer.model_dump(mode="json")))
            answer = smaller

    def _written(self, content: dict[str, Any]) -> Written:
        """Return both halves of the content, which is the answer's with stored text made visible."""
        shown = type(self.answer).model_validate(content)
        return Written(content, render(self.template_name, shown))

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
) -> Bounded[AnyAnswer]:
    """Return an answer with the template that words it and what makes it fit."""
    return Bounded(answer, template_name, shorter, limit)


def _shown(value: Any, characters: int | None, name: str = "") -> Any:
    """Return JSON content with stored text made visible and capped, and shares rounded."""
    if isinstance(value, str):
        usual = _USUAL_CHARACTERS.get(name, ENOUGH)
        return visible(value, usual if characters is None or name in _UNCUT else min(usual, characters))
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, list):
        return [_shown(part, characters, name) for part in value]
    if isinstance(value, dict):
        # Nearly all keys are names of fields, which need no look at each letter.
        return {
            key if key.isascii() and key.isidentifier() else visible(key, 100): _shown(part, characters, key)
            for key, part in value.items()
        }
    return value
