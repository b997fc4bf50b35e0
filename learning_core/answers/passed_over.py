"""Images that a person saw and did not take: unjudged ones of a batch of which another was selected."""

import numpy as np

from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.text.wording import count


def passed_over(snapshot: Snapshot, rows: Column) -> Column:
    """Return how many images of each of some jobs were passed over: unjudged ones beside a selected one of their batch.

    They were seen and not taken, so they count as not selected (statistics.md 3.10). Stars are given to single images,
    and tell nothing of the others; nor does a selection of the whole job, or rejecting some of its images.
    """
    found = np.zeros(len(rows), np.int64)
    places, images = batches_passed_over(snapshot, rows)
    found[places] = images
    return found


def batches_passed_over(snapshot: Snapshot, rows: Column | slice) -> tuple[Column, Column]:
    """Return the places among some jobs of those with a picked image, and how many of their images were passed over.

    `rows` are numbers, a mask, or a slice that takes every row.
    """
    places = np.flatnonzero(snapshot.column("picked_images")[rows])
    if isinstance(rows, slice) or not len(places):
        chosen = places
    else:
        chosen = np.flatnonzero(rows)[places] if rows.dtype == bool else rows[places]
    images, *judged = (snapshot.column(name)[chosen].astype(np.int64) for name in ("images", "selected", "rejected"))
    return places, np.maximum(images - sum(judged), 0)


def passed_over_note(images: int) -> list[str]:
    """Return a note on so many images that were passed over, none without any."""
    said = f"{count(images, 'image')} passed over beside a selected one of the same batch count as not selected."
    return [said] if images else []
