"""How a probability is written: nothing that is learned from images is certain, and must not look it."""

_SURE = 0.999


def probability_text(probability: float) -> str:
    """Return three digits: `0.932`, and `> 0.999` or `< 0.001` beyond them."""
    if probability > _SURE:
        return f"> {_SURE}"
    return f"< {1.0 - _SURE:.3f}" if probability < 1.0 - _SURE else f"{probability:.3f}"
