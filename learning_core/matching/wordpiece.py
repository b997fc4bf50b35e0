"""WordPiece as uncased BERT models read text: from words to numbers of pieces, with nothing but a vocabulary.

Wu et al. 2016, Google's Neural Machine Translation System, section 4.1: the longest piece that fits is taken, from
the left; pieces inside a word begin with `##`. A word that cannot be put together is dropped.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from learning_core.text.keywords import fold

Vocabulary = Mapping[str, int]
"""Pieces with their numbers; the more frequent, the smaller."""

LONGEST_WORD = 100
_INSIDE = "##"
_ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_IDEOGRAPHS = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2CEAF), (0x2F800, 0x2FA1F),
)  # fmt: skip


def pieces(text: str, vocabulary: Vocabulary) -> list[int]:
    """Return the numbers of the pieces of a text."""
    return [number for word in _words(text) for number in _of_word(word, vocabulary)]


def surface(folded: Sequence[str], vocabulary: Vocabulary) -> str:
    """Return folded words as they are usually written: "canva" as "canvas", "beach" as it is.

    Of the spellings that fold to a word the one with the smallest number is taken, so that neither the order of a log
    nor what else is in it decides.
    """
    return " ".join(_usual(word, vocabulary) for word in folded)


def _usual(word: str, vocabulary: Vocabulary) -> str:
    plurals = (f"{word}s", f"{word}es", f"{word[:-1]}ies" if word.endswith("y") else "")
    known = [each for each in (word, *plurals) if each in vocabulary and fold(each) == fold(word)]
    return min(known, key=lambda each: vocabulary[each], default=word)


def _words(text: str) -> Iterator[str]:
    if text.isascii() and text.replace(" ", "").isalnum():
        yield from text.lower().split()
        return
    spaced = "".join(f" {each} " if _stands_alone(each) else each for each in text if not _is_control(each))
    plain = "".join(each for each in unicodedata.normalize("NFD", spaced) if unicodedata.category(each) != "Mn")
    for part in plain.lower().split():
        yield from "".join(f" {each} " if _is_punctuation(each) else each for each in part).split()


def _of_word(word: str, vocabulary: Vocabulary) -> list[int]:
    whole = vocabulary.get(word)
    if whole is not None:
        return [whole]
    if len(word) > LONGEST_WORD:
        return []
    found: list[int] = []
    start = 0
    while start < len(word):
        prefix = _INSIDE if start else ""
        for end in range(len(word), start, -1):
            number = vocabulary.get(prefix + word[start:end])
            if number is not None:
                found.append(number)
                start = end
                break
        else:
            return []
    return found


def _stands_alone(character: str) -> bool:
    number = ord(character)
    return any(first <= number <= last for first, last in _IDEOGRAPHS)


def _is_control(character: str) -> bool:
    if character in "\t\n\r":
        return False
    return character in "\0\ufffd" or unicodedata.category(character).startswith("C")


def _is_punctuation(character: str) -> bool:
    return character in _ASCII_PUNCTUATION or unicodedata.category(character).startswith("P")
