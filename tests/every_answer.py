"""Everything a library says, as bytes: two indexes of one log must agree on all of it."""

import json
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from learning_core.answers.compare_settings import compare_settings
from learning_core.answers.drivers import drivers
from learning_core.answers.feedback import feedback_report
from learning_core.answers.items import get_items
from learning_core.answers.overview import library_overview
from learning_core.answers.recommend import recommend_settings
from learning_core.answers.records import Sort, search_records
from learning_core.answers.summarize_trends import summarize_trends
from learning_core.answers.what_works import what_works
from learning_core.errors import QuestionError
from learning_core.index.snapshot import Snapshot
from learning_core.library import Library

SORTS: tuple[Sort, ...] = ("newest", "best", "worst", "slowest")
SUBJECTS = (("", ""), ("beach", ""), ("beach", "rating:>=3"), ("harbour,lighthouse", "steps:20..30"))
ARMS = (("steps:<25", "steps:>=25"), ("cfg:<6", "cfg:>=6"))
FILTERS = ("", "tag:keeper", "rating:>=4", "seed:9007199254740993")


def every_answer(library: Library) -> bytes:
    """Return what the library answers to many questions, one JSON line each."""
    return library.ask(lambda snapshot: as_bytes(answers_of(snapshot)))


def answers_of(snapshot: Snapshot) -> list[Any]:
    """Return the answers of one look: every kind of answer, pages in every order, every record, all trouble."""
    return [
        _said(lambda: library_overview(snapshot)),
        *(_said(lambda s=subject, w=where: what_works(snapshot, s, where=w)) for subject, where in SUBJECTS),
        *(_said(lambda a=a, b=b: compare_settings(snapshot, a, b)) for a, b in ARMS),
        _said(lambda: summarize_trends(snapshot, per="day", split="checkpoint", limit=3, groups=2)),
        *(_said(lambda p=prompt: recommend_settings(snapshot, p, limit=2)) for prompt in ("", "beach at dusk")),
        _said(lambda: drivers(snapshot, limit=2)),
        _said(lambda: feedback_report(snapshot, limit=2)),
        *(_said(lambda s=sort: search_records(snapshot, sort=s, limit=50)) for sort in SORTS),
        *(_said(lambda w=where: search_records(snapshot, where=w, sort="best", limit=5)) for where in FILTERS),
        [_said(lambda r=ref: get_items(snapshot, [r], detail="full")) for ref in all_references(snapshot)],
        trouble_of(snapshot),
    ]


def trouble_of(snapshot: Snapshot) -> dict[str, Any]:
    """Return all that could not be used or still waits."""
    return {
        "refusals": snapshot.inspection.refusals(),
        "conflicts": snapshot.inspection.conflicts(),
        "events_without_job": snapshot.events_without_job(),
    }


def all_references(snapshot: Snapshot) -> list[str]:
    """Return the reference of every job, withdrawn ones too, in an order that no index decides."""
    return sorted(snapshot.references(range(snapshot.jobs)))


def as_bytes(answers: list[Any]) -> bytes:
    """Return answers as JSON, one a line; the same answers always give the same bytes."""
    return b"\n".join(json.dumps(each, ensure_ascii=False, sort_keys=True).encode("utf-8") for each in answers)


def _said(ask: Callable[[], BaseModel]) -> Any:
    """Return an answer, or the sentence that refuses the question: names that are not there depend on the log too."""
    try:
        return ask().model_dump(mode="json")
    except QuestionError as error:
        return str(error)
