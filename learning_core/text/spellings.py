"""One issue in several spellings: letter case, punctuation, plural endings and spaces do not make another one."""

import re
from collections import Counter
from functools import lru_cache

from learning_core.text.keywords import words

_BETWEEN_ISSUES = re.compile(r"[,;\n\r\u3001\uff0c\uff1b]+|[.!?]+(?:\s|$)|[\u3002]")
MAXIMUM_WORDS = 6
"""Longer pieces of a text are sentences of their own, which nobody writes twice alike."""

_REMEMBERED = 4096
"""Validators say the same few things again and again."""


@lru_cache(maxsize=_REMEMBERED)
def spelling_key(text: str) -> str:
    """Return what the spellings of one issue have in common, empty for a text without letters and digits.

    "Extra fingers", "extra-finger" and "EXTRA FINGERS." are one, and so are "over exposed" and "overexposed". Words
    that differ by a letter stay apart: "too light" is not "too tight".
    """
    return "".join(words(text)).replace("'", "")


@lru_cache(maxsize=_REMEMBERED)
def issues_in(text: str) -> tuple[str, ...]:
    """Return the issues that a free text names: its pieces between commas, semicolons, lines and sentences.

    Pieces of more than six words, and those without any, are left out.
    """
    pieces = (" ".join(piece.split()).strip(" .!?:-") for piece in _BETWEEN_ISSUES.split(text))
    return tuple(piece for piece in pieces if 0 < len(words(piece)) <= MAXIMUM_WORDS)


class Spellings:
    """Counts texts by what their spellings have in common."""

    def __init__(self) -> None:
        self._written: dict[str, Counter[str]] = {}

    def add(self, text: str) -> str:
        """Count one mention; returns its key, empty for a text that names nothing."""
        key = spelling_key(text)
        if key:
            self._written.setdefault(key, Counter())[" ".join(text.split())] += 1
        return key

    def written(self, key: str) -> list[str]:
        """Return the spellings of a key, the most frequent first and equal ones by name."""
        return sorted(self._written[key], key=lambda text: (-self._written[key][text], text))

    def mentions(self, key: str) -> int:
        """Return how often a key was mentioned, in any spelling."""
        return self._written[key].total()
