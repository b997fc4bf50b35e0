"""A simulated person whose taste is known: what settings, prompts and chance do to the stars."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Reals = npt.NDArray[np.float64]


class Parameter(Struct, frozen=True):
    """A setting: how many values, the spread of their effects in stars, and whether they lie along a scale."""

    name: str
    values: int
    sd: float
    ordered: bool


PARAMETERS = (
    Parameter("checkpoint", 6, 0.31, ordered=False),
    Parameter("steps", 5, 0.25, ordered=True),
    Parameter("cfg_scale", 6, 0.25, ordered=True),
    Parameter("lora", 5, 0.15, ordered=True),
    Parameter("sampler", 5, 0.12, ordered=False),
    Parameter("scheduler", 4, 0.05, ordered=False),
)
"""Spreads of statistics.md 5, there called assumed."""

MEAN = 3.2
PROMPT_SD = 0.8
PROMPT_VARIANT_SD = 0.45
SEED_SD = 0.4
RATER_SD = 0.6

Setting = tuple[int, ...]
"""The place of a value for each parameter, in the order of PARAMETERS."""


class Person:
    """One world: effects add up, prompts differ, the same seed helps all variants of a block alike, stars are whole."""

    def __init__(self, seed: int, *, null: bool = False) -> None:
        self._dice = np.random.Generator(np.random.PCG64([seed, 1]))
        self.effects = [np.zeros(each.values) if null else self._effects(each) for each in PARAMETERS]
        self.start: Setting = tuple(int(self._dice.integers(each.values)) for each in PARAMETERS)

    def _effects(self, parameter: Parameter) -> Reals:
        if not parameter.ordered:
            return self._dice.normal(0.0, parameter.sd, parameter.values)
        # One best place anywhere along the scale, and worse the farther from it: not the shape that we assume.
        place = np.linspace(0.0, 1.0, parameter.values)
        curve = -(np.abs(place - self._dice.uniform(0.0, 1.0)) ** self._dice.uniform(1.0, 2.0))
        centred = curve - curve.mean()
        wanted = abs(self._dice.normal(0.0, parameter.sd)) + 0.3 * parameter.sd
        scaled: Reals = centred / max(float(centred.std()), 1e-9) * wanted
        return scaled

    def rate(self, settings: Sequence[Setting]) -> list[int]:
        """Return the stars of one block: images of one new prompt and seed with different settings."""
        prompt = self._dice.normal(0.0, PROMPT_SD) + self._dice.normal(0.0, SEED_SD)
        stars = []
        for setting in settings:
            true = sum(float(effect[place]) for effect, place in zip(self.effects, setting, strict=True))
            chance = self._dice.normal(0.0, PROMPT_VARIANT_SD) + self._dice.normal(0.0, RATER_SD)
            stars.append(int(np.clip(np.rint(MEAN + prompt + true + chance), 1, 5)))
        return stars

    def regret(self, setting: Setting) -> float:
        """Return by how many stars the best settings are better than these."""
        return sum(float(effect.max() - effect[place]) for effect, place in zip(self.effects, setting, strict=True))

    def history(self, images: int) -> list[tuple[Setting, int]]:
        """Return what this person made and rated before: habits, so some values far more often than others."""
        habits = [self._dice.dirichlet(np.full(each.values, 0.7)) for each in PARAMETERS]
        settings = [tuple(int(self._dice.choice(len(habit), p=habit)) for habit in habits) for _ in range(images)]
        return [(setting, self.rate([setting])[0]) for setting in settings]
