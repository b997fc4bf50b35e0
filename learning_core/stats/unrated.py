"""What images without a judgement could change: rated shares of two arms and the bounds of their difference.

A person rates what catches the eye, so unrated images are not like the rated ones (statistics.md 1 and 3.10).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from learning_core.stats.grouping import Numbers, distinct

LARGEST_GAP = 10
"""Percentage points: rated shares further apart than this leave a claim weak at most."""


class Arm(Struct, frozen=True):
    """One arm: `shown` images, of which `judged` have a judgement and `good` came out well."""

    shown: int
    judged: int
    good: int

    @property
    def rated_share(self) -> float:
        """Judged images as a share of the shown ones, 0 to 1, 0 without any."""
        return self.judged / self.shown if self.shown else 0.0

    @property
    def lowest(self) -> float:
        """The rate if no unrated image had come out well."""
        return self.good / self.shown if self.shown else 0.0

    @property
    def highest(self) -> float:
        """The rate if all unrated images had come out well."""
        return (self.good + self.shown - self.judged) / self.shown if self.shown else 1.0


def unevenly_rated(a: Arm, b: Arm) -> bool:
    """Tell whether the arms' rated shares are more than LARGEST_GAP apart."""
    # In whole numbers: 0.9 − 0.8 is more than a tenth in floating point.
    if not (a.shown and b.shown):
        return a.shown != b.shown
    return 100 * abs(a.judged * b.shown - b.judged * a.shown) > LARGEST_GAP * a.shown * b.shown


def only_good_judged(arms: Sequence[Arm]) -> list[int]:
    """Return the places of the arms of which more judgements like those at hand would tell nothing.

    Where only good images of an arm are judged and many are left, those at hand say what was judged, not what came
    out; where every judged image of every arm is good, no number of such images makes a difference.
    """
    good = [place for place, arm in enumerate(arms) if arm.judged and arm.good == arm.judged]
    whole = Arm(1, 1, 1)
    return good if len(good) == len(arms) else [place for place in good if unevenly_rated(arms[place], whole)]


def worst_case_bounds(a: Arm, b: Arm) -> tuple[float, float]:
    """Return between what the difference rate(A) − rate(B) lies whatever the unrated images are (Manski's bounds)."""
    return a.lowest - b.highest, a.highest - b.lowest


def counted(batch: Numbers, judged: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Tell of each image whether it counts: judged, or of a batch of which some image was judged.

    In such a batch an image without a judgement was seen and passed over: it counts as not selected. `batch` are
    numbers from 0.
    """
    _, place = distinct(batch)
    return (np.bincount(place, judged) > 0)[place] if len(place) else judged
