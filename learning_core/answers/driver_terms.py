"""Which words of positive or negative prompts go with better or worse images."""

from itertools import pairwise
from typing import Literal

import numpy as np
from msgspec import Struct
from pydantic import Field

from learning_core.answers.answer import Answer
from learning_core.answers.judged_images import JudgedImages, by_first_row
from learning_core.index.columns import Column, PromptField
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.stats.grouping import distinct, starts
from learning_core.stats.term_effects import Uses, in_units, term_effects

EVIDENCE_REFERENCES = 3
_SHOWN_FIXED = 12
_HALF = np.uint64(32)
_MIXER = np.uint64(0x9E3779B97F4A7C15)


class DriverTerm(Answer):
    """Words whose prompts were judged better, or worse, than those without them."""

    terms: list[str] = Field(description="One word, or several that were only used together.")
    direction: Literal["lifts", "sinks"]
    difference: float = Field(
        description="Mean judgement of prompts with it less that without, same checkpoint and batch size."
    )
    low: float = Field(description="Lower end of the interval, wider for having been picked among many.")
    high: float
    images: int
    prompts: int = Field(description="Different prompts with it.")
    p_adjusted: float = Field(description="After Benjamini and Hochberg, over all words tested.")
    evidence: list[str] = Field(description="Up to 3 records with it: the best if it lifts, the worst if it sinks.")


class DriverTerms(Answer):
    """What the words of one kind of prompt do."""

    tested: int = Field(description="Words tested; words that are only used together are one.")
    rare: int = Field(description="Words in fewer than 5 prompts: not tested.")
    lifting: list[DriverTerm]
    sinking: list[DriverTerm]
    named: int = Field(description="Words that lift or sink, those not shown among them.")
    never_varied: list[str] = Field(description="Words that fewer than 5 prompts lack: nothing can be said.")
    never_varied_total: int


class _Texts(Struct, frozen=True, eq=False):
    """The different texts (of one field) with each prompt: `of_row` is the text of each row, `prompt` that of a text.

    Use u of a word is in text `use[u]`; `group[u]` is the number of the words that are used in just the same texts.
    `words` has for each group the numbers of its words in the index, in the order of the text.
    """

    of_row: Column
    prompt: Column
    use: Column
    group: Column
    words: list[list[int]]


def centred(judged: JudgedImages) -> Column:
    """Return the judgements less the means of their checkpoint, their time and the size of their batch.

    They are in the units of `term_effects`.
    """
    batches = judged.batches()
    strata = [judged.column("checkpoint"), judged.periods(), *([] if batches is None else [batches.classes])]
    return in_units(judged.value, strata)


def driver_terms(
    snapshot: Snapshot, judged: JudgedImages, units: Column, field: PromptField, limit: int
) -> DriverTerms:
    """Return the words of the positive or negative prompts that lift or sink `units`, `limit` of either kind."""
    texts = _texts(snapshot, judged, field)
    effects = term_effects(_uses(judged, texts, units), len(texts.words))
    spelled = snapshot.word_texts()
    terms = [[spelled[word] for word in texts.words[group]] for group in effects.term.tolist()]
    named = np.flatnonzero(effects.named).tolist()
    named.sort(key=lambda at: (effects.adjusted[at], -abs(effects.difference[at]), terms[at]))
    lifting = [at for at in named if effects.difference[at] > 0][:limit]
    sinking = [at for at in named if effects.difference[at] <= 0][:limit]

    def term(at: int) -> DriverTerm:
        lifts = bool(effects.difference[at] > 0)
        return DriverTerm(
            terms=terms[at],
            direction="lifts" if lifts else "sinks",
            difference=round(float(effects.difference[at]), 4),
            low=round(float(effects.low[at]), 4),
            high=round(float(effects.high[at]), 4),
            images=int(effects.images[at]),
            prompts=int(effects.prompts[at]),
            p_adjusted=float(f"{effects.adjusted[at]:.2g}"),
            evidence=_references(snapshot, judged, texts, int(effects.term[at]), units if lifts else -units),
        )

    fixed = sorted(spelled[word] for group in effects.everywhere.tolist() for word in texts.words[group])
    return DriverTerms(
        tested=len(effects.term),
        rare=effects.rare,
        lifting=[term(at) for at in lifting],
        sinking=[term(at) for at in sinking],
        named=len(named),
        never_varied=fixed[:_SHOWN_FIXED],
        never_varied_total=len(fixed),
    )


