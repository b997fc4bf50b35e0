"""Choosing what is tried next: the one-variable plan, or the screen, that is expected to gain most."""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from learning_core.stats.grouping import Counts
from learning_core.stats.value_of_information import Belief, expected_gain, promising

PROMPTS = 12
SCREEN_PROMPTS = 6
OTHER_VALUES = 3
IMAGE_VARIANCE = 0.85
"""Variance of one image's stars inside a block (statistics.md 5, "Several values")."""

SCREENED = 4
SCREEN_LEVELS = 3
LEAST_SCREENED = 3
"""A screen is offered from so many untested parameters on."""

SCREEN_ROWS = (
    (0, 0, 0, 0), (0, 1, 1, 1), (0, 2, 2, 2),
    (1, 0, 1, 2), (1, 1, 2, 0), (1, 2, 0, 1),
    (2, 0, 2, 1), (2, 1, 0, 2), (2, 2, 1, 0),
)  # fmt: skip
"""The orthogonal array L9: four factors of three levels, each pair of levels of two factors in one row."""


class Question(Struct, frozen=True, eq=False):
    """A parameter that could be tested: what is believed of its values, which one is used now, and if it was tested.

    `screenable` ones may stand beside others in a screen.
    """

    belief: Belief
    base: int
    tested: bool = False
    screenable: bool = True


class Choice(Struct, frozen=True):
    """What to try: for each parameter the places of its values; one parameter is a plan, several are a screen.

    `gain` is the expected one in stars, summed over the factors of a screen, `images` what it costs.
    """

    values: dict[str, tuple[int, ...]]
    gain: float
    prompts: int
    images: int

    @property
    def is_screen(self) -> bool:
        """Tell whether several parameters vary together."""
        return len(self.values) > 1

    @property
    def gain_per_image(self) -> float:
        """Expected stars gained for each image."""
        return self.gain / self.images


def choices(questions: Mapping[str, Question], *, prompts: int = PROMPTS) -> list[Choice]:
    """Return what could be tried, the best first: by expected gain for each image, ties by name.

    One-variable plans compare the value in use with the three of the highest mean + sd. A screen joins the four
    untested parameters of the highest gain and is among the choices when there are at least three.
    """
    found = [_plan(name, question, prompts) for name, question in questions.items() if len(question.belief.mean) > 1]
    screen = _screen(
        questions, [each for each in found if _may_be_screened(questions[next(iter(each.values))])], prompts
    )
    found += [] if screen is None else [screen]
    return sorted(found, key=lambda each: (-each.gain_per_image, *each.values))


def _may_be_screened(question: Question) -> bool:
    return question.screenable and not question.tested


def _plan(name: str, question: Question, prompts: int) -> Choice:
    places = promising(question.belief, question.base, OTHER_VALUES)
    gain = expected_gain(question.belief, places, np.full(len(places), IMAGE_VARIANCE / prompts))
    return Choice({name: tuple(places.tolist())}, gain, prompts, len(places) * prompts)


def _screen(questions: Mapping[str, Question], untested: Sequence[Choice], prompts: int) -> Choice | None:
    if len(untested) < LEAST_SCREENED:
        return None
    best = sorted(untested, key=lambda each: (-each.gain, *each.values))[:SCREENED]
    names = sorted(next(iter(each.values)) for each in best)
    values = {name: levels(questions[name]) for name in names}
    used = min(prompts, SCREEN_PROMPTS)
    images = len(SCREEN_ROWS) * used
    gain = sum(_screened_gain(questions[name].belief, values[name], images) for name in names)
    return Choice({name: tuple(places.tolist()) for name, places in values.items()}, gain, used, images)


def levels(question: Question) -> Counts:
    """Return the values that a screen tries of a parameter: at most three, the one in use among them."""
    return promising(question.belief, question.base, SCREEN_LEVELS - 1)


def _screened_gain(belief: Belief, places: Counts, images: int) -> float:
    """Every level stands in an equal share of the images, of which two levels share one level's rows if only two."""
    share = level_shares(len(places)) * images
    return expected_gain(belief, places, IMAGE_VARIANCE / share)


def level_shares(count: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return the share of a screen's images that each of two or three levels gets."""
    of_level = np.bincount(np.arange(SCREEN_LEVELS) % count, minlength=count)
    return of_level / SCREEN_LEVELS


def screen_rows(factors: int, counts: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the rows of a screen: the level of each factor, where a factor with two levels repeats the first."""
    rows = [tuple(row[factor] % counts[factor] for factor in range(factors)) for row in SCREEN_ROWS]
    return list(dict.fromkeys(rows))
