"""The two figures that earlier systems showed, for comparing with them; no answer of ours uses either."""

from typing import TypedDict

LEGACY_COLUMNS = ("legacy_rate", "legacy_confidence")
_FULL_CONFIDENCE = 20


class LegacyFigures(TypedDict):
    """The columns of a row."""

    legacy_rate: float | None
    legacy_confidence: float


def legacy_figures(n: int, good: int) -> LegacyFigures:
    """Return the raw rate good/n, None without images, and min(n/20, 1), which is no probability of anything.

    Both as the documents of the imgen preference service define them: neither knows that images of one prompt are
    partly the same evidence, nor shrinks anything.
    """
    return {
        "legacy_rate": round(good / n, 4) if n else None,
        "legacy_confidence": min(n / _FULL_CONFIDENCE, 1.0),
    }
