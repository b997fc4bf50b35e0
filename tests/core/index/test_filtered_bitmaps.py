"""A filter's bitmap is what its mask is, and what a process that has just started finds, whatever happened since."""

import random
from pathlib import Path

from another_process import another_process
from library_factory import make_job, make_library, rating, tagging

from learning_core.index.bitmaps import unpacked
from learning_core.index.filtering import bitmap_of, match_filter
from learning_core.index.snapshot import Snapshot
from learning_core.library import Library
from learning_core.model.judgement import Rating, Withdrawal
from learning_core.text import filters

FILTERS = (
    "", "rating:>=4", "-rating:>=4 steps:20..30", "steps:20,36 -sampler:unipc", "checkpoint:realvis rating:1..3",
    "tag:keeper", "-tag:keeper -beach", "seed:9007199254740993", "runtime:>5 people:yes", "selection:none",
    "after:2025-10-01 lora:none",
)  # fmt: skip


def found_by(snapshot: Snapshot, where: str) -> list[int]:
    """Return the rows that a filter selects, after comparing both ways to them."""
    terms = filters.parse(where)
    bitmap, notes = bitmap_of(snapshot, terms)
    mask, same_notes = match_filter(snapshot, terms)
    assert unpacked(bitmap, slice(0, snapshot.jobs)).tolist() == mask.tolist()
    assert notes == same_notes
    return [row for row, chosen in enumerate(mask.tolist()) if chosen]


def all_found(library: Library) -> list[list[int]]:
    with library.snapshot() as snapshot:
        return [found_by(snapshot, where) for where in FILTERS]


def test_bitmaps_are_masks_whatever_happens_to_the_library(tmp_path: Path) -> None:
    draw = random.Random(3)
    jobs = [make_job(number) for number in range(70)]
    beside = rating(jobs[1], 5, context_flags={"people": True})
    library = make_library(tmp_path, [*jobs, beside, tagging(jobs[2], "keeper")])
    seen: set[str] = set()
    for step in range(30):
        job = draw.choice(jobs)
        about = {"event_id": f"event-{step}", "job_id": job.job_id}
        happens = [
            make_job(100 + step, steps=draw.choice([20, 25, 36]), user_rating=draw.choice([None, 2, 5])),
            Rating(value=draw.randint(1, 5), image_index=draw.choice([None, 0, 1]), **about),
            Withdrawal(withdrawn=draw.random() < 0.6, **about),
        ]
        library.append([draw.choice(happens)], durable=False)
        found = all_found(library)
        with another_process():
            assert all_found(library) == found
        seen.add(str(found))
    assert len(seen) > 20
