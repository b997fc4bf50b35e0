"""What the library as a whole says of a parameter: the two-way model, fitted to the judged images of many prompts.

A question about one subject is answered beside this background. It is fitted anew only when what it rests on changed.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from learning_core.answers.answer import By, Outcome
from learning_core.answers.breakdown import Breakdown, Levels
from learning_core.answers.evidence import Evidence
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.ranges import ranges
from learning_core.stats.beta import Reals
from learning_core.stats.grouping import distinct
from learning_core.stats.logit import logistic, logit
from learning_core.stats.sufficient_statistics import MOST_KEYWORDS, UNSEEN, Judgements, Prompts, summarised
from learning_core.stats.two_way import Fitted, fit

PROMPTS = 3_000
"""So many judged prompts make the background: enough to tell what is usual, few enough to be fitted at once.

They are those with the smallest hashes: neither the order of the log nor the index decides, and one record more
changes the background only if it belongs to one of them.
"""

PARAMETERS: tuple[By, ...] = (
    "checkpoint", "lora", "sampler", "scheduler", "steps", "cfg_scale", "size", "denoising_strength", "vae",
    "hires_fix",
)  # fmt: skip

_PARTS = 1 << 30
"""Expected rates are added up in these parts, as whole numbers: the order of images shows in no digit."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The fitted model of one parameter: the number of each value by its name, and effects by number of word."""

    fitted: Fitted
    level_of: dict[str, int]
    word_effect: Reals

    def levels(self, names: list[str]) -> Column:
        """Return the numbers of values in the model, UNSEEN for those that it has not met."""
        return np.array([self.level_of.get(name, UNSEEN) for name in names], np.int64)

    def expected(self, words: tuple[Column, Column], prompts: Column) -> Column:
        """Return the rate that is expected of each prompt by its words, whatever the value, in _PARTS.

        `words` are those of all prompts, as `Snapshot.prompt_words` gives them.
        """
        starts, flat = words
        first, count = starts[prompts], np.minimum(starts[prompts + 1] - starts[prompts], MOST_KEYWORDS)
        used = flat[ranges(first, count)]
        effect = np.append(self.word_effect, 0.0)[np.minimum(used, len(self.word_effect))]
        parts = np.rint(logistic(logit(self.fitted.effects.rate) + effect) * _PARTS).astype(np.int64)
        sums = np.bincount(np.repeat(np.arange(len(prompts)), count), parts, len(prompts)).astype(np.int64)
        usual = round(self.fitted.effects.rate * _PARTS)
        found: Column = np.where(count > 0, sums // np.maximum(count, 1), usual)
        return found

    def expected_of_levels(self, words: tuple[Column, Column], evidence: Evidence, levels: Levels) -> Reals:
        """Return the rate that is expected of the prompts of each value, whatever the value."""
        parts = self.expected(words, evidence.column("prompt"))
        totals = levels.totals(evidence.images * parts)
        found: Reals = totals / levels.tally.n / _PARTS
        return found


@dataclass(slots=True)
class Background:
    """The judged jobs of the chosen prompts, and the models and comparisons that were made of them so far."""

    outcome: Outcome
    prompts: Column
    jobs: Column
    is_whole: bool
    rests_on: list[Column]
    renamed: int
    models: dict[By, Model] = field(default_factory=dict)
    comparisons: dict[By, Any] = field(default_factory=dict)

    def model(self, snapshot: Snapshot, by: By) -> Model:
        """Return the model of a parameter; where none of its values is known, it only holds what is usual."""
        if by not in self.models:
            evidence = Evidence(snapshot, self.jobs, (by,), self.outcome)
            self.models[by] = _model(snapshot, evidence, Breakdown(snapshot, evidence).levels(by))
        return self.models[by]

    def holds(self, prompts: Column) -> Column:
        """Return which prompts the background was fitted to."""
        if not len(self.prompts):
            return np.zeros(len(prompts), bool)
        place = np.minimum(np.searchsorted(self.prompts, prompts), len(self.prompts) - 1)
        return np.equal(self.prompts[place], prompts)


def background(snapshot: Snapshot, outcome: Outcome) -> Background:
    """Return the background of questions whose images are judged in this way."""

    def made(before: Background | None) -> Background:
        prompts, is_whole = _chosen(snapshot, outcome)
        rows = np.sort(snapshot.rows_of_prompts(prompts))
        rows = rows[snapshot.standing_jobs()[rows]]
        rests_on = Evidence(snapshot, rows, PARAMETERS, outcome).arrays()
        found = Background(outcome, prompts, rows, is_whole, rests_on, snapshot.renamed)
        if before is not None and _rest_on_the_same(before, found):
            found.models, found.comparisons = before.models, before.comparisons
        return found

    return snapshot.carried(f"background of {outcome}", made)


def _rest_on_the_same(before: Background, after: Background) -> bool:
    return before.renamed == after.renamed and all(map(np.array_equal, before.rests_on, after.rests_on))


def _chosen(snapshot: Snapshot, outcome: Outcome) -> tuple[Column, bool]:
    """Return the judged prompts of the smallest hashes, ascending, and whether these are all."""
    wanted = 2 * PROMPTS
    while True:
        first = snapshot.prompts_by_hash(wanted)
        judged = first[_is_judged(snapshot, outcome, first)]
        if len(judged) > PROMPTS or len(first) < wanted:
            return np.sort(judged[:PROMPTS]), len(judged) <= PROMPTS
        wanted *= 4


def _is_judged(snapshot: Snapshot, outcome: Outcome, prompts: Column) -> Column:
    """Return which of the prompts have a job that stands and is judged in this way."""
    rows = snapshot.rows_of_prompts(np.sort(prompts))
    judged = snapshot.column("rated")[rows] > 0
    if outcome == "selected":
        judged = (snapshot.column("selected")[rows] | snapshot.column("rejected")[rows]) > 0
    judged &= snapshot.standing_jobs()[rows]
    found: Column = np.isin(prompts, snapshot.column("prompt")[rows[judged]])
    return found


def _model(snapshot: Snapshot, evidence: Evidence, levels: Levels | None) -> Model:
    if levels is None:
        return _NOTHING_KNOWN
    starts, flat = snapshot.prompt_words()
    prompts, place = distinct(evidence.column("prompt"))
    count = np.minimum(starts[prompts + 1] - starts[prompts], MOST_KEYWORDS)
    used, keyword = distinct(flat[ranges(starts[prompts], count)])
    order, number = _by_text(snapshot.word_texts(), used)
    keyword = number[keyword]
    ends = np.cumsum(count)
    within = np.lexsort((keyword, np.repeat(np.arange(len(prompts)), count)))
    judgements = Judgements(
        prompt=place[levels.rows],
        level=levels.group.astype(np.int64),
        n=evidence.images[levels.rows],
        s=evidence.good[levels.rows],
        prompts=Prompts(np.append(0, ends), keyword[within]),
        levels=len(levels.names),
        keywords=len(used),
    )
    fitted = fit(summarised(judgements))
    word_effect = np.zeros(int(used.max(initial=0)) + 1)
    word_effect[used[order]] = fitted.effects.keyword
    return Model(fitted, {name: place for place, name in enumerate(levels.names)}, word_effect)


_NO_NUMBERS = np.zeros(0, np.int64)
_NO_PROMPTS = Prompts(np.zeros(1, np.int64), _NO_NUMBERS)
_NO_IMAGES = Judgements(_NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS, _NO_PROMPTS, levels=1, keywords=0)
_NOTHING_KNOWN = Model(fit(summarised(_NO_IMAGES)), {}, np.zeros(0))


def _by_text(texts: list[str], words: Column) -> tuple[Column, Column]:
    """Return the order of words by their text, and the place of each in it: their numbers are an internal matter."""
    order = np.array(sorted(range(len(words)), key=lambda place: texts[words[place]]), np.int64)
    number = np.empty(len(words), np.int64)
    number[order] = np.arange(len(words))
    return order, number
