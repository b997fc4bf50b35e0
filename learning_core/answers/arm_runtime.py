"""How long the jobs of two arms took, in all and among jobs of the same size, steps and hires fix."""

from collections.abc import Collection
from math import exp, fsum, log

import numpy as np

from learning_core.answers.settings_comparison import Runtime
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.grouping import distinct, starts

_ALIKE = ("size", "steps", "hires_fix", "stage")
_LEAST_JOBS = 3


def runtime(snapshot: Snapshot, jobs: tuple[Column, Column], told_apart: Collection[str]) -> Runtime:
    """Return the runtimes of both arms; fields in `told_apart` make the arms and are not held equal."""
    known = [rows[snapshot.column("runtime")[rows] > 0] for rows in jobs]
    seconds = [snapshot.column("runtime")[rows] for rows in known]
    medians = [float(np.median(each)) if len(each) else None for each in seconds]
    ratio = medians[0] / medians[1] if medians[0] and medians[1] else None
    alike, size = (None, 0)
    if ratio is not None:
        alike, size = _alike(snapshot, known, seconds, [name for name in _ALIKE if name not in told_apart])
    return Runtime(
        a_median=_rounded(medians[0], 2),
        a_n=len(known[0]),
        b_median=_rounded(medians[1], 2),
        b_n=len(known[1]),
        ratio=_rounded(ratio, 3),
        ratio_alike=_rounded(alike, 3),
        alike_n=size,
    )


def _alike(
    snapshot: Snapshot, jobs: list[Column], seconds: list[Column], fields: list[str]
) -> tuple[float | None, int]:
    """Return the ratio of medians among jobs that are alike, a weighted geometric mean, and the jobs behind it."""
    rows, first = np.concatenate(jobs), len(jobs[0])
    place = np.zeros(len(rows), np.int64)
    for name in fields:
        column = snapshot.column(name)[rows].astype(np.int64)
        place = place * (int(column.max(initial=0)) + 1) + column
    kinds, kind = distinct(place)
    found = [
        _medians(kind[part], each, len(kinds))
        for part, each in zip((slice(first), slice(first, None)), seconds, strict=True)
    ]
    (median_a, a), (median_b, b) = found
    both = np.flatnonzero((a >= _LEAST_JOBS) & (b >= _LEAST_JOBS))
    if not len(both):
        return None, 0
    weight = (a * b / np.maximum(a + b, 1))[both].tolist()
    pairs = zip(weight, median_a[both].tolist(), median_b[both].tolist(), strict=True)
    middle = fsum(each * (log(of_a) - log(of_b)) for each, of_a, of_b in pairs) / fsum(weight)
    return exp(middle), min(int(a[both].sum()), int(b[both].sum()))


def _medians(kind: Column, seconds: Column, kinds: int) -> tuple[Column, Column]:
    """Return the median of each kind, 0 without jobs, and how many jobs it has."""
    counts = np.bincount(kind, minlength=kinds)
    medians = np.zeros(kinds)
    if not len(kind):
        return medians, counts
    # Positive floats order as their bits do.
    keys = np.sort(kind << 32 | seconds.astype(np.float32).view(np.uint32))
    begin = starts(keys >> 32)
    ordered = (keys & 0xFFFFFFFF).astype(np.uint32).view(np.float32).astype(np.float64)
    size = counts[counts > 0]
    medians[counts > 0] = (ordered[begin + (size - 1) // 2] + ordered[begin + size // 2]) / 2.0
    return medians, counts


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
