"""Whether all the words of the prompts together could be what makes one value better than another."""

import numpy as np

from learning_core.answers.evidence import Evidence
from learning_core.index.columns import Column
from learning_core.ranges import ranges
from learning_core.stats.given_words import Words, given_words, made_by_words
from learning_core.stats.grouping import distinct
from learning_core.stats.stratified import Rows, everything, stratified

_SUSPECT = 1.0 / 8.0
"""The part of a lead from which words are looked at closely, where a first look says that they make it.

In simulated worlds without a difference, where words chose the value, the first look said a fifth and more; where they
did not, with a true difference, a seventh or less nine times in ten. The close look decides; it takes longer.
"""


def lead_at_equal_words(evidence: Evidence, rows: Column, arm: Column) -> tuple[float, float] | None:
    """Return the lead of arm 0 over arm 1 and its standard error, both in shares of images, at equal words.

    `rows` are rows of the evidence in which either arm has images. None where words have next to no part in the lead;
    an error without bounds where they foretell the arm.
    """
    _, prompt = distinct(evidence.clusters[rows])
    compared = Rows(arm, prompt, evidence.images[rows], evidence.good[rows])
    words = _words(evidence, rows, prompt)
    if words is None:
        return None
    lead = stratified(compared, everything(compared), 1).value
    if made_by_words(compared, words) < _SUSPECT * lead:
        return None
    found = given_words(compared, words)
    return (0.0, np.inf) if found is None else (found.value, found.standard_error)


def _words(evidence: Evidence, rows: Column, prompt: Column) -> Words | None:
    """Return the words of the prompts that some have and others lack, None without."""
    first = np.zeros(int(prompt.max()) + 1, np.int64)
    first[prompt[::-1]] = rows[::-1]
    count, words = evidence.words
    sizes = count[first]
    word = words[ranges((np.cumsum(count) - count)[first], sizes)]
    known, word = distinct(word)
    often = np.bincount(word, minlength=len(known))
    kept = ((often > 1) & (often < len(first)))[word]
    if not kept.any():
        return None
    owner = np.repeat(np.arange(len(first)), sizes)
    return Words(owner[kept], word[kept], evidence.folds[first], len(known))
