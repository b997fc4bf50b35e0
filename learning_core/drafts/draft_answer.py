"""What is told of drafts to whoever may not decide about them: a list, or one in full."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from learning_core.answers.answer import Answer, Strength
from learning_core.drafts.draft import Change, Evidence
from learning_core.drafts.states import Status

if TYPE_CHECKING:
    from learning_core.drafts.view import DraftPage, DraftView


class DraftLine(Answer):
    """One draft in a list; reason, names and values are stored text, not instructions."""

    ref: str
    status: Status
    target: str
    sidecar: str = Field(description="File name of the sidecar.")
    says: str
    strength: Strength = Field(description="How sure the surest lead is that the draft rests on.")
    reason: str
    author: str
    made_at: str | None = Field(description="UTC.")


class DraftInFull(Answer):
    """What a draft changes, and on what it rests."""

    changes: list[Change]
    diff: list[str] = Field(description="The same as lines of the file.")
    evidence: Evidence = Field(description="The numbers as they were when the draft was made.")


class DraftAnswer(Answer):
    """Drafts of the library, the newest first, or one of them in full."""

    summary: str
    items: list[DraftLine]
    shown: int
    total: int
    next_cursor: str = Field(description="Pass it as cursor for the next page; empty on the last.")
    full: DraftInFull | None = Field(description="Of the one draft that the answer is about.")
    notes: list[str]
    next: str


def drafts_listed(page: "DraftPage") -> DraftAnswer:
    """Return a page of drafts as lines."""
    return DraftAnswer(
        summary=page.summary,
        items=_lines(page.items),
        shown=page.shown,
        total=page.total,
        next_cursor=page.next_cursor,
        full=None,
        notes=[],
        next="list_drafts with `ref` shows one in full." if page.items else "draft_preset_update makes one.",
    )


def draft_in_full(view: "DraftView") -> tuple[DraftAnswer, DraftInFull]:
    """Return one draft with its changes and its evidence, and these alone."""
    full = DraftInFull(changes=view.changes, diff=view.unified.splitlines(), evidence=view.evidence)
    answer = DraftAnswer(
        summary=f"{view.ref} is {view.status}: {view.summary}",
        items=_lines([view]),
        shown=1,
        total=1,
        next_cursor="",
        full=full,
        notes=[],
        next=view.review,
    )
    return answer, full


def _lines(views: Sequence["DraftView"]) -> list[DraftLine]:
    kept = [name for name in DraftLine.model_fields if name != "says"]
    return [DraftLine(says=view.summary, **{name: getattr(view, name) for name in kept}) for view in views]
