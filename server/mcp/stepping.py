"""Shortening an answer step by step, each step from the whole answer, so that what it leaves out can be counted."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from learning_core.answers.answer import Answer

AnyAnswer = TypeVar("AnyAnswer", bound=Answer)
Size = TypeVar("Size")


def by_steps(sizes: Iterable[Size], cut: Callable[[Size], AnyAnswer]) -> Callable[[AnyAnswer], AnyAnswer | None]:
    """Return a shortener that gives `cut` of one size after the other, then None; the sizes go down."""
    left = iter(sizes)

    def shorter(_: AnyAnswer) -> AnyAnswer | None:
        size = next(left, None)
        return None if size is None else cut(size)

    return shorter


def noted(notes: Sequence[str], *more: str) -> list[str]:
    """Return the notes and those of the others that are no empty text and not among them yet."""
    return [*notes, *(each for each in more if each and each not in notes)]


def left_out(shown: int, total: int, what: str, how: str = "") -> str:
    """Return a note on what was left out to fit; empty where all is shown."""
    if shown >= total:
        return ""
    return f"Shortened to fit: {shown} of {total} {what}{f'; {how}' if how else ''}."
