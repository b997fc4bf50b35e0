"""The kinds of events, which readers know without their models."""

from learning_core.model.judgement import JUDGEMENTS
from learning_core.model.kinds import KINDS


def test_the_kinds_are_jobs_and_all_that_is_said_of_them() -> None:
    assert {"job", *JUDGEMENTS} == KINDS
