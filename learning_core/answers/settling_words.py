"""What would settle a question where more images like those that are judged would not."""

from collections.abc import Sequence
from math import ceil

from learning_core.text.wording import listed


def judge_others_too(names: Sequence[str]) -> str:
    """Return what to do where only good images of the named values, one at least, are judged."""
    return (
        f"Every judged image of {listed(names)} came out well, so more like these would settle nothing: "
        "judge images that you did not like, too."
    )


def roughly(number: float) -> int:
    """Return a whole number of one or two digits that count: an estimate must not look exact."""
    whole = max(ceil(number), 1)
    step = int(10 ** max(len(str(whole)) - 2, 0))
    return -(-whole // step) * step
