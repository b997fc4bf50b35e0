"""Images that a person saw and did not take: unjudged ones of a batch of which another was selected."""

import numpy as np

from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot


def passed_over(snapshot: Snapshot, rows: Column) -> Column:
    """Return how many images of each of some jobs were passed over: unjudged ones beside a selected one of their batch.

    They were seen and not taken, so they count as not selected (statistics.md 3.10). Stars are given to single images,
    and tell nothing of the others; nor does a selection of the whole job, or rejecting some of its images.
    """
    picked = snapshot.column("picked_images")[rows]
    found = np.zeros(len(picked), np.int64)
    batches = np.flatnonzero(picked)
    if len(batches):
        images, *judged = (
            snapshot.column(name)[rows[batches]].astype(np.int64) for name in ("images", "selected", "rejected")
        )
        found[batches] = np.maximum(images - sum(judged), 0)
    return found
