"""Images that a person saw and did not take: unjudged ones of a batch of which another was selected, or none."""

import numpy as np

from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.text.wording import count


def passed_over(snapshot: Snapshot, rows: Column) -> Column:
    """Return how many images of each of some jobs were passed over: unjudged ones beside a selected one of their batch.

    They were seen and not taken, so they count as not selected (statistics.md 3.10), and so do those of a batch that
    was rejected as a whole: one image of it has the judgement. Stars are given to single images, and tell nothing of
    the others; nor does a selection of the whole job, or rejecting some of its images.
    """
    found = np.zeros(len(rows), np.int64)
    places, images = batches_passed_over(snapshot, rows)
    found[places] = images
    return found


def batches_passed_over(snapshot: Snapshot, rows: Column | slice) -> tuple[Column, Column]:
    """Return the places among some jobs of those of which all images were seen, and how many were passed over.

    `rows` are numbers, a mask, or a slice that takes every row.
    """
    places = np.flatnonzero(snapshot.column("seen_whole")[rows])
    if isinstance(rows, slice) or not len(places):
        chosen = places
    else:
        chosen = np.flatnonzero(rows)[places] if rows.dtype == bool else rows[places]
    images, *judged = (snapshot.column(name)[chosen].astype(np.int64) for name in ("images", "selected", "rejected"))
    return places, np.maximum(images - sum(judged), 0)


def passed_over_note(images: int) -> list[str]:
    """Return a note on so many images that were passed over, none without any."""
    where = "beside a selected one, or in a batch rejected whole,"
    return [f"{count(images, 'image')} passed over {where} count as not selected."] if images else []
