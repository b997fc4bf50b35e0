"""Simulated libraries whose truth is known: checkpoints that differ by keyword, and worlds made to mislead.

A rating is a latent score, rounded to 1 to 5: the common level, the checkpoint's effect, its keywords' effects and
departures (each damped by √L for L keywords), the prompt's own luck, that of the prompt with the checkpoint, and the
image's. An image is selected when its score is 3.5 or more. The sizes are about those found in public human ratings
(statistics.md 1): correlation of selections .33 inside one prompt and checkpoint, .13 across checkpoints.
"""

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from learning_core.stats.beta import Reals
from learning_core.stats.comparing import normal_distribution
from learning_core.stats.grouping import Counts
from learning_core.stats.sufficient_statistics import Judgements, Prompts, Stars

Flags = npt.NDArray[np.bool_]

THRESHOLD = 3.5
"""The latent score from which an image is selected: it rounds to 4 stars."""

COMMON = 3.4
PROMPT_SD, CLUSTER_SD, IMAGE_SD = 0.6, 0.7, 0.95
_LUCK_SD = (PROMPT_SD**2 + CLUSTER_SD**2 + IMAGE_SD**2) ** 0.5
_MOST_KEYWORDS = 4
_FRESH_PROMPTS = 6_000
"""Prompts over which the truth is averaged."""


class Design(Struct, frozen=True):
    """What a two-way world is made of; effects are standard deviations in rating points.

    `batch` images are made of a prompt with one level at a time, and a prompt is used for `visits` batches on average.
    """

    records: int
    batch: int = 4
    keywords: int = 24
    levels: int = 8
    level_sd: float = 0.31
    keyword_sd: float = 0.35
    interaction: float = 0.0
    visits: int = 2


class Truth(Struct, frozen=True, eq=False):
    """Selection rates over all prompts of the kind: of each keyword (a row) with each level, and of each level."""

    cells: Reals
    levels: Reals


class World(Struct, frozen=True, eq=False):
    """Images in the order in which they were made, their keywords by prompt (a row of `words`), and the truth."""

    words: Flags
    prompt: Counts
    level: Counts
    rating: Counts
    truth: Truth

    @property
    def selected(self) -> Flags:
        """Whether each image was selected."""
        return self.rating > THRESHOLD

    def judgements(self, first: int | None = None) -> Judgements:
        """Return the judgements of all images, or of so many first ones."""
        return judgements(
            self.words, self.prompt[:first], self.level[:first], self.rating[:first], len(self.truth.levels)
        )


def judgements(words: Flags, prompt: Counts, level: Counts, rating: Counts, levels: int) -> Judgements:
    """Return judgements of images, one row each, as the statistics take them."""
    starts = np.concatenate(([0], np.cumsum(words.sum(axis=1))))
    prompts = Prompts(starts, np.nonzero(words)[1])
    good = (rating > THRESHOLD).astype(np.int64)
    one = np.ones_like(good)
    stars = Stars.of_jobs(one, good, rating)
    return Judgements(prompt, level, one, good, prompts, levels, words.shape[1], stars)


def two_way(design: Design, draw: np.random.Generator) -> World:
    """Return a world of keywords and levels (checkpoints)."""
    level_effect = draw.normal(0.0, 1.0, design.levels) * design.level_sd
    keyword_effect = draw.normal(0.0, 1.0, design.keywords) * design.keyword_sd
    departure = draw.normal(0.0, 1.0, (design.keywords, design.levels)) * design.interaction
    scores = _Scores(level_effect, keyword_effect[:, None] + departure)
    batches = -(-design.records // design.batch)
    words = keyword_sets(max(1, batches // design.visits), design.keywords, draw)
    used = draw.dirichlet(np.full(design.levels, 4.0))
    of_batch = draw.integers(0, len(words), batches), draw.choice(design.levels, batches, p=used)
    prompt, level = (np.repeat(each, design.batch)[: design.records] for each in of_batch)
    expected = scores.expected(words)[prompt, level]
    rating = rate(expected + luck(prompt, level, draw))
    return World(words, prompt, level, rating, _truth(design, scores, draw))


def keyword_sets(prompts: int, keywords: int, draw: np.random.Generator) -> Flags:
    """Return which of the keywords each prompt has: one to four of them, some far more common than others."""
    how_common = -np.log(np.arange(keywords) + 3.0)
    # The greatest of Gumbel variables shifted by log-weights: draws without replacement.
    rank = (-(how_common + draw.gumbel(size=(prompts, keywords)))).argsort(axis=1).argsort(axis=1)
    sizes = draw.integers(1, min(_MOST_KEYWORDS, keywords) + 1, prompts)
    found: Flags = rank < sizes[:, None]
    return found


def luck(prompt: Counts, level: Counts, draw: np.random.Generator) -> Reals:
    """Return what prompt, prompt with level, and image add to each image's score."""
    prompts, levels = int(prompt.max()) + 1, int(level.max()) + 1
    of_prompt = draw.normal(0.0, PROMPT_SD, prompts)
    of_cluster = draw.normal(0.0, CLUSTER_SD, (prompts, levels))
    found: Reals = of_prompt[prompt] + of_cluster[prompt, level] + draw.normal(0.0, IMAGE_SD, len(prompt))
    return found


def rate(score: Reals) -> Counts:
    """Return ratings of 1 to 5 stars."""
    return np.clip(np.floor(score + 0.5), 1, 5).astype(np.int64)


def selection_rate(expected: Reals) -> Reals:
    """Return the chance that an image with an expected score is selected, over all luck."""
    return normal_distribution((expected - THRESHOLD) / _LUCK_SD)


class _Scores(Struct, frozen=True, eq=False):
    """What levels add to the score, and what each keyword (a row) adds with each level."""

    level: Reals
    words: Reals

    def expected(self, words: Flags) -> Reals:
        """Return the expected score of each prompt (a row) with each level."""
        lengths = np.maximum(words.sum(axis=1), 1)
        found: Reals = COMMON + self.level + words @ self.words / np.sqrt(lengths)[:, None]
        return found


def _truth(design: Design, scores: _Scores, draw: np.random.Generator) -> Truth:
    words = keyword_sets(_FRESH_PROMPTS, design.keywords, draw)
    rates = selection_rate(scores.expected(words))
    return Truth(words.T @ rates / np.maximum(words.sum(axis=0), 1)[:, None], rates.mean(axis=0))