def _texts(snapshot: Snapshot, judged: JudgedImages, field: PromptField) -> _Texts:
    starts_of, flat = snapshot.prompt_words(field)
    numbers, number, _ = by_first_row(judged.column(field))
    codes, of_row = distinct(judged.prompt * len(numbers) + number)
    prompt, text = codes // max(len(numbers), 1), numbers[codes % max(len(numbers), 1)]
    sizes = starts_of[text + 1] - starts_of[text]
    words, word = distinct(flat[ranges(starts_of[text], sizes)])
    use = np.repeat(np.arange(len(text)), sizes)
    mixed = (judged.prompt_keys[prompt] + (codes % max(len(numbers), 1)).astype(np.uint64)) * _MIXER
    group_of = _together(word, mixed[use], len(words))
    members = _members(word, group_of)
    kept = np.zeros(len(words), bool)
    kept[[each[0] for each in members]] = True
    is_kept = kept[word]
    return _Texts(of_row, prompt, use[is_kept], group_of[word[is_kept]], [words[each].tolist() for each in members])


def _together(word: Column, text: Column, words: int) -> Column:
    """Return the same number, from 0, for words that are used in the same texts, given a random code of each text."""
    if not words:
        return np.zeros(0, np.int64)
    # Sums of halves of the codes are whole numbers below 2**53: no order of adding up changes them.
    sums = [
        np.bincount(word, weights, words)
        for weights in (None, (text >> _HALF).astype(np.float64), (text & np.uint64(0xFFFFFFFF)).astype(np.float64))
    ]
    order = np.lexsort(sums)
    group = np.zeros(words, np.int64)
    first = starts(*(each[order] for each in sums))
    group[order] = np.repeat(np.arange(len(first)), np.diff(first, append=words))
    return group


def _members(word: Column, group_of: Column) -> list[list[int]]:
    """Return the words of each group in the order of their first use."""
    first = np.full(len(group_of), len(word))
    first[word[::-1]] = np.arange(len(word))[::-1]
    order = np.lexsort((first, group_of))
    bounds = [*starts(group_of[order]).tolist(), len(order)] if len(order) else []
    listed = order.tolist()
    return [listed[low:high] for low, high in pairwise(bounds)]


def _uses(judged: JudgedImages, texts: _Texts, units: Column) -> Uses:
    """Return the uses of groups of words by prompt; a prompt may go with several texts, as negative prompts."""
    images = np.bincount(texts.of_row, minlength=len(texts.prompt))
    total = np.bincount(texts.of_row, units, len(texts.prompt))
    groups = max(len(texts.words), 1)
    codes, place = distinct(texts.prompt[texts.use] * groups + texts.group)
    return Uses(
        prompt=codes // groups,
        term=codes % groups,
        images=np.bincount(place, images[texts.use], len(codes)).astype(np.int64),
        total=np.bincount(place, total[texts.use], len(codes)).astype(np.int64),
        prompt_images=np.bincount(judged.prompt),
        prompt_total=np.bincount(judged.prompt, units).astype(np.int64),
    )


def _references(snapshot: Snapshot, judged: JudgedImages, texts: _Texts, group: int, merit: Column) -> list[str]:
    """Return the references of the records with a group of words that have most merit; equal ones by their key."""
    has = np.zeros(len(texts.prompt), bool)
    has[texts.use[texts.group == group]] = True
    rows = np.flatnonzero(has[texts.of_row])
    best = rows[np.argsort(-merit[rows], kind="stable")[:EVIDENCE_REFERENCES]]
    return snapshot.references(judged.rows[best].tolist())
