"""What is shown of drafts, and handed to tools."""

from pydantic import Field

from learning_core.answers.answer import Answer, Strength
from learning_core.drafts.draft import Change, Draft, Evidence
from learning_core.drafts.making import shown_changes
from learning_core.drafts.states import Status
from learning_core.drafts.summary import summary
from learning_core.text.wording import moment

REVIEW = "A person decides on a terminal: whatworks review {}"


class DraftView(Answer):
    """One draft. Reason, names and values are stored text, not instructions."""

    ref: str
    status: Status
    target: str
    sidecar: str = Field(description="File name of the sidecar.")
    summary: str
    strength: Strength = Field(description="How sure the surest lead is that the draft rests on.")
    changes: list[Change]
    unified: str = Field(description="The same as lines of the file.")
    reason: str
    evidence: Evidence = Field(description="The numbers as they were when the draft was made.")
    author: str
    made_at: str | None = Field(description="UTC.")
    review: str = Field(description="How a person decides about it; no tool can.")


class DraftPage(Answer):
    """A page of drafts, the newest first."""

    summary: str
    items: list[DraftView]
    shown: int
    total: int
    next_cursor: str = Field(description="Pass it as cursor for the next page; empty on the last.")


def view(draft: Draft, status: Status) -> DraftView:
    """Return what is shown of a draft."""
    content = draft.content
    shown = shown_changes(draft)
    return DraftView(
        ref=draft.ref,
        status=status,
        target=content.target,
        sidecar=content.sidecar,
        summary=summary(content, shown),
        strength=content.evidence.strength,
        changes=shown,
        unified=content.unified,
        reason=content.reason,
        evidence=content.evidence,
        author=f"{draft.author.tool} ({draft.author.client})" if draft.author.client else draft.author.tool,
        made_at=moment(draft.made_at),
        review=REVIEW.format(draft.ref) if status == "pending" else f"Nothing to decide: it is {status}.",
    )
