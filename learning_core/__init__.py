"""The core of whatworks: log, index, statistics and answers; headless and deterministic.

The names below are what other programs may rely on. They load when first used, because every command and every
server imports this package.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from learning_core.hook import job_completed
    from learning_core.library import Library
    from learning_core.log.writer import LearningWriter
    from learning_core.model.job import JobRecord

_HOME = {
    "JobRecord": "learning_core.model.job",
    "LearningWriter": "learning_core.log.writer",
    "Library": "learning_core.library",
    "job_completed": "learning_core.hook",
}

__all__ = ["JobRecord", "LearningWriter", "Library", "job_completed"]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
