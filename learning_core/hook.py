"""The one function that a pipeline calls when a job has finished."""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from learning_core.log.shared import own_file
from learning_core.log.writer import LearningWriter
from learning_core.model.job import JobRecord
from learning_core.modes import mode_of_record
from learning_core.variables import LIBRARY_VARIABLE

PIPELINE_LOG = "pipeline.jsonl"


def job_completed(record: JobRecord | Mapping[str, Any], library: Path | str | None = None) -> bool:
    """Log one completed job and return whether it is in the file; never raises into the caller's pipeline.

    Opt-in: without `library` and without the environment variable WHATWORKS_LIBRARY nothing is written, nor is a
    record whose mode is `off` by its own `learning_mode`, that of its prompt pack, or the library's
    (`learning_core.modes`). The record is a JobRecord or a mapping of its fields; unknown keys are kept.
    """
    chosen = library or os.environ.get(LIBRARY_VARIABLE)
    if not chosen or _mode(str(chosen), record) == "off":
        return False
    return _writer(str(chosen)).write(record)


def _mode(library: str, record: object) -> object:
    if isinstance(record, JobRecord):
        record = {"learning_mode": record.learning_mode, "prompt_pack": record.prompt_pack}
    return mode_of_record(_root(library), record) if isinstance(record, Mapping) else None


def _root(library: str) -> Path:
    return Path(library).expanduser().absolute()


@lru_cache(maxsize=16)
def _writer(library: str) -> LearningWriter:
    return LearningWriter(own_file(_root(library) / "log", PIPELINE_LOG))
