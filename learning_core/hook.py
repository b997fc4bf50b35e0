"""The one function that a pipeline calls when a job has finished."""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from learning_core.log.shared import own_file
from learning_core.log.writer import LearningWriter
from learning_core.model.job import JobRecord

LIBRARY_VARIABLE = "WHATWORKS_LIBRARY"
PIPELINE_LOG = "pipeline.jsonl"


def job_completed(record: JobRecord | Mapping[str, Any], library: Path | str | None = None) -> bool:
    """Log one completed job and return whether it is in the file; never raises into the caller's pipeline.

    Opt-in: without `library` and without the environment variable WHATWORKS_LIBRARY nothing is written, nor is a
    record whose `learning_mode` is `off`. The record is a JobRecord or a mapping of its fields; unknown keys are
    kept.
    """
    chosen = library or os.environ.get(LIBRARY_VARIABLE)
    mode = record.learning_mode if isinstance(record, JobRecord) else _mode(record)
    if not chosen or mode == "off":
        return False
    return _writer(str(chosen)).write(record)


def _mode(record: object) -> object:
    return record.get("learning_mode") if isinstance(record, Mapping) else None


@lru_cache(maxsize=16)
def _writer(library: str) -> LearningWriter:
    return LearningWriter(own_file(Path(library).expanduser().absolute() / "log", PIPELINE_LOG))
