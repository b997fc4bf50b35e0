"""Simulated worlds of two checkpoints in which something else makes the difference that raw counts show.

After the situations of statistics.md 1. Sizes are in rating points; all else is as in benchmarks.quality.worlds.
"""

from collections.abc import Callable

import numpy as np
from msgspec import Struct

from benchmarks.quality.worlds import THRESHOLD, Flags, judgements, keyword_sets, luck, rate
from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts
from learning_core.stats.sufficient_statistics import Judgements

RECORDS = 400
KEYWORDS = 6
MEAN = 3.4
GAP = 0.5
"""By how much an easy keyword or a good number of steps is above the middle, and a hard or bad one below."""

LEAN = 0.8
"""How much of an arm goes with what favours it."""

STRICTER = 1.0
"""By how much the rater's scores fall from the first image to the last."""

ADOPTED = 0.5
"""After which part of the time the new checkpoint is first used, and then LATER_SHARE of the time."""

LATER_SHARE = 0.6


class MisleadingWorld(Struct, frozen=True, eq=False):
    """Images in the order in which they were made, of the arms 0 and 1 (`level`), and what else is known of each."""

    words: Flags
    prompt: Counts
    level: Counts
    batch: Counts
    rating: Counts
    judged: Flags
    steps: Counts

    def judgements(self, chosen: Counts, rating: Counts) -> Judgements:
        """Return judgements of some images, with ratings for these."""
        return judgements(self.words, self.prompt[chosen], self.level[chosen], rating, 2)


class Situation(Struct, frozen=True):
    """A way to be misled: `level` and `shift` say which arm each batch is of and what is added to its score.

    `shift` is the part that has nothing to do with the arm. Of the arms `only_liked`, few images are judged that are
    not selected.
    """

    name: str
    batch: int
    plan: Callable[[int, np.random.Generator], "Plan"]
    only_liked: tuple[int, ...] = ()


class Plan(Struct, frozen=True, eq=False):
    """Of each batch: its arm, its steps (0 or 1), whether its prompt has the easy keyword, and its score's shift."""

    level: Counts
    steps: Counts
    easy: Flags
    shift: Reals


def world(situation: Situation, advantage: float, draw: np.random.Generator) -> MisleadingWorld:
    """Return a world of the situation; arm 0 is better by `advantage` points."""
    batches = RECORDS // situation.batch
    plan = situation.plan(batches, draw)
    # A prompt serves several batches; those that share it agree on the easy keyword.
    prompt = 2 * draw.integers(0, max(1, batches // 2), batches) + plan.easy
    words = keyword_sets(int(prompt.max()) + 1, KEYWORDS, draw)
    words[:, 0], words[:, 1] = np.arange(len(words)) % 2 == 1, np.arange(len(words)) % 2 == 0
    prompt, level, steps, batch = (
        np.repeat(each, situation.batch) for each in (prompt, plan.level, plan.steps, np.arange(batches))
    )
    shift = np.repeat(plan.shift, situation.batch)
    rating = rate(MEAN + advantage * (level == 0) + shift + luck(prompt, level, draw))
    return MisleadingWorld(words, prompt, level, batch, rating, _judged(situation, level, rating, draw), steps)


def _lean(of: Counts, draw: np.random.Generator) -> Counts:
    """Return 1 for most batches of arm 0 and 0 for most of arm 1."""
    return np.where(draw.random(len(of)) < LEAN, 1 - of, of)


def _fair(batches: int, draw: np.random.Generator) -> tuple[Counts, Counts, Flags]:
    return draw.integers(0, 2, batches), draw.integers(0, 2, batches), draw.random(batches) < 0.5


def _plain(batches: int, draw: np.random.Generator) -> Plan:
    level, steps, easy = _fair(batches, draw)
    return Plan(level, steps, easy, np.zeros(batches))


def _easy_keyword(batches: int, draw: np.random.Generator) -> Plan:
    level, steps, _ = _fair(batches, draw)
    easy = _lean(level, draw)
    return Plan(level, steps, easy == 1, GAP * (2.0 * easy - 1.0))


def _tied_steps(batches: int, draw: np.random.Generator) -> Plan:
    level, _, easy = _fair(batches, draw)
    steps = _lean(level, draw)
    return Plan(level, steps, easy, GAP * (2.0 * steps - 1.0))


def _drift(batches: int, draw: np.random.Generator) -> Plan:
    _, steps, easy = _fair(batches, draw)
    time = np.arange(batches) / batches
    level = np.where((time >= ADOPTED) & (draw.random(batches) < LATER_SHARE), 0, 1)
    return Plan(level, steps, easy, STRICTER * (0.5 - time))


def _judged(situation: Situation, level: Counts, rating: Counts, draw: np.random.Generator) -> Flags:
    """Return which images are judged: all, or of some arms most of what is liked and a little of what is not."""
    picky = np.isin(level, situation.only_liked)
    return draw.random(len(rating)) < np.where(~picky, 1.0, np.where(rating > THRESHOLD, 0.9, 0.2))


SITUATIONS = (
    Situation("batches of 8", 8, _plain),
    Situation("one arm for an easy keyword", 4, _easy_keyword),
    Situation("steps go with the arm", 4, _tied_steps),
    Situation("rater grows stricter, one arm adopted late", 4, _drift),
    Situation("one arm rated only when liked", 4, _plain, (1,)),
    Situation("both rated only when liked", 4, _plain, (0, 1)),
)
