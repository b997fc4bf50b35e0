"""What a pipeline calls when a job has finished: append one record, never disturb the pipeline."""

import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from learning_core.errors import RecordNotWritable, WhatworksError
from learning_core.limits import JOB_ID_CHARACTERS
from learning_core.log.append import append_lines
from learning_core.log.seal import encode
from learning_core.model.job import JobRecord

_log = logging.getLogger("whatworks")


class LearningWriter:
    """Appends completed jobs to one JSONL file that several processes may share.

    `write` never raises and never changes the record; what could not be written is logged and counted in
    `failed`, what was acknowledged in `written`. Old records are never read, but for the last byte, which tells
    whether a killed writer left a torn line.
    """

    def __init__(self, path: Path | str, *, lock_seconds: float = 5.0) -> None:
        self.path = Path(path).absolute()
        self.written = 0
        self.failed = 0
        self._lock_seconds = lock_seconds
        self._counts = threading.Lock()

    def write(self, record: JobRecord | Mapping[str, Any]) -> bool:
        """Append one record as one line; returns whether it is in the file."""
        try:
            content = record.content() if isinstance(record, JobRecord) else _with_job_id(dict(record))
            append_lines(self.path, [encode(content)], lock_seconds=self._lock_seconds)
        except (WhatworksError, TypeError, ValueError) as error:
            _log.warning("whatworks: %s", error)
            self._count(acknowledged=False)
            return False
        self._count(acknowledged=True)
        return True

    def _count(self, *, acknowledged: bool) -> None:
        with self._counts:
            if acknowledged:
                self.written += 1
            else:
                self.failed += 1


def _with_job_id(content: dict[str, Any]) -> dict[str, Any]:
    """Return the record if a reader can use it: only `job_id` is needed, any other bad field costs only itself."""
    job_id = content.get("job_id")
    if not isinstance(job_id, str) or not 0 < len(job_id) <= JOB_ID_CHARACTERS:
        raise RecordNotWritable(f"job_id has to be a text of 1 to {JOB_ID_CHARACTERS} characters")
    return content
