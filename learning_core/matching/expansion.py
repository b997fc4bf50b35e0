"""Which terms of a library mean nearly the same as a word: by cosine, capped, and with what cosines get wrong left out.

Opposites are as near as synonyms and what shares a word is nearest of all, so nothing that shares a word is taken, and
words for colour, number, size and place are not widened at all.
"""

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from msgspec import Struct

from learning_core.index.columns import Column
from learning_core.matching.quantised import cosines
from learning_core.matching.term_vectors import Backend, TermVectors

RELATED_BAND = 0.10
"""So far below the threshold a term is still worth naming; in that band a quarter mean the same."""

MOST_LOOKED_AT = 200


class Rule(Struct, frozen=True):
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
        "left", "right", "up", "down", "front", "back", "side", "top", "bottom", "above", "below",
        "long", "short", "big", "small", "large", "little", "tall", "old", "young", "open", "closed", "high", "low",
        "no", "not", "without",
    ]
)  # fmt: skip
"""Folded words that say how much, which or where: their neighbours are their alternatives, not their synonyms."""


_ENDINGS = frozenset(["y", "ish", "like", "side", "front", "shore", "line", "scape", "scene"])
"""What follows a word without making another one of it: "beachy", "lakeside"."""


class Neighbour(Struct, frozen=True):
    """A term near in meaning: as it is usually written, and its similarity; one that only looks alike never counts."""

    term: str
    similarity: float
    looks_alike: bool


def holds_attribute(folded: Collection[str]) -> bool:
    """Tell whether a word of a facet is one that is not widened; numbers are."""
    return any(word in ATTRIBUTES or word.isdecimal() for word in folded)


def neighbours(
    vectors: TermVectors,
    asked: Column,
    least: float,
    stated: Sequence[Sequence[str]],
    unwanted: Collection[str],
) -> Iterator[Neighbour]:
    """Yield the terms whose cosine to the vector asked with is at least `least`, the nearest first.

    The first of the `stated` alternatives (folded words each) is the one asked with. Terms of equal cosine come by
    prompts, then by name. Left out are those with a stated or an `unwanted` word, and those that hold a nearer one.
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
        looks_alike = not vectors.whole[row] and _goes_on(vectors.terms[row], stated[0])
        yield Neighbour(vectors.written[row], float(similar[row]), looks_alike)


def _goes_on(term: str, own: Sequence[str]) -> bool:
    """Tell whether a term is the word asked with and a rest that makes another word of it, as "carne" of "car".

    A model that knows such a word only by its pieces takes it to be near the first of them.
    """
    rest = term.removeprefix(own[0]) if len(own) == 1 and term != own[0] else term
    return rest != term and rest not in _ENDINGS
