"""The judged images that a recommendation rests on, under its filter, and the words of its prompt in them."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from msgspec import Struct, field

from learning_core.answers.answer import By, Outcome
from learning_core.answers.background import PROMPTS, USUAL, Background, background
from learning_core.answers.breakdown import Breakdown
from learning_core.answers.evidence import Evidence
from learning_core.answers.made_images import Jobs, MadeImages
from learning_core.answers.prompt_topics import words_of_prompts
from learning_core.index.columns import Column, is_among
from learning_core.index.filtering import match_filter
from learning_core.index.snapshot import Snapshot
from learning_core.stats.grouping import distinct
from learning_core.stats.sufficient_statistics import MOST_KEYWORDS
from learning_core.text.filters import Term
from learning_core.text.keywords import topic_words
from learning_core.text.prompt_traits import prompt_traits

MOST_WITHOUT_PROMPT = 20_000


class JudgedPrompts(Struct, frozen=True):
    """Judged images of up to PROMPTS prompts, those of the smallest hashes, and the models fitted to them.

    `notes` are those of the filter; `kept` holds what was worked out of these images before, by a key. `left` are the
    row numbers of jobs without such a judgement: of these prompts, or of any where there are no other judged ones.
    """

    background: Background
    notes: list[str]
    left: Column
    kept: dict[Any, Any] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """What counts as having come out well."""
        return self.background.outcome

    def left_having(self, snapshot: Snapshot, words: Column) -> Column:
        """Return the prompts of jobs that are left which have one of some words, given by their numbers."""
        if "words of what is left" not in self.kept:
            prompts = distinct(snapshot.column("prompt")[self.left].astype(np.int64))[0]
            self.kept["words of what is left"] = _words_of(snapshot, prompts)
        used, owner = self.kept["words of what is left"]
        found: Column = owner[np.isin(used, words)]
        return found


class Scope(Struct, frozen=True, dict=True):
    """Some of the judged images, by row and by value: of all checkpoints, or of one.

    Jobs in the mask `opposite` weigh half, as those of an `Evidence` do; the jobs that are `left` have no judgement.
    """

    snapshot: Snapshot
    jobs: Column
    outcome: Outcome
    left: Column
    opposite: Column | None = None

    @cached_property
    def evidence(self) -> Evidence:
        """The images by row."""
        return Evidence(self.snapshot, self.jobs, USUAL, self.outcome, self.opposite)

    @cached_property
    def breakdown(self) -> Breakdown:
        """The images by value."""
        return Breakdown(self.snapshot, self.evidence)

    def made(self, by: By, name: str) -> int:
        """Return how many images were made with a value, judged or not."""
        return sum(made.of(by, [name])[0] for made in self._made)

    @cached_property
    def _made(self) -> list[MadeImages]:
        left = Jobs(self.snapshot, self.left, self.outcome)
        return [MadeImages(self.snapshot, jobs) for jobs in (self.evidence, left)]

    def part(self, is_kept: Callable[[Column], Column]) -> "Scope":
        """Return the images of some of the jobs: `is_kept` tells of row numbers which."""
        kept = is_kept(self.jobs)
        opposite = None if self.opposite is None else self.opposite[kept]
        return Scope(self.snapshot, self.jobs[kept], self.outcome, self.left[is_kept(self.left)], opposite)


def judged_prompts(snapshot: Snapshot, terms: tuple[Term, ...], where: str) -> JudgedPrompts:
    """Return the judged images that a filter leaves, `where` being its canonical text. Raises UnknownValue."""
    return snapshot.derived(("judged prompts", where), lambda: _judged_prompts(snapshot, terms, where))


def _judged_prompts(snapshot: Snapshot, terms: tuple[Term, ...], where: str) -> JudgedPrompts:
    mask, notes = match_filter(snapshot, terms)
    outcome = _outcome(snapshot, mask)
    judged = snapshot.column("rated") > 0
    if outcome == "selected":
        judged = (snapshot.column("selected") > 0) | (snapshot.column("rejected") > 0)
    left = np.flatnonzero(mask & ~judged)
    judged &= mask
    nameless = np.flatnonzero(judged & (snapshot.column("prompt") == 0))
    if len(nameless) > MOST_WITHOUT_PROMPT:
        order = np.argsort(snapshot.column("key")[nameless], kind="stable")[:MOST_WITHOUT_PROMPT]
        nameless = np.sort(nameless[order])
    if not terms:
        usual = background(snapshot, outcome)
        if not len(nameless):
            return JudgedPrompts(usual, notes, _left_of(snapshot, left, usual.prompts, is_whole=usual.is_whole))
        prompts, rows, is_whole = usual.prompts, usual.jobs, usual.is_whole
    else:
        prompts, rows, is_whole = _of_smallest_hashes(snapshot, judged)
    rows = np.sort(np.concatenate([nameless, rows]))
    prompts = np.append(0, prompts) if len(nameless) else prompts
    left = _left_of(snapshot, left, prompts, is_whole=is_whole)
    return JudgedPrompts(Background(outcome, USUAL, prompts, rows, is_whole, rests_on=where), notes, left)


def _left_of(snapshot: Snapshot, left: Column, prompts: Column, *, is_whole: bool) -> Column:
    """Return which unjudged jobs are to be set against the judged ones of some prompts."""
    if is_whole:
        return left
    found: Column = left[is_among(snapshot.column("prompt")[left].astype(np.int64), prompts)]
    return found


def _of_smallest_hashes(snapshot: Snapshot, judged: Column) -> tuple[Column, Column, bool]:
    """Return PROMPTS prompts of judged jobs, ascending, the rows of these jobs, and whether there are no other ones."""
    rows = np.flatnonzero(judged & (snapshot.column("prompt") > 0))
    prompts = distinct(snapshot.column("prompt")[rows].astype(np.int64))[0]
    if len(prompts) <= PROMPTS:
        return prompts, rows, True
    every = snapshot.prompts_by_hash(int(snapshot.column("prompt").max()))
    prompts = np.sort(every[np.isin(every, prompts)][:PROMPTS])
    return prompts, rows[np.isin(snapshot.column("prompt")[rows], prompts)], False


def _outcome(snapshot: Snapshot, mask: Column) -> Outcome:
    def images(name: str) -> int:
        return int(snapshot.column(name)[mask].sum(dtype=np.int64))

    return "selected" if images("selected") + images("rejected") > images("rated") else "rated_4_or_5"


class PromptWords(Struct, frozen=True, eq=False, dict=True):
    """Topic words of a prompt, with their numbers in the index (-1 for none) and the judged prompts that have them.

    `prompts` are numbers in ascending order, of each word those of `Background.prompts` that have it; `traits`
    are TRAITS of the prompt, which may have more words than count.
    """

    traits: Column
    texts: list[str]
    numbers: Column
    prompts: list[Column]

    @property
    def unknown(self) -> list[str]:
        """The words that no judged prompt has."""
        return [text for text, prompts in zip(self.texts, self.prompts, strict=True) if not len(prompts)]

    def is_in_library(self, text: str) -> bool:
        """Tell whether any prompt of the library has a word."""
        return bool(self.numbers[self.texts.index(text)] >= 0)

    @cached_property
    def any_prompts(self) -> Column:
        """The prompts that have any of the words, ascending."""
        return np.unique(np.concatenate([np.zeros(0, np.int64), *self.prompts]))

    def keywords(self, keyword_of: Column) -> Column:
        """Return the places of the words in a model, given those of the words of the index; -1 for none."""
        if not len(keyword_of):
            return np.full(len(self.texts), -1, np.int64)
        inside = (self.numbers >= 0) & (self.numbers < len(keyword_of))
        found: Column = np.where(inside, keyword_of[np.where(inside, self.numbers, 0)], -1)
        return found


def prompt_words(snapshot: Snapshot, words: list[str], prompts: Column) -> PromptWords:
    """Return the first MOST_KEYWORDS topic words of a prompt with those of the prompts, ascending, that have them.

    `words` are all of its folded words.
    """
    texts = topic_words(words)[:MOST_KEYWORDS]
    known = snapshot.word_texts()
    number_of = snapshot.derived("numbers of words", lambda: {text: place for place, text in enumerate(known)})
    numbers = np.array([number_of.get(text, -1) for text in texts], np.int64)
    used, owner = _words_of(snapshot, prompts)
    traits = np.array(prompt_traits(words), np.int64)
    return PromptWords(traits, texts, numbers, [owner[used == number] for number in numbers.tolist()])


def _words_of(snapshot: Snapshot, prompts: Column) -> tuple[Column, Column]:
    """Return the words of some prompts, and the prompt of each of them."""
    words, place = words_of_prompts(snapshot, prompts)
    return words, prompts[place]
