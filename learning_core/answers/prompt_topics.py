"""The topic words of judged prompts: the words that the index keeps of them, without such as "at"; and their traits."""

import numpy as np

from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.stats.sufficient_statistics import MOST_KEYWORDS, TRAITS
from learning_core.text.prompt_traits import traits_of_word


def topics_of(snapshot: Snapshot, prompts: Column) -> tuple[Column, Column]:
    """Return how many topic words of each prompt count, and the numbers of these.

    `prompts` are numbers of the index; the words of the prompts stand one after the other, in their order.
    """
    words, owner = words_of_prompts(snapshot, prompts)
    is_topic = _traits_of_words(snapshot)[0][words] > 0
    words, owner = words[is_topic], owner[is_topic]
    in_all = np.bincount(owner, minlength=len(prompts)).astype(np.int64)
    place = np.arange(len(owner)) - (np.cumsum(in_all) - in_all)[owner]
    return np.minimum(in_all, MOST_KEYWORDS), words[place < MOST_KEYWORDS]


def traits_of(snapshot: Snapshot, prompts: Column) -> Column:
    """Return TRAITS of each prompt, a row each, given the prompts as numbers of the index."""
    words, owner = words_of_prompts(snapshot, prompts)
    sums = [np.bincount(owner, each[words], len(prompts)) for each in _traits_of_words(snapshot)]
    return np.stack(sums, axis=1).astype(np.int64)


def words_of_prompts(snapshot: Snapshot, prompts: Column) -> tuple[Column, Column]:
    """Return the numbers of the words of prompts, one prompt after the other, and the place of each one's prompt."""
    count, words = words_by_prompt(snapshot, prompts)
    return words, np.repeat(np.arange(len(prompts)), count)


def words_by_prompt(snapshot: Snapshot, prompts: Column) -> tuple[Column, Column]:
    """Return how many words each prompt has, and the numbers of these, one prompt after the other."""
    starts, flat = snapshot.prompt_words()
    begin = starts[prompts]
    count = starts[prompts + 1] - begin
    return count, flat[ranges(begin, count)]


def _traits_of_words(snapshot: Snapshot) -> Column:
    """Return what each word of the index adds to TRAITS of a prompt: a row for each trait."""
    texts = snapshot.word_texts()

    def made() -> Column:
        rows = np.array(list(map(traits_of_word, texts)), np.int64).reshape(-1, len(TRAITS))
        return np.ascontiguousarray(rows.T)

    found: Column = snapshot.derived("traits of words", made)
    return found
