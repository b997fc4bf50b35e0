"""Ratings split into what a rule may learn from and what it must predict: never the same prompt on both sides."""

import hashlib
from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from benchmarks.quality.ratings import RatingSet
from learning_core.stats.grouping import Counts
from learning_core.stats.sufficient_statistics import Judgements, Prompts, Stars, SufficientStatistics, summarised

LEARNED_SHARE = 0.5
"""Of the prompts, the part that is learned from."""

SIZES = (5, 20, 50, 200, 1000, 0)
"""How many ratings are learned from; 0 is all of them."""


class HeldOut(Struct, frozen=True, eq=False):
    """Ratings to predict: rows of prompt (a place in `prompts`), level, selected; `measured` as in a RatingSet."""

    prompts: Prompts
    measured: Prompts
    prompt: Counts
    level: Counts
    selected: Counts


class Split(Struct, frozen=True, eq=False):
    """One split of a set: the ratings to learn from in the order in which they come, and those to predict."""

    ratings: RatingSet
    learned: Counts
    held_out: HeldOut

    def counts(self, size: int, *, measured: bool = False) -> SufficientStatistics:
        """Return the counts of the first ratings, all of them for 0, by the words of answers or the measured ones."""
        rows = self.learned[:size] if size else self.learned
        each = self.ratings
        words = each.measured if measured else each.words
        one, good = np.ones(len(rows), np.int64), each.selected[rows]
        return summarised(
            Judgements(
                each.prompt[rows],
                each.level[rows],
                one,
                good,
                words.prompts,
                len(each.level_names),
                len(words.names),
                Stars.of_jobs(one, good, each.stars[rows]),
            )
        )


def splits(ratings: RatingSet, times: int) -> Iterator[Split]:
    """Return random splits, the same each time: seeded by SHA-256 of the set's name and the split's number."""
    for number in range(times):
        seed = int.from_bytes(hashlib.sha256(f"{ratings.name}:{number}".encode()).digest()[:8], "big")
        yield _split(ratings, np.random.Generator(np.random.PCG64(seed)))


def _split(ratings: RatingSet, chance: np.random.Generator) -> Split:
    prompts = len(ratings.words.prompts.starts) - 1
    is_learned = np.zeros(prompts, bool)
    is_learned[chance.permutation(prompts)[: round(LEARNED_SHARE * prompts)]] = True
    learned = chance.permutation(np.flatnonzero(is_learned[ratings.prompt]))
    return Split(ratings, learned, _held_out(ratings, np.flatnonzero(~is_learned)))


def _held_out(ratings: RatingSet, prompts: Counts) -> HeldOut:
    rows = np.flatnonzero(np.isin(ratings.prompt, prompts))
    return HeldOut(
        _some(ratings.words.prompts, prompts),
        _some(ratings.measured.prompts, prompts),
        np.searchsorted(prompts, ratings.prompt[rows]),
        ratings.level[rows],
        ratings.selected[rows],
    )


def _some(every: Prompts, prompts: Counts) -> Prompts:
    _, keywords = every.pairs(prompts)
    return Prompts(np.concatenate(([0], np.cumsum(every.lengths[prompts]))), keywords, every.traits[prompts])
