"""From appending one record to an answer that shows it, on a warm index, beside an insert into DuckDB."""

import itertools
from functools import partial
from typing import Any

from benchmarks import asked, duckdb_lines
from benchmarks.figure import Figure, compared, repeat
from benchmarks.libraries import log_of
from learning_core.answers.records import search_records
from learning_core.answers.what_works import what_works
from learning_core.library import Library
from learning_core.model.job import JobRecord

SUBJECT = "new record"
LATER = 2_000_000_000.0
"""After every generated record, so that the new one is the newest."""


def measure(library: Library, times: int) -> list[Figure]:
    """Return the figures of one record appended and asked for; adds records to the own log of `library`."""
    connection = duckdb_lines.open_images(log_of(library))
    numbers = itertools.count()
    with library.snapshot() as snapshot:
        known = what_works(snapshot, asked.SUBJECT).matched.jobs

    def listed() -> None:
        job = _new_job(next(numbers))
        library.append([job], durable=False)
        with library.snapshot() as snapshot:
            newest = search_records(snapshot, limit=1).items[0].ref
            assert snapshot.job(newest)["job_id"] == job.job_id

    def counted() -> None:
        library.append([_new_job(next(numbers))], durable=False)
        with library.snapshot() as snapshot:
            assert what_works(snapshot, asked.SUBJECT).matched.jobs > known

    def inserted(ask: Any) -> None:
        connection.execute(
            "INSERT INTO images(job_id, prompt, steps, cfg_scale, checkpoint, sampler, scheduler, stars)"
            " VALUES (?, 'beach at dusk', 28, 6.5, 'coastlineXL_v1', 'DPM++ 2M', 'Karras', 5)",
            [f"new-{next(numbers)}"],
        )
        ask()

    def newest_row() -> object:
        return connection.execute("SELECT * FROM images ORDER BY job_id DESC LIMIT 1").fetchall()

    pairs = (
        ("append until search_records lists it", listed, newest_row),
        ("append until what_works counts it", counted, partial(duckdb_lines.beach_by_everything, connection)),
    )
    figures = []
    for name, ours, theirs in pairs:
        mine, peer = repeat(times, ours, partial(inserted, theirs), warm_up=2, budget=60.0)
        figures.append(compared(SUBJECT, name, mine, "DuckDB, insert and ask", peer))
    return figures


def _new_job(number: int) -> JobRecord:
    return JobRecord(
        job_id=f"new-{number}",
        timestamp_end=LATER + number,
        prompt_positive="beach at dusk, soft light",
        model="coastlineXL_v1",
        sampler="DPM++ 2M",
        scheduler="Karras",
        steps=28,
        cfg_scale=6.5,
        seed=number,
        width=1024,
        height=1024,
        loras=[],
        user_rating=5,
    )
