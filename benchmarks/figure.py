"""One measured figure beside its peer's, and how figures are timed and printed."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict


class Figure(Struct, frozen=True):
    """What whatworks took and what a peer took for the same thing, in the same run and the same unit.

    Of times that were taken often, `ours` and `peer` are the medians.
    """

    subject: str
    name: str
    unit: str
    ours: float
    peer_name: str
    peer: float
    better: str = "lower"
    p99: float | None = None
    peer_p99: float | None = None

    @property
    def ratio(self) -> float:
        """Return ours divided by the peer's."""
        return self.ours / self.peer if self.peer else float("inf")

    def as_json(self) -> dict[str, Any]:
        """Return the figure as a JSON object."""
        return asdict(self) | {"ratio": round(self.ratio, 4)}


class Timing(Struct, frozen=True):
    """The spread of many repetitions, in seconds."""

    seconds: Sequence[float]

    def median(self, scale: float = 1.0) -> float:
        """Return the median, times a scale such as 1000 for milliseconds."""
        return statistics.median(self.seconds) * scale

    def p99(self, scale: float = 1.0) -> float:
        """Return the 99th percentile (the slowest of fewer than 100), times a scale."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * scale


SPREAD = {"p50": Timing.median, "p99": Timing.p99}
"""What is reported of a timing."""


def timed(action: Callable[[], object]) -> float:
    """Return the wall seconds that one call takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def compared(
    subject: str, name: str, ours: Timing, peer_name: str, theirs: Timing, unit: str = "ms", scale: float = 1e3
) -> Figure:
    """Return the figure of two spreads; `scale` turns seconds into the unit."""
    return Figure(
        subject, name, unit, ours.median(scale), peer_name, theirs.median(scale),
        p99=ours.p99(scale), peer_p99=theirs.p99(scale),
    )  # fmt: skip


def repeat(times: int, *actions: Callable[[], object], warm_up: int = 1, budget: float = float("inf")) -> list[Timing]:
    """Time several actions in turn, so that a busy moment of the machine falls on all of them alike.

    Ends early, but not before the first round, when `budget` seconds were taken.
    """
    for _ in range(warm_up):
        for action in actions:
            action()
    seconds: list[list[float]] = [[] for _ in actions]
    for _ in range(times):
        for taken, action in zip(seconds, actions, strict=True):
            taken.append(timed(action))
        if sum(map(sum, seconds)) > budget:
            break
    return [Timing(taken) for taken in seconds]
