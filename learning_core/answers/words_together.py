"""Whether all the words of the prompts together could be what makes one value better than others."""

from itertools import pairwise

import numpy as np

from learning_core.answers.evidence import Evidence
from learning_core.index.columns import Column
from learning_core.ranges import ranges
from learning_core.stats.given_words import SUSPECT, ArmWords, Words, given_words, made_by_words
from learning_core.stats.grouping import distinct
from learning_core.stats.stratified import Rows

_FEW = 300
"""Of fewer rows a first look tells too little, and a close one takes little time."""


def is_ahead_at_equal_words(evidence: Evidence, rows: Column, arm: Column, clear_errors: float) -> bool:
    """Tell whether arm 0 leads each other arm by more than so many standard errors, at equal words of the prompts.

    `rows` are rows of the evidence, sorted by `arm`, from 0. Arms of whose lag the words make next to nothing, by a
    first look, are not looked at closely.
    """
    ends = np.searchsorted(arm, np.arange(int(arm[-1]) + 2))
    arms = [rows[begin:end] for begin, end in pairwise(ends.tolist())]
    leader = _words_of_arm(evidence, arms[0])
    for others in arms[1:]:
        if not len(others):
            continue
        other = _words_of_arm(evidence, others)
        lead = leader.good / leader.images - other.good / other.images
        if len(arms[0]) + len(others) > _FEW and made_by_words(leader, other) < SUSPECT * lead:
            continue
        if not _is_ahead(evidence, arms[0], others, clear_errors):
            return False
    return True


def _words_of_arm(evidence: Evidence, rows: Column) -> ArmWords:
    count, words, begin = evidence.words_of_rows
    word = words[ranges(begin[rows], count[rows])]
    images, good = evidence.images[rows], evidence.good[rows]
    known = len(evidence.images_with_word)
    return ArmWords(
        float(images.sum()),
        float(good.sum()),
        *(np.bincount(word, np.repeat(each, count[rows]), known).astype(np.float64) for each in (images, good)),
    )


def _is_ahead(evidence: Evidence, leading: Column, others: Column, clear_errors: float) -> bool:
    """Tell whether one arm leads the other at equal words; where these foretell the arm, nobody can tell."""
    rows = np.concatenate((leading, others))
    arm = np.repeat(np.arange(2), (len(leading), len(others)))
    _, prompt = distinct(evidence.clusters[rows])
    compared = Rows(arm, prompt, evidence.images[rows], evidence.good[rows])
    words = _words(evidence, rows, prompt)
    if words is None:
        return True
    found = given_words(compared, words)
    return found is not None and found.value > clear_errors * found.standard_error


def _words(evidence: Evidence, rows: Column, prompt: Column) -> Words | None:
    """Return the words of the prompts that some have and others lack, None without any."""
    first = np.zeros(int(prompt.max()) + 1, np.int64)
    first[prompt[::-1]] = rows[::-1]
    count, words, begin = evidence.words_of_rows
    sizes = count[first]
    known, word = distinct(words[ranges(begin[first], sizes)])
    often = np.bincount(word, minlength=len(known))
    kept = ((often > 1) & (often < len(first)))[word]
    if not kept.any():
        return None
    owner = np.repeat(np.arange(len(first)), sizes)
    return Words(owner[kept], word[kept], evidence.parts[first], len(known))
