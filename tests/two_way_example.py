"""The sixteen clusters of the worked example of the two-way model, as judged images."""

import numpy as np

from learning_core.stats.sufficient_statistics import Judgements, Prompts

BEACH, PORTRAIT = 0, 1
A, B, C = 0, 1, 2

CLUSTERS = (
    (0, A, 4, 4), (0, B, 4, 1), (1, A, 4, 4), (1, C, 4, 2), (2, A, 4, 3), (2, B, 4, 0), (3, A, 2, 2), (3, B, 4, 3),
    (4, A, 4, 2), (4, B, 2, 1), (4, C, 4, 0), (5, B, 4, 4), (5, C, 4, 1), (6, A, 2, 0), (6, B, 4, 2), (7, C, 4, 4),
)  # fmt: skip
"""Prompt, level, images, successes."""

KEYWORDS = ((BEACH,), (BEACH,), (BEACH,), (BEACH,), (BEACH, PORTRAIT), (PORTRAIT,), (PORTRAIT,), (PORTRAIT,))


def prompts_of(keywords: tuple[tuple[int, ...], ...]) -> Prompts:
    """Return prompts with these keywords."""
    ends = np.cumsum([0, *map(len, keywords)])
    return Prompts(ends, np.array([each for one in keywords for each in one], np.int64))


def judgements(clusters: tuple[tuple[int, int, int, int], ...] = CLUSTERS) -> Judgements:
    """Return rows of judged images, without stars."""
    prompt, level, n, s = np.array(clusters, np.int64).reshape(-1, 4).T
    return Judgements(prompt, level, n, s, prompts_of(KEYWORDS), 3, 2)
