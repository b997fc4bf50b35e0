"""The topic words of judged prompts: the words that the index keeps of them, without such as "at"."""

import numpy as np

from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.stats.sufficient_statistics import MOST_KEYWORDS
from learning_core.text.keywords import is_topic_word


def topics_of(snapshot: Snapshot, prompts: Column) -> tuple[Column, Column, Column]:
    """Return how many topic words each prompt has, how many of them count, and the numbers of these.

    `prompts` are numbers of the index; the words of the prompts stand one after the other, in their order.
    """
    starts, flat = snapshot.prompt_words()
    sizes = starts[prompts + 1] - starts[prompts]
    words, owner = flat[ranges(starts[prompts], sizes)], np.repeat(np.arange(len(prompts)), sizes)
    is_topic = ~np.isin(words, _small_words(snapshot))
    words, owner = words[is_topic], owner[is_topic]
    in_all = np.bincount(owner, minlength=len(prompts)).astype(np.int64)
    place = np.arange(len(owner)) - (np.cumsum(in_all) - in_all)[owner]
    return in_all, np.minimum(in_all, MOST_KEYWORDS), words[place < MOST_KEYWORDS]


def _small_words(snapshot: Snapshot) -> Column:
    texts = snapshot.word_texts()
    found: Column = snapshot.derived(
        "small words",
        lambda: np.array([number for number, text in enumerate(texts) if not is_topic_word(text)], np.int64),
    )
    return found
