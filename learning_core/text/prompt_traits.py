"""What a prompt asks for, whatever it is of: how much, how many things, and what shall not be there.

Image models fail more at long prompts, at counts, and at what is to be left out. Numbers and negations are read in
English and in digits; in other languages a prompt simply has none.
"""

from collections.abc import Iterable

from learning_core.text.keywords import is_topic_word

Traits = tuple[int, int, int, int]
"""Topic words, characters, numbers, and negations."""

_NUMBERS = frozenset(
    ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "dozen"]
)
_NEGATIONS = frozenset(["no", "not", "none", "nothing", "nobody", "never", "neither", "nor", "without", "except"])


def traits_of_word(folded: str) -> Traits:
    """Return what a word as `keywords.words` gives it adds to the traits of its prompt."""
    is_number = folded in _NUMBERS or folded.isdecimal()
    is_negation = folded in _NEGATIONS or folded.endswith("n't")
    return int(is_topic_word(folded)), len(folded), int(is_number), int(is_negation)


def prompt_traits(folded: Iterable[str]) -> Traits:
    """Return the traits of a prompt, given its words, of which each counts once."""
    topics, characters, numbers, negations = map(sum, zip((0, 0, 0, 0), *map(traits_of_word, set(folded)), strict=True))
    return topics, characters, numbers, negations
