"""Repeatable chance: the same seed draws the same choices."""

import bisect
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

import numpy as np

Choice = TypeVar("Choice")


class Dice:
    """Repeatable choices, drawn in blocks because single draws from numpy are slow."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64(seed))
        self._drawn: list[float] = []

    def unit(self) -> float:
        """Return a number from 0 up to 1."""
        if not self._drawn:
            self._drawn = self._generator.random(16_384).tolist()
        return self._drawn.pop()

    def below(self, limit: int) -> int:
        """Return an integer from 0 up to the limit, exact beyond 53 bits."""
        if limit <= 2**48:
            return int(self.unit() * limit)
        return (int(self.unit() * 2**32) << 32 | int(self.unit() * 2**32)) % limit

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """Return one of the choices, each as likely."""
        return choices[int(self.unit() * len(choices))]

    def favour(self, choices: Sequence[Choice]) -> Choice:
        """Return one of the choices, the first ones far more often, as people use their models."""
        return choices[int(self.unit() ** 2.2 * len(choices))]


class Zipf:
    """Words of which the n-th is about n times rarer than the first."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._sums = list(accumulate(1 / rank**1.07 for rank in range(2, len(words) + 2)))

    def draw(self, dice: Dice) -> str:
        """Return one word."""
        place = bisect.bisect_left(self._sums, dice.unit() * self._sums[-1])
        return self._words[min(place, len(self._words) - 1)]
