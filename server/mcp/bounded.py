"""Keeping a result small: write both halves, and take rows away, saying so, until both fit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

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


def bounded(
    answer: AnyAnswer,
    template_name: str,
    shorter: Callable[[AnyAnswer], AnyAnswer | None],
    *,
    limit: int = USUAL_BYTES,
) -> Written:
    """Return both halves of an answer, each at most `limit` bytes if `shorter` can make it so.

    `shorter` returns a smaller answer that says what it left out, or None when nothing is left to take. Then
    the texts themselves are cut, with `…` where they end: gently to reach `limit`, as far as needed to reach
    LARGEST_BYTES.
    """
    while True:
        content = _shown(answer.model_dump(mode="json"), None)
        # Rendering is the slow half: what is too large as JSON is not rendered.
        if len(orjson.dumps(content)) <= limit:
            written = _written(answer, content, template_name)
            if written.size <= limit:
                return written
        smaller = shorter(answer)
        if smaller is None:
            return _cut(answer, template_name, limit)
        answer = smaller


def _written(answer: Answer, content: dict[str, Any], template_name: str) -> Written:
    """Return both halves of the content, which is the answer's with stored text made visible."""
    shown = type(answer).model_validate(content)
    return Written(content, render(template_name, shown))


def _cut(answer: Answer, template_name: str, limit: int) -> Written:
    gently = [(limit, characters) for characters in _STILL_SPEAKING_CHARACTERS]
    for most, characters in (*gently, *((LARGEST_BYTES, characters) for characters in _LAST_RESORT_CHARACTERS)):
        written = _written(answer, _shown(answer.model_dump(mode="json"), characters), template_name)
        if written.size <= most:
            break
    return written


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
        return {visible(key, 100): _shown(part, characters, key) for key, part in value.items()}
    return value
