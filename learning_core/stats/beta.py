"""The Beta distribution over arrays: log of its function, its distribution function, its credible intervals.

Own code because scipy would add a quarter of a second to every first answer; the tests compare with scipy.
"""

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]

_STIRLING = (-691.0 / 360360.0, 1.0 / 1188.0, -1.0 / 1680.0, 1.0 / 1260.0, -1.0 / 360.0, 1.0 / 12.0)
_HALF_LOG_TWO_PI = 0.9189385332046727
_SERIES_TERMS = 8
_PLACES = np.arange(_SERIES_TERMS, dtype=np.float64)[:, None]
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(32)
_NODES, _NODE_WEIGHTS = (_NODES[:, None] + 1.0) / 2.0, _NODE_WEIGHTS[:, None] / 2.0
_NEGLIGIBLE = 36.0
"""A density that fell by the factor e^36 adds nothing to 15 digits."""

_LARGEST_LOG_ODDS = 36.0
_STEPS = 60
_CLOSE_ENOUGH = 0.003
"""Excess of the log of a tail after which one more of Halley's steps, whose errors shrink cubically, is exact to 1e-11.

For some hundred images the first guess is as close."""


def log_gamma(x: Reals) -> Reals:
    """Return ln Γ(x) for x from 1e-300 to 1e30, to about 1e-14 of its size (of 1, where it is smaller).

    Stirling's series (Abramowitz and Stegun 6.1.41) at x + 8, less the logarithm of x (x + 1) … (x + 7).
    """
    shifted = x + 8.0
    inverse = 1.0 / shifted
    square = inverse * inverse
    series = square * _STIRLING[0]
    for coefficient in _STIRLING[1:-1]:
        series += coefficient
        series *= square
    series += _STIRLING[-1]
    series *= inverse
    # The eight factors, taken in pairs from both ends, are z, z + 6, z + 10 and z + 12.
    z = x * (x + 7.0)
    series -= np.log(z * (z + 6.0) * (z + 10.0) * (z + 12.0))
    series += (shifted - 0.5) * np.log(shifted) - shifted + _HALF_LOG_TWO_PI
    return series


def log_beta(a: Reals, b: Reals) -> Reals:
    """Return ln B(a, b) for a, b > 0, arrays of one shape."""
    of_a, of_b, of_both = log_gamma(np.array((a, b, a + b)))
    found: Reals = of_a + of_b - of_both
    return found


def log_lower_tail(log_odds: Reals, a: Reals, b: Reals, of_both: Reals) -> tuple[Reals, Reals]:
    """Return ln P(X ≤ x) of Beta(a, b) variables, and its derivative, both by the log-odds ln(x / (1 − x)).

    `of_both` is ln B(a, b). Meant for x below the mean, where it keeps its digits however small the probability is. The
    first terms of the series in x (Abramowitz and Stegun 26.5.4) lead to I_x(a + 8, b), the area under a density over
    the log-odds that is smooth and falls steeply: one Gauss-Legendre rule gives it.
    """
    total, x = a + b, _share(log_odds)
    terms = np.cumprod((total + _PLACES) / (a + 1.0 + _PLACES) * x, axis=0)
    # In units of the density over the log-odds, x^a (1 − x)^b / B(a, b).
    area = _area_below(x, a + _SERIES_TERMS, total + _SERIES_TERMS)
    ratio = (1.0 + terms[:-1].sum(axis=0) + terms[-1] * (a + _SERIES_TERMS) * area) / a
    log_x = np.minimum(log_odds, 0.0) - np.log1p(np.exp(-np.abs(log_odds)))
    log_density = total * log_x - b * log_odds - of_both
    return log_density + np.log(ratio), 1.0 / ratio


def _share(log_odds: Reals) -> Reals:
    found: Reals = 1.0 / (1.0 + np.exp(-np.minimum(np.maximum(log_odds, -700.0), _LARGEST_LOG_ODDS)))
    return found


def _area_below(x: Reals, a: Reals, total: Reals) -> Reals:
    """Return the area below x, over the log-odds, of the density of Beta(a, total − a) divided by its height at x."""
    slope, curvature = a - total * x, np.maximum(total * x * (1.0 - x), 1e-300)
    # Where a parabola with the density's slope and curvature is negligible, then better.
    reach = 2.0 * _NEGLIGIBLE / (np.sqrt(slope * slope + 2.0 * _NEGLIGIBLE * curvature) + slope)
    for _ in range(3):
        left = np.exp(-reach) * x
        steepness = a - total * left / (1.0 - x + left)
        reach = reach + (_NEGLIGIBLE - _fall(reach, x, a, total)) / steepness
    area: Reals = reach * (_NODE_WEIGHTS * np.exp(-_fall(_NODES * reach, x, a, total))).sum(axis=0)
    return area


def _fall(distance: Reals, x: Reals, a: Reals, total: Reals) -> Reals:
    """Return by how much the log of the density is lower at log-odds that are smaller by the distance."""
    fall: Reals = a * distance + total * np.log1p(x * np.expm1(-distance))
    return fall


def credible_interval(a: Reals, b: Reals, mass: float = 0.95) -> tuple[Reals, Reals]:
    """Return the lower and the upper ends of the central credible intervals of Beta(a, b), a, b > 0, 0 ≤ mass < 1."""
    # The upper end of Beta(a, b) is the lower one of Beta(b, a), seen from 1.
    log_odds = _lower_log_odds((1.0 - mass) / 2.0, np.concatenate((a, b)), np.concatenate((b, a)))
    low, high = _share(log_odds[: len(a)]), _share(-log_odds[len(a) :])
    return low, high


def _lower_log_odds(probability: float, a: Reals, b: Reals) -> Reals:
    """Return the log-odds below which Beta(a, b) has the probability, at most one half, by Halley's steps."""
    log_odds, wanted, of_both = _first_guess(probability, a, b), np.log(probability), log_beta(a, b)
    for _ in range(_STEPS):
        log_tail, slope = log_lower_tail(log_odds, a, b, of_both)
        excess = (log_tail - wanted) / slope
        bend = 0.5 * excess * (a - (a + b) * _share(log_odds) - slope)
        # The log of the tail is concave: Newton's steps arrive from anywhere, Halley's sooner once they are small.
        step = excess / np.where(np.abs(bend) < 0.5, 1.0 - bend, 1.0)
        log_odds = log_odds - step
        if (np.abs(log_tail - wanted) <= _CLOSE_ENOUGH).all():
            break
    return log_odds


def _first_guess(probability: float, a: Reals, b: Reals) -> Reals:
    """Abramowitz and Stegun 26.5.22, and 26.2.23 for the normal quantile in it; for shapes below 1 as if they were."""
    t = np.sqrt(-2.0 * np.log(probability))
    y = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    first, second = 1.0 / (2.0 * np.maximum(a, 1.0) - 1.0), 1.0 / (2.0 * np.maximum(b, 1.0) - 1.0)
    size, shift = 2.0 / (first + second), (y * y - 3.0) / 6.0
    width = y * np.sqrt(np.maximum(size + shift, 0.0)) / size
    width = width - (second - first) * (shift + 5.0 / 6.0 - 2.0 / (3.0 * size))
    guess: Reals = np.log(a / b) - 2.0 * width
    return guess
