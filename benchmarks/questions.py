"""Asking what works: warm, filtered, and just after a new record, beside SQL and data frames."""

import itertools
from functools import partial
from typing import Any

from benchmarks import duckdb_peer
from benchmarks.figure import SPREAD, Figure, Timing, repeat
from learning_core.answers.what_works import what_works
from learning_core.library import Library
from learning_core.model.job import JobRecord

TIMES = 100
FILTER = "steps:25..35"
SQL_FILTER = "steps BETWEEN 25 AND 35"


def measure(library: Library) -> list[Figure]:
    """Return the figures of questions about beach prompts; adds a few records to the log of `library`."""
    connection = duckdb_peer.open_images(library.own_log)
    frame = connection.execute("SELECT * FROM images").df()
    figures = []
    with library.snapshot() as snapshot:
        for name, where, sql in (("all", "", "TRUE"), ("filtered", FILTER, SQL_FILTER)):
            ours, sql_time = repeat(
                TIMES,
                partial(what_works, snapshot, "beach", where=where),
                partial(duckdb_peer.beach_by_everything, connection, sql),
                warm_up=3,
            )
            figures += _spread(f"warm, {name}", ours, "DuckDB, table in memory", sql_time)
            (frame_time,) = repeat(5, partial(_beach_in_frame, frame, filtered=bool(where)))
            figures += _spread(f"warm, {name}", ours, "pandas, frame in memory", frame_time)[:1]
    return [*figures, *_after_a_new_record(library, connection)]


def _spread(name: str, ours: Timing, peer: str, theirs: Timing) -> list[Figure]:
    return [
        Figure("what_works", f"{name}, {kind}", "ms", pick(ours, 1e3), peer, pick(theirs, 1e3))
        for kind, pick in SPREAD.items()
    ]


def _after_a_new_record(library: Library, connection: Any) -> list[Figure]:
    numbers = itertools.count()

    def ours() -> None:
        library.append([_new_job(next(numbers))], durable=False)
        with library.snapshot() as snapshot:
            what_works(snapshot, "beach")

    def theirs() -> None:
        connection.execute(
            "INSERT INTO images(job_id, prompt, steps, cfg_scale, checkpoint, sampler, scheduler, stars)"
            " VALUES (?, 'beach at dusk', 28, 6.5, 'coastlineXL_v1', 'DPM++ 2M', 'Karras', 5)",
            [f"new-{next(numbers)}"],
        )
        duckdb_peer.beach_by_everything(connection)

    ours_time, their_time = repeat(20, ours, theirs)
    return _spread("append 1 record and ask", ours_time, "DuckDB, insert and ask", their_time)


def _new_job(number: int) -> JobRecord:
    return JobRecord(
        job_id=f"new-{number}",
        prompt_positive="beach at dusk, soft light",
        model="coastlineXL_v1",
        sampler="DPM++ 2M",
        scheduler="Karras",
        steps=28,
        cfg_scale=6.5,
        seed=number,
        width=1024,
        height=1024,
        user_rating=5,
    )


def _beach_in_frame(frame: Any, *, filtered: bool) -> None:
    judged = frame[frame.stars.notna() | frame.verdict.notna()]
    if filtered:
        judged = judged[judged.steps.between(25, 35)]
    matched = judged[judged.prompt.str.contains(r"\bbeach(?:es)?\b", case=False, regex=True)]
    matched = matched.assign(good=(matched.verdict == "selected") | (matched.stars >= 4))
    for setting in ("checkpoint", "sampler", "scheduler", "steps", "cfg_scale", "size"):
        matched.groupby(setting).agg({"good": ["size", "sum"], "stars": "mean"})
    used = matched.explode("loras").dropna(subset=["loras"])
    used = used.assign(lora=[lora["name"] for lora in used.loras])
    used.groupby("lora").agg({"good": ["size", "sum"], "stars": "mean"})
