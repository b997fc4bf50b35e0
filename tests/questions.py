"""Asking a library from a test, and the part of an answer that is about one parameter."""

from learning_core.answers.answer import Parameter, WhatWorks
from learning_core.answers.what_works import what_works
from learning_core.library import Library
from learning_core.model.job import JobRecord
from learning_core.model.judgement import AnyJudgement

Event = JobRecord | AnyJudgement
SAME = {"sampler": "Euler a", "scheduler": "Karras", "steps": 20, "cfg_scale": 7.0}


def ask(library: Library, subject: object = "beach", **question: object) -> WhatWorks:
    with library.snapshot() as snapshot:
        return what_works(snapshot, subject, **question)  # type: ignore[arg-type]


def about(answer: WhatWorks, by: str) -> Parameter:
    return next(parameter for parameter in answer.parameters if parameter.by == by)
