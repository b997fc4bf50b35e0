"""Values of a setting taken together where they are compared: LoRAs without their weights, numbers in parts."""

import numpy as np

from learning_core.index.columns import Column
from learning_core.index.lora_sets import LoraSets
from learning_core.index.snapshot import Snapshot
from learning_core.stats.equal_parts import equal_parts
from learning_core.stats.grouping import distinct

NUMBERS = ("steps", "cfg_scale", "denoising_strength")
"""Fields whose values are numbers."""


def lora_classes(snapshot: Snapshot) -> Column:
    """Return a number for each set of LoRAs, the same for sets of the same LoRAs whatever their weights; 0 unknown."""
    found: Column = snapshot.derived("lora sets without weights", lambda: _without_weights(snapshot.lora_sets()))
    return found


def _without_weights(sets: LoraSets) -> Column:
    sizes = np.diff(sets.starts)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((sets.loras, owner))
    members = sets.loras[order].astype(np.int64)
    found = np.zeros(len(sizes), np.int64)
    for place in range(int(sizes.max(initial=0))):
        longer = np.flatnonzero(sizes > place)
        member = np.zeros(len(sizes), np.int64)
        member[longer] = members[sets.starts[longer] + place] + 1
        _, found = distinct(found * (len(sets.names) + 1) + member)
    return found


def number_classes(snapshot: Snapshot, field: str, codes: Column, few: int, parts: int) -> Column:
    """Return the part of each row's number, from 1, or its code where only so `few` values are known; 0 is unknown.

    Parts hold about equally many rows each.
    """
    present = np.flatnonzero(np.bincount(codes))
    present = present[present > 0]
    if len(present) <= few:
        return codes
    value = np.zeros(int(present[-1]) + 1)
    value[present] = [float(text) for text in snapshot.names(field, present)]
    rows = np.flatnonzero(codes)
    found = np.zeros(len(codes), np.int64)
    found[rows] = 1 + equal_parts(value[codes[rows]], parts)
    return found
