"""Which terms of a library mean nearly the same as a word: by cosine, capped, and with what cosines get wrong left out.

Opposites are as near as synonyms and what shares a word is nearest of all, so nothing that shares a word is taken, and
words for colour, number, size and place are not widened at all.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from learning_core.index.columns import Column
from learning_core.matching.quantised import cosines
from learning_core.matching.term_vectors import Backend, TermVectors

RELATED_BAND = 0.10
"""So far below the threshold a term is still worth naming; in that band a quarter mean the same."""

MOST_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """What counts for one back end: the least similarity, and how many terms at most."""

    threshold: float
    most: int


RULES: dict[Backend, Rule] = {"static": Rule(0.70, 8), "sentence-transformers": Rule(0.65, 5)}
"""As measured on graded terms of public prompts; the cap matters more than the threshold."""

ATTRIBUTES = frozenset(
    [
        "black", "blonde", "blue", "brown", "color", "colour", "cyan", "dark", "gold", "gray", "green", "grey", "light",
        "magenta", "orange", "pink", "purple", "red", "silver", "teal", "violet", "white", "yellow",
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "single", "double", "many",
        "few",         "1girl", "1boy", "2girl", "2boy", "solo",
        "left", "right", "up", "down", "front", "back", "side", "top", "bottom", "above", "below", "inside", "outside",
        "long", "short", "big", "small", "large", "little", "tall", "old", "young", "open", "closed", "high", "low",
        "no", "not", "without", "female", "male", "man", "woman", "girl", "boy",
    ]
)  # fmt: skip
"""Folded words that say how much, which or where: their neighbours are their alternatives, not their synonyms."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A term near in meaning: as it is usually written, and its similarity."""

    term: str
    similarity: float


def holds_attribute(folded: Collection[str]) -> bool:
    """Tell whether a word of a facet is one that is not widened; numbers are."""
    return any(word in ATTRIBUTES or word.isdecimal() for word in folded)


def neighbours(
    vectors: TermVectors, asked: Column, least: float, stated: Collection[Sequence[str]], unwanted: Collection[str]
) -> Iterator[Neighbour]:
    """Yield the terms whose cosine to the vector asked with is at least `least`, the nearest first.

    Those of equal cosine come by prompts, then by name. Left out are terms with a word of the `stated` alternatives
    (folded words each) or an `unwanted` word, and those that hold a nearer one.
    """
    similar = cosines(vectors.vectors, vectors.squares, asked)
    near = np.flatnonzero(similar >= least)
    # The rows are in the order of the names, and a stable sort keeps it among equals.
    near = near[np.lexsort((-vectors.prompts[near], -similar[near]))][:MOST_LOOKED_AT]
    taken: list[set[str]] = []
    spoken = {word for words in stated for word in words} | set(unwanted)
    for row in near.tolist():
        words = set(vectors.terms[row].split(" "))
        if words & spoken or any(nearer <= words for nearer in taken):
            continue
        taken.append(words)
        yield Neighbour(vectors.written[row], float(similar[row]))
