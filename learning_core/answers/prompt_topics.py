"""The topic words of judged prompts: the words that the index keeps of them, without such as "at"."""

from dataclasses import dataclass

import numpy as np

from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.stats.sufficient_statistics import MOST_KEYWORDS, TRAITS
from learning_core.text.prompt_traits import traits_of_word


@dataclass(frozen=True, slots=True, eq=False)
class Topics:
    """The topic words of prompts that count: `count` of each prompt, one after the other, as numbers of the index.

    `traits` are TRAITS of each prompt, a row each.
    """

    count: Column
    words: Column
    traits: Column


def topics_of(snapshot: Snapshot, prompts: Column) -> Topics:
    """Return the topic words of prompts, which are numbers of the index; each prompt's in their order."""
    starts, flat = snapshot.prompt_words()
    sizes = starts[prompts + 1] - starts[prompts]
    words, owner = flat[ranges(starts[prompts], sizes)], np.repeat(np.arange(len(prompts)), sizes)
    known = _traits_of_words(snapshot)
    every = [np.bincount(owner, each[words], len(prompts)).astype(np.int64) for each in known]
    is_topic = known[0][words] > 0
    words, owner = words[is_topic], owner[is_topic]
    place = np.arange(len(owner)) - (np.cumsum(every[0]) - every[0])[owner]
    return Topics(np.minimum(every[0], MOST_KEYWORDS), words[place < MOST_KEYWORDS], np.stack(every, axis=1))


def _traits_of_words(snapshot: Snapshot) -> Column:
    """Return what each word of the index adds to TRAITS of a prompt: a row for each trait."""
    texts = snapshot.word_texts()

    def made() -> Column:
        rows = np.array(list(map(traits_of_word, texts)), np.int64).reshape(-1, len(TRAITS))
        return np.ascontiguousarray(rows.T)

    found: Column = snapshot.derived("traits of words", made)
    return found
