"""What a reader hands on: one job, what people said of it, and what it could not use."""

from msgspec import Struct

from learning_core.model.job import JobRecord
from learning_core.model.judgement import AnyJudgement


class Reading(Struct, frozen=True):
    """One generation as read from a file or line; without a job, only what was said of a job read elsewhere.

    `remarks` are short phrases for the report: dropped fields, disagreeing carriers, a best-effort reading.
    """

    job: JobRecord | None
    judgements: tuple[AnyJudgement, ...] = ()
    remarks: tuple[str, ...] = ()


class Skipped(Struct, frozen=True):
    """Something that was understood but is no evidence, or could not be read; `where` is `line 17` or empty."""

    reason: str
    where: str = ""
