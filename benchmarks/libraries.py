"""The libraries that are measured: generated once in the working folder, linked into each run."""

import os
import shutil
from pathlib import Path

from benchmarks.generate import write_library
from learning_core.library import Library, locate
from learning_core.variables import CACHE_VARIABLE


def generated(folder: Path, records: int) -> Path:
    """Return the log of so many records under `folder`, made now unless an earlier run left it."""
    library = folder / f"records-{records}"
    log = library / "log" / "whatworks.jsonl"
    if not log.exists():
        unfinished = folder / f"unfinished-{records}"
        write_library(unfinished, records)
        unfinished.replace(library)
    return log


def linked(log: Path, folder: Path, name: str) -> Library:
    """Return a library of this run with the generated log in it; what is appended goes to a file of its own."""
    root = folder / name
    copy = root / "log" / "generated.jsonl"
    copy.parent.mkdir(parents=True)
    try:
        os.link(log, copy)
    except OSError:
        shutil.copyfile(log, copy)
    cache = {CACHE_VARIABLE: str(folder / "cache")}
    return locate(root, environment=cache, data_folder=folder, cache_folder=folder)


def log_of(library: Library) -> Path:
    """Return the generated log of a linked library."""
    return library.log_folder / "generated.jsonl"
