"""A row of small bars, one a number, for terminals with and without Unicode."""

import sys
from collections.abc import Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"
_PLAIN = "_.-=+*#@"
_NOTHING = " "


def sparkline(values: Sequence[float | None], low: float, high: float) -> str:
    """Return a bar for each value between low and high; a blank where there is none."""
    bars = _BLOCKS if _encodes(_BLOCKS) else _PLAIN
    span = high - low
    return "".join(
        _NOTHING if value is None else bars[_step((value - low) / span if span else 0.0)] for value in values
    )


def _step(share: float) -> int:
    return min(max(int(share * len(_BLOCKS)), 0), len(_BLOCKS) - 1)


def _encodes(text: str) -> bool:
    """Tell whether stdout can show a text."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
