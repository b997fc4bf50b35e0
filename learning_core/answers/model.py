"""The two-way model of one parameter: which rates its values and the words of prompts let expect."""

from functools import cache
from itertools import repeat

import numpy as np
from msgspec import Struct

from learning_core.answers.breakdown import Levels
from learning_core.answers.evidence import Evidence
from learning_core.answers.prompt_topics import topics_of, traits_of
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.beta import Reals
from learning_core.stats.grouping import distinct
from learning_core.stats.main_effects import RATE_PARTS, expected_of_prompts
from learning_core.stats.sufficient_statistics import UNSEEN, Judgements, Prompts, summarised
from learning_core.stats.two_way import Fitted, fit


class Model(Struct, frozen=True, eq=False):
    """The fitted model of one parameter: the number of each value by its name, and of each word by its number.

    `word_effect` are effects of words, `keyword_of` their places in the fitted model, UNSEEN for those not in it.
    """

    fitted: Fitted
    level_of: dict[str, int]
    word_effect: Reals
    keyword_of: Column

    def levels(self, names: list[str]) -> Column:
        """Return the numbers of values in the model, UNSEEN for those that it has not met."""
        return np.array(list(map(self.level_of.get, names, repeat(UNSEEN))), np.int64)

    def expected(self, evidence: Evidence) -> Column:
        """Return the rate that is expected of each row's prompt by its words, whatever the value, in RATE_PARTS."""
        count, used = evidence.topics
        keywords = np.minimum(used, len(self.word_effect))
        return expected_of_prompts(self.fitted.effects.rate, np.append(self.word_effect, 0.0), keywords, count)

    def expected_of_levels(self, evidence: Evidence, levels: Levels) -> Reals:
        """Return the rate that is expected of the prompts of each value, whatever the value."""
        parts = self.expected(evidence)
        totals = levels.totals(evidence.images * parts)
        found: Reals = totals / levels.tally.n / RATE_PARTS
        return found


def model_of(snapshot: Snapshot, evidence: Evidence, levels: Levels | None) -> Model:
    """Fit the model of a parameter to the evidence, given its values, None where none is known."""
    if levels is None:
        return _nothing_known()
    prompts, place = distinct(evidence.column("prompt"))
    count, words = topics_of(snapshot, prompts)
    used, keyword = distinct(words)
    order, number = _by_text(snapshot.word_texts(), used)
    keyword = number[keyword]
    ends = np.cumsum(count)
    within = np.lexsort((keyword, np.repeat(np.arange(len(prompts)), count)))
    judgements = Judgements(
        prompt=place[levels.rows],
        level=levels.group.astype(np.int64),
        n=evidence.images[levels.rows],
        s=evidence.good[levels.rows],
        prompts=Prompts(np.append(0, ends), keyword[within], traits_of(snapshot, prompts)),
        levels=len(levels.names),
        keywords=len(used),
        stars=None if evidence.stars is None else evidence.stars.of(levels.rows),
    )
    fitted = fit(summarised(judgements))
    word_effect = np.zeros(int(used.max(initial=0)) + 1)
    word_effect[used[order]] = fitted.effects.keyword
    keyword_of = np.full(len(word_effect), UNSEEN, np.int64)
    keyword_of[used[order]] = np.arange(len(used))
    return Model(fitted, {name: place for place, name in enumerate(levels.names)}, word_effect, keyword_of)


@cache
def _nothing_known() -> Model:
    nothing = np.zeros(0, np.int64)
    prompts = Prompts(np.zeros(1, np.int64), nothing)
    counts = summarised(Judgements(nothing, nothing, nothing, nothing, prompts, levels=1, keywords=0))
    return Model(fit(counts), {}, np.zeros(0), nothing)


def _by_text(texts: list[str], words: Column) -> tuple[Column, Column]:
    """Return the order of words by their text, and the place of each in it: their numbers are an internal matter."""
    order = np.array(sorted(range(len(words)), key=lambda place: texts[words[place]]), np.int64)
    number = np.empty(len(words), np.int64)
    number[order] = np.arange(len(words))
    return order, number
