"""Libraries for the faults of the index: a log of many batches that is quick to index, and what a fresh index says."""

import shutil
import subprocess
import sys
from pathlib import Path

from every_answer import every_answer
from library_factory import make_job, make_library, rating

from learning_core.library import Library

ROOT = Path(__file__).resolve().parents[2]
PADDING = "blurry, " * 10_000
"""A negative prompt: long in the log, next to nothing in the index."""


def heavy_library(root: Path, jobs: int = 250, first: int = 0) -> Library:
    """Return a library with 80 kB of log a job, every third of them rated."""
    library = make_library(root)
    grow(library, jobs, first)
    return library


def grow(library: Library, jobs: int, first: int, padding: str = PADDING) -> None:
    made = [make_job(number, prompt_negative=padding) for number in range(first, first + jobs)]
    library.append(made, durable=False)
    library.append([rating(job, 1 + number % 5) for number, job in enumerate(made[::3])], durable=False)


def fresh_answers(library: Library) -> bytes:
    """Return what an index says that is built now, in a cache of its own."""
    cache = library.cache.with_name("fresh")
    shutil.rmtree(cache, ignore_errors=True)
    try:
        return every_answer(Library(library.root, cache))
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def start(code: str, *arguments: object) -> "subprocess.Popen[str]":
    """Start a process of Python that runs some code; what it prints and complains of is read from its pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
