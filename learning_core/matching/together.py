"""Words that stand beside a subject more often than elsewhere: information about it, never a match."""

from collections.abc import Iterable

import numpy as np
from msgspec import Struct

from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.text.keywords import topic_words, words

MOST = 8
LEAST_PROMPTS = 3
LEAST_SHARE = 0.02
"""A word in a smaller part of the matched prompts is no company of the subject, however rare it is elsewhere."""

LEAST_EXCESS = 2.0
"""Times as often as in other prompts: what stands everywhere, such as "masterpiece", says nothing of a subject."""


class Company(Struct, frozen=True):
    """A word (folded), the matched prompts that hold it, its share of them and its share of all other prompts."""

    word: str
    prompts: int
    share: float
    share_elsewhere: float


def often_with(snapshot: Snapshot, prompts: Column, stated: Iterable[str]) -> list[Company]:
    """Return the words that most set the prompts (ascending numbers) apart from all others, the clearest first.

    Ordered by the log-likelihood ratio G² of the two shares (Dunning 1993, Computational Linguistics 19:1), then by
    name. Words of the `stated` alternatives are left out.
    """
    if len(prompts) < LEAST_PROMPTS:
        return []
    starts, flat = snapshot.prompt_words()
    total = len(starts) - 2
    first = starts[prompts]
    inside = np.bincount(flat[ranges(first, starts[prompts + 1] - first)])
    often = (inside >= max(LEAST_PROMPTS, LEAST_SHARE * len(prompts))).nonzero()[0]
    k, n = inside[often], len(prompts)
    other, others = _prompts_of_words(snapshot)[often] - k, total - n
    clear = k * others > LEAST_EXCESS * other * n
    often, k, other = often[clear], k[clear], other[clear]
    texts = snapshot.word_texts()
    names = [texts[number] for number in often.tolist()]
    known = {word for alternative in stated for word in words(alternative)}
    kept = set(topic_words(names)) - known
    strength = _likelihood_ratio(k, n, other, others).round(6).tolist()
    order = sorted((i for i, name in enumerate(names) if name in kept), key=lambda i: (-strength[i], names[i]))
    return [
        Company(names[i], int(k[i]), round(int(k[i]) / n, 4), round(int(other[i]) / others, 4) if others else 0.0)
        for i in order[:MOST]
    ]


class _Counted(Struct, frozen=True, eq=False):
    """How many of the first `prompts` prompts hold each word, by its number."""

    prompts: int
    of_word: Column


def _prompts_of_words(snapshot: Snapshot) -> Column:
    """Return how many prompts hold each word; words of a prompt never change, so that only new ones are counted."""

    def made(before: _Counted | None) -> _Counted:
        starts, flat = snapshot.prompt_words()
        known = before or _Counted(0, np.zeros(0, np.int64))
        of_word = np.bincount(flat[starts[known.prompts + 1] :], minlength=len(known.of_word))
        of_word[: len(known.of_word)] += known.of_word
        return _Counted(snapshot.prompts, of_word)

    return snapshot.carried("prompts of each word", made).of_word


def _likelihood_ratio(k: Column, n: int, other: Column, others: int) -> Column:
    """Return G² of k of n against `other` of `others`."""
    share = (k + other) / (n + others)
    observed = np.array([k, n - k, other, others - other])
    expected = np.array([n * share, n * (1 - share), others * share, others * (1 - share)])
    ratio = np.divide(observed, expected, out=np.ones(observed.shape), where=observed > 0)
    found: Column = 2 * (observed * np.log(ratio)).sum(axis=0)
    return found
