"""How often a winner is declared where there is none, however often one looks."""

import numpy as np

from benchmarks.experiments.person import MEAN, PROMPT_SD, PROMPT_VARIANT_SD, RATER_SD
from learning_core.plans.rated_blocks import Blocks, Cell
from learning_core.stats.paired_blocks import LEAST_BLOCKS, MOST_BLOCKS, compare


def false_winners(worlds: int, values: int, effect: float = 0.0) -> tuple[int, int]:
    """Return in how many worlds the first values is ever declared a winner over all others, and any difference at all.

    A look after each prompt from the sixth to the sixtieth. With `effect` stars the last value is truly better.
    """
    won = claimed = 0
    for seed in range(worlds):
        stars = _stars(np.random.Generator(np.random.PCG64([seed, values])), values, effect)
        verdict = _ever(stars)
        won += verdict[0]
        claimed += verdict[1]
    return won, claimed


def _stars(dice: np.random.Generator, values: int, effect: float) -> np.ndarray:
    prompt = dice.normal(MEAN, PROMPT_SD, (MOST_BLOCKS, 1))
    chance = np.hypot(PROMPT_VARIANT_SD, RATER_SD)
    true = np.zeros(values)
    true[-1] = effect
    return np.clip(np.rint(prompt + true + dice.normal(0.0, chance, (MOST_BLOCKS, values))), 1, 5).astype(np.int64)


def _ever(stars: np.ndarray) -> tuple[bool, bool]:
    """Return whether a value ever beat all others, and whether any difference was ever called better."""
    claimed = False
    values = stars.shape[1]
    for looked in range(LEAST_BLOCKS, len(stars) + 1):
        cells = [[Cell(1, int(star)) for star in row] for row in stars[:looked]]
        blocks = Blocks(list(range(looked)), cells, [])
        leader = int(stars[:looked].sum(axis=0).argmax())
        others = [other for other in range(values) if other != leader]
        found = [compare(*blocks.rows([leader], [other]), values - 1).is_better for other in others]
        claimed = claimed or any(found)
        if all(found):
            return True, True
    return False, claimed
