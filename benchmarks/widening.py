"""Near terms: one widening at 70,000 terms, embedding a library's terms, and a server that has or uses them."""

import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.cold_start import Session
from benchmarks.figure import Figure, Timing, compared, repeat
from benchmarks.server_memory import memory_of
from benchmarks.studio import Studio
from benchmarks.vocabulary import vocabulary
from learning_core.answers.what_works import what_works
from learning_core.index.columns import Column
from learning_core.library import Library
from learning_core.matching.embed import embed
from learning_core.matching.quantised import cosines, square_sums
from learning_core.matching.selection import match
from learning_core.matching.static_table import read_table, write_table
from learning_core.matching.term_vectors import Origin, embed_terms
from learning_core.matching.widening import STATIC_TABLE, STATIC_VECTORS, widen
from learning_core.text.keywords import parse_subject

SUBJECT = "widening"
TERMS = 70_000
DIMENSION = 128
WORD = "beach"
SEED = 11


def measure(library: Library, scratch: Path, prompts: int, times: int) -> list[Figure]:
    """Return the figures; the library gets an invented table of 128 dimensions, so that no model is needed.

    The terms of so many different prompts are counted and embedded in a library of their own in `scratch`.
    """
    plain = _server(library, {"subject": WORD})
    _give_table(library)
    idle = _server(library, {"subject": WORD})
    seconds = _embedding(_of_prompts(scratch, prompts))
    _pad(library)
    used = _server(library, {"subject": WORD, "match": "semantic"})
    return [
        *_questions(library, times),
        Figure(SUBJECT, f"terms of {prompts:,} prompts, processor", "s", seconds, "bound", 20.0),
        Figure(SUBJECT, "start to the first answer, table unused", "s", idle[0], "without a table", plain[0]),
        Figure(SUBJECT, "server RSS, table unused", "MB", idle[1], "without a table", plain[1]),
        Figure(SUBJECT, "server RSS, table used", "MB", used[1], "without a table", plain[1]),
    ]


def _give_table(library: Library) -> None:
    words = [WORD, *vocabulary()]
    rows = np.random.default_rng(SEED).normal(size=(len(words), DIMENSION))
    write_table(library.matching.inputs / STATIC_TABLE, words, rows, model_sha256="0" * 64, model="invented")


def _of_prompts(scratch: Path, prompts: int) -> Library:
    library = Library(scratch / "library", scratch / "cache")
    library.log_folder.mkdir(parents=True)
    with library.own_log.open("wb") as file:
        file.writelines(Studio(prompts).prompts())
    _give_table(library)
    return library


def _embedding(library: Library) -> float:
    """Return the processor seconds that counting and embedding all terms take from the start."""
    library.refresh()
    before = resource.getrusage(resource.RUSAGE_SELF)
    made = embed(library, lambda _step, _done, _total: None)
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert made.new_by_table == made.terms
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _pad(library: Library) -> None:
    """Give the library vectors of exactly so many terms, its own among them or not."""
    table = read_table(library.matching.inputs / STATIC_TABLE)
    assert table is not None
    pairs = (f"{one} {other}" for one in vocabulary()[:300] for other in vocabulary()[300:600])
    names = sorted({WORD, *vocabulary(20_000), *(next(pairs) for _ in range(TERMS - 20_001))})
    with library.snapshot() as snapshot:
        embed_terms(
            library.matching.cache / STATIC_VECTORS,
            Origin("static", table.sha256, table.model, is_measured=False),
            [(name, 3) for name in names],
            snapshot.prompts,
            encode=table.vectors,
            vocabulary=table.vocabulary,
            at_once=TERMS,
        )


def _questions(library: Library, times: int) -> list[Figure]:
    made = np.random.default_rng(SEED).integers(-127, 128, (TERMS, DIMENSION), np.int8)
    squares = square_sums(made)
    as_float: Column = made.astype(np.float32)
    with library.snapshot() as snapshot:
        found = match(snapshot, parse_subject(WORD), ())
        actions: list[Callable[[], object]] = [
            partial(widen, snapshot, found, ()),
            partial(cosines, made, squares, made[0]),
            lambda: as_float @ as_float[0],
            partial(what_works, snapshot, WORD, match="semantic"),
            partial(what_works, snapshot, WORD),
        ]
        widened, whole, product, semantic, by_words = repeat(times, *actions, warm_up=2, budget=20.0)
    return [
        compared(SUBJECT, f"one facet at {TERMS:,} terms", widened, "float32 product alone", product),
        compared(SUBJECT, f"cosines of {TERMS:,} terms", whole, "float32 product alone", product),
        compared(SUBJECT, "what_works, semantic", semantic, "by words", by_words),
    ]


def _server(library: Library, arguments: dict[str, str]) -> tuple[float, float]:
    """Return the median seconds from the start of a server to its first answer, and its RSS in MB afterwards."""
    taken, memory = [], 0.0
    for _ in range(4):
        with Session(library) as session:
            session.hello()
            session.ask("tools/call", {"name": "what_works", "arguments": arguments})
            taken.append(time.perf_counter() - session.started)
            memory = memory_of(session.process.pid)["Rss"] if Path("/proc/self/smaps_rollup").exists() else 0.0
    return Timing(taken[1:]).median(), memory
