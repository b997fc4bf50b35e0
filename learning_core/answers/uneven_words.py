"""Words that the prompts of one value have much more often than those of others: what else could make a difference."""

import numpy as np

from learning_core.answers.breakdown import Levels
from learning_core.answers.evidence import Evidence
from learning_core.answers.model import Model
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.stats.grouping import distinct

MOST = 3
LEAST_GAP = 0.1
"""Share of the images by which a word must be more frequent on one side to be looked at."""


def uneven_words(
    snapshot: Snapshot, evidence: Evidence, model: Model, levels: Levels, leader: int, rivals: list[int]
) -> dict[str, Column]:
    """Return words that a level and its rivals have unevenly, with the class of every row of the evidence.

    Class 1 is without the word, 2 with it, 0 an unknown prompt. They are those whose uneven use, times their effect in
    the library, could make the greatest difference, the greatest first.
    """
    is_rival = np.zeros(len(levels.names), bool)
    is_rival[rivals] = True
    sides = levels.rows_of(leader), levels.rows[is_rival[levels.group]]
    starts, flat = snapshot.prompt_words()
    prompts = evidence.column("prompt")
    count = starts[prompts + 1] - starts[prompts]
    used, rows = flat[ranges(starts[prompts], count)], np.repeat(np.arange(len(prompts)), count)
    words, word = distinct(used)
    shares = [_share(evidence, side, rows, word, len(words)) for side in sides]
    effects = np.append(model.word_effect, 0.0)[np.minimum(words, len(model.word_effect))]
    gap = np.abs(shares[0] - shares[1])
    could_make = gap * np.abs(effects)
    texts = snapshot.word_texts()
    candidates = np.flatnonzero((gap >= LEAST_GAP) & (could_make > 0)).tolist()
    chosen = sorted(candidates, key=lambda place: (-could_make[place], texts[words[place]]))[:MOST]
    return {texts[words[place]]: _classes(prompts, rows[word == place]) for place in chosen}


def _share(evidence: Evidence, side: Column, rows: Column, word: Column, words: int) -> Column:
    images = np.zeros(len(evidence.images), np.int64)
    images[side] = evidence.images[side]
    found: Column = np.bincount(word, images[rows], words) / max(int(images.sum()), 1)
    return found


def _classes(prompts: Column, having: Column) -> Column:
    classes = (prompts > 0).astype(np.uint8)
    classes[having] = 2
    return classes
