"""Words of a prompt: as answers read them, and as the measurement of statistics.md took them."""

import re
from collections.abc import Sequence

from learning_core.index.features import TAG_BREAK, prompt_terms
from learning_core.stats.sufficient_statistics import MOST_KEYWORDS
from learning_core.text.keywords import topic_words
from learning_core.text.prompt_traits import Traits, prompt_traits

_WORD = re.compile(r"[a-z][a-z'-]+")
_FUNCTION_WORDS = """
    about above across after against all also among and another any are around because been before behind being
    below beneath beside between both but can could did does doing down during each either every few for from
    had has have having her here hers him his how into its itself just like many more most much near nor not off
    one onto other our out over own same she should some such than that the their them then there these they
    this those through toward towards two under until upon very was were what when where which while who whose
    why will with within without would you your
"""
_PASSED_OVER = frozenset(_FUNCTION_WORDS.split())


def words_of_answers(prompt: str) -> list[str]:
    """Return the distinct words in their order, as `recommend_settings` reads a prompt; the first ten count."""
    return topic_words(_words(prompt))


def traits_of_answers(prompt: str) -> Traits:
    """Return the traits of a prompt, as `recommend_settings` reads it."""
    return prompt_traits(_words(prompt))


def measured_words(prompt: str, tags: Sequence[str] = ()) -> list[str]:
    """Return tags with a mark before them, then words of three letters or more that are no function words; ten."""
    words = (word for word in _WORD.findall(prompt.lower()) if len(word) >= 3 and word not in _PASSED_OVER)
    return list(dict.fromkeys([*(f"tag:{tag}" for tag in tags), *words]))[:MOST_KEYWORDS]


def _words(prompt: str) -> list[str]:
    return [word for word in prompt_terms(prompt).split() if word != TAG_BREAK]
