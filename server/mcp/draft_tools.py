"""The tools for drafts of preset updates: listing, making and taking back; none decides about them."""

from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult

from server.changes import changes_of
from server.mcp import arguments
from server.mcp.answering import Progress, Served, work_with
from server.mcp.bounded import LARGEST_BYTES, USUAL_BYTES, Bounded, bounded
from server.mcp.recording import client_of
from server.untrusted import visible

if TYPE_CHECKING:
    from learning_core.drafts.view import DraftView

DEFAULT_DRAFTS = 10
TEMPLATE = "answers/drafts.md.j2"


async def list_drafts(
    ctx: Context[Any, Any],
    ref: arguments.DraftReference = "",
    status: arguments.DraftStatus = "",
    limit: arguments.DraftCount = DEFAULT_DRAFTS,
    cursor: arguments.Cursor = "",
) -> CallToolResult:
    """List drafts of preset updates, or read one.

    Answers "which drafts wait for me?", "was my draft approved?", "show its diff". Returns status, reason; of one
    changes and evidence. Not for deciding: a person does, in a terminal.
    """

    def do(served: Served, _: Progress | None) -> Bounded[Any]:
        if ref:
            return draft_told(served, ref)
        from learning_core.drafts import waiting
        from learning_core.drafts.draft_answer import drafts_listed
        from server.mcp.shorter_drafts import shorter_page

        page = drafts_listed(waiting.list_drafts(served.library, status=status, limit=limit, cursor=cursor))
        budget = USUAL_BYTES if limit <= DEFAULT_DRAFTS else LARGEST_BYTES
        return bounded(page, TEMPLATE, shorter_page(page), limit=budget)

    return await work_with(ctx, do)


async def draft_preset_update(
    ctx: Context[Any, Any],
    target: arguments.Target,
    reason: arguments.Reason,
    changes: arguments.Changes = (),  # type: ignore[assignment]  # an empty tuple is a default nobody can change
    preset: arguments.Preset = "",
    subject: arguments.SubjectText = "",
    evidence: arguments.Evidence = (),  # type: ignore[assignment]
) -> CallToolResult:
    """Draft a preset update from the evidence.

    Answers "improve my preset", "put this into my profile". Returns diff and evidence, or the
    figures against it. A person decides. Not for advice (what_works).
    """
    try:
        wanted = changes_of(changes)
    except ValueError as error:
        raise ToolError(f"changes: {visible(str(error), 300)}") from None
    author = client_of(ctx)

    def do(served: Served, progress: Progress | None) -> Bounded[Any]:
        from learning_core.drafts import proposing
        from learning_core.drafts.draft import Author

        made = proposing.draft_preset_update(
            served.library,
            target,
            reason=reason,
            author=Author(tool="draft_preset_update", client=author),
            at=served.now(),
            changes=wanted,
            preset=preset,
            subject=subject,
            evidence=evidence,
            progress=progress,
        )
        return _in_full(made)

    return await work_with(ctx, do)


async def withdraw_draft(
    ctx: Context[Any, Any], ref: arguments.WithdrawnReference, reason: arguments.Reason
) -> CallToolResult:
    """Withdraw a pending draft.

    Answers "take that draft back". Returns the draft. Not for deciding, which a person does.
    """
    actor = client_of(ctx)

    def do(served: Served, _: Progress | None) -> Bounded[Any]:
        from learning_core.drafts import waiting

        taken = waiting.withdraw_draft(served.library, ref, reason=reason, actor=actor, at=served.now())
        return _in_full(taken)

    return await work_with(ctx, do)


def draft_told(served: Served, ref: str) -> Bounded[Any]:
    """Return one draft with its diff and its evidence."""
    from learning_core.drafts.waiting import read_draft

    return _in_full(read_draft(served.library, ref), LARGEST_BYTES)


def _in_full(view: "DraftView", limit: int = USUAL_BYTES) -> Bounded[Any]:
    from learning_core.drafts.draft_answer import draft_in_full
    from server.mcp.shorter_drafts import shorter_full

    answer, full = draft_in_full(view)
    return bounded(answer, TEMPLATE, shorter_full(answer, full), limit=limit)
