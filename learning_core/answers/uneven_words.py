"""Words that the prompts of one value have much more often than those of others: what else could make a difference."""

import numpy as np

from learning_core.answers.breakdown import Levels
from learning_core.answers.evidence import Evidence
from learning_core.answers.model import Model
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.stats.beta import Reals

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
    shares = [_shares(evidence, side) for side in sides]
    effects = np.resize(model.word_effect, len(shares[0]))
    effects[len(model.word_effect) :] = 0.0
    gap = np.abs(shares[0] - shares[1])
    could_make = gap * np.abs(effects)
    texts = snapshot.word_texts()
    candidates = np.flatnonzero((gap >= LEAST_GAP) & (could_make > 0)).tolist()
    chosen = sorted(candidates, key=lambda word: (-could_make[word], texts[word]))[:MOST]
    return {texts[word]: _classes(evidence, word) for word in chosen}


def _shares(evidence: Evidence, side: Column) -> Reals:
    """Return the share of a side's images whose prompt has each word, by its number."""
    is_inside = np.zeros(len(evidence.images), bool)
    is_inside[side] = True
    inside, outside = np.flatnonzero(is_inside), np.flatnonzero(~is_inside)
    if len(inside) > len(outside):
        found = evidence.images_with_word - _images_with_word(evidence, outside)
    else:
        found = _images_with_word(evidence, inside)
    return found / max(int(evidence.images[inside].sum()), 1)


def _images_with_word(evidence: Evidence, rows: Column) -> Column:
    count, words, begin = evidence.words_of_rows
    used = words[ranges(begin[rows], count[rows])]
    images = np.repeat(evidence.images[rows], count[rows])
    return np.bincount(used, images, len(evidence.images_with_word)).astype(np.int64)


def _classes(evidence: Evidence, word: int) -> Column:
    count, words = evidence.words
    classes = (evidence.column("prompt") > 0).astype(np.uint8)
    classes[np.searchsorted(np.cumsum(count), np.flatnonzero(words == word), side="right")] = 2
    return classes
