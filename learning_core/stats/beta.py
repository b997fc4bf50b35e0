"""The Beta distribution: log of its function, its distribution function, its quantiles.

Own code because scipy would add a quarter of a second to every first answer; the tests compare with scipy.
"""

from math import exp, lgamma, log, log1p

_TINY = 1e-300
_STEPS = 200
_CLOSE_ENOUGH = 1e-13


def log_beta(a: float, b: float) -> float:
    """Return ln B(a, b) for a, b > 0."""
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return I_x(a, b), the probability that a Beta(a, b) variable is at most x; a, b > 0.

    Continued fraction of Abramowitz and Stegun 26.5.8, evaluated by Lentz's method; on the far side of the mean by
    the symmetry I_x(a, b) = 1 − I_{1−x}(b, a).
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    # Never by recursion: near the mean of a narrow distribution rounding can put x and 1 − x both on the far side.
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - _near_side(1.0 - x, b, a)
    return _near_side(x, a, b)


def _near_side(x: float, a: float, b: float) -> float:
    if x <= 0.0:
        return 0.0
    front = exp(a * log(x) + b * log1p(-x) - log_beta(a, b)) / a
    return min(1.0, front * _continued_fraction(x, a, b))


def _continued_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    result = d
    for m in range(1, 1000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _away_from_zero(1.0 + numerator * d)
            c = _away_from_zero(1.0 + numerator / c)
            result *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return result


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return the x with I_x(a, b) = probability, by Newton's steps, or bisection where they leave the bracket."""
    low, high, x = 0.0, 1.0, a / (a + b)
    scale = log_beta(a, b)
    for _ in range(_STEPS):
        excess = beta_cdf(x, a, b) - probability
        low, high = (low, x) if excess > 0.0 else (x, high)
        density = exp((a - 1.0) * log(x) + (b - 1.0) * log1p(-x) - scale)
        following = x - excess / density if density > _TINY else -1.0
        if not low < following < high:
            following = (low + high) / 2.0
        if abs(following - x) <= _CLOSE_ENOUGH * following:
            return following
        x = following
    return x


def credible_interval(a: float, b: float, mass: float = 0.95) -> tuple[float, float]:
    """Return the ends of the central credible interval of Beta(a, b)."""
    tail = (1.0 - mass) / 2.0
    return beta_quantile(tail, a, b), beta_quantile(1.0 - tail, a, b)
