"""Jobs told apart by the values of one dimension: the few with most jobs, and all others together."""

from typing import Literal

import numpy as np
from msgspec import Struct

from learning_core.answers.trend_answer import Dimension
from learning_core.index.columns import EVIDENCE_CLASSES, Column
from learning_core.index.lora_sets import NO_LORA
from learning_core.index.snapshot import Snapshot
from learning_core.stats.grouping import distinct

_PREFERENCE = EVIDENCE_CLASSES.index("preference")


class Part(Struct, frozen=True, eq=False):
    """Some of the jobs, by row number; `values` tells how many different values they have."""

    name: str
    holds: Literal["value", "other_values", "unknown", "comparisons"]
    values: int
    rows: Column


def parts(snapshot: Snapshot, rows: Column, dimension: Dimension, limit: int) -> list[Part]:
    """Return the jobs in some rows by their value, each job in one part: the biggest first, ties by name.

    A set of LoRAs, whatever their weights, is one value. Comparisons of whole models under their own settings tell
    of no other dimension, so their jobs are a part of their own.
    """
    usable = np.ones(len(rows), bool)
    if dimension != "checkpoint":
        usable = snapshot.column("evidence")[rows] != _PREFERENCE
    column = snapshot.column("lora_set" if dimension == "lora" else dimension)[rows]
    numbers, place = distinct(np.where(usable, column, 0).astype(np.int64))
    jobs = np.bincount(place, usable, len(numbers)).astype(np.int64)
    by_name: dict[str, list[int]] = {}
    for at, name in _names(snapshot, dimension, numbers).items():
        by_name.setdefault(name, []).append(at)
    ordered = sorted(by_name, key=lambda name: (-int(jobs[by_name[name]].sum()), name))
    group = np.full(len(numbers), len(ordered[:limit]), np.int64)
    for number, name in enumerate(ordered[:limit]):
        group[by_name[name]] = number
    of_row = group[place]
    known = usable & (column != 0)
    found = [Part(name, "value", 1, rows[known & (of_row == number)]) for number, name in enumerate(ordered[:limit])]
    others = len(ordered) - limit
    if others > 0:
        found.append(Part("other", "other_values", others, rows[known & (of_row == limit)]))
    rest = (("unknown", usable & (column == 0)), ("comparisons", ~usable))
    found += [Part(f"({holds})", holds, 0, rows[mask]) for holds, mask in rest if mask.any()]  # type: ignore[arg-type]
    return found


def _names(snapshot: Snapshot, dimension: Dimension, numbers: Column) -> dict[int, str]:
    """Return the name of each known value, by its place among the numbers."""
    places = np.flatnonzero(numbers)
    if dimension != "lora":
        return dict(zip(places.tolist(), snapshot.names(dimension, numbers[places]), strict=True))
    sets = snapshot.lora_sets()
    found = {}
    for place in places.tolist():
        number = int(numbers[place])
        loras = sets.loras[sets.starts[number] : sets.starts[number + 1]].tolist()
        found[place] = " + ".join(sorted(sets.names[lora] for lora in loras)) or NO_LORA
    return found
