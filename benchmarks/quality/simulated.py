"""All figures from simulated worlds, whose truth is known."""

from benchmarks.quality import claims, confounding, coverage, leaders, looks, whole_libraries
from benchmarks.quality.targets import Figure

SEED = 20_260
"""Where all worlds come from, so that a run can be repeated to the digit."""

FULL = {"coverage": 150, "claims": 40, "leaders": 200, "looks": 300, "confounding": 400, "libraries": 200}
QUICK = {"coverage": 2, "claims": 2, "leaders": 5, "looks": 5, "confounding": 20, "libraries": 2}
"""Worlds of each kind; a quick run only shows that everything runs.

Of the lowest of 36 coverages from 60 worlds each, chance alone makes .90 where the true one is .94.
"""


def figures(*, quick: bool = False) -> list[Figure]:
    """Return all figures, in minutes, or in seconds with little meaning."""
    worlds = QUICK if quick else FULL
    return [
        *coverage.measure(worlds["coverage"], SEED),
        *claims.measure(worlds["claims"], SEED),
        *leaders.measure(worlds["leaders"], SEED),
        *looks.measure(worlds["looks"], SEED),
        *confounding.false_claims(worlds["confounding"], SEED),
        *confounding.power(worlds["confounding"], SEED),
        *whole_libraries.measure(worlds["libraries"], SEED),
    ]
