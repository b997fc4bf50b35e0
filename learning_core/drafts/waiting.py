"""The drafts of a library in a list, one of them, and taking one back. Sidecars are only read."""

from collections.abc import Sequence
from typing import Literal, get_args

from learning_core.audit import AuditChain
from learning_core.drafts.decision import WITHDRAWN, WithdrawnEvent
from learning_core.drafts.draft import Draft
from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.history import history
from learning_core.drafts.making import checked_reason
from learning_core.drafts.states import Status
from learning_core.drafts.status import statuses
from learning_core.drafts.view import DraftPage, DraftView, view
from learning_core.errors import BadCursor, DraftRefused
from learning_core.library import Library
from learning_core.limits import PENDING_DRAFTS
from learning_core.profiles.collection import Collection, collect
from learning_core.profiles.configured import model_folders

LARGEST_PAGE = 50


def configured(library: Library) -> Collection:
    """Return the sidecars of the folders that a person named; raises ModelFoldersUnusable."""
    return collect(model_folders(library.root))


def list_drafts(library: Library, *, status: Status | Literal[""] = "", limit: int = 10, cursor: str = "") -> DraftPage:
    """Return drafts, the newest first; `status` empty for all. Raises BadCursor, ModelFoldersUnusable."""
    tell = statuses(history(AuditChain(library.root)), configured(library))
    told = [(draft, tell(draft)) for draft in DraftFolder(library.root).all()]
    chosen = [(draft, stands) for draft, stands in reversed(told) if status in ("", stands)]
    begin = _begin([draft for draft, _ in chosen], cursor)
    shown = chosen[begin : begin + max(1, min(limit, LARGEST_PAGE))]
    more = begin + len(shown) < len(chosen)
    waiting = sum(stands == "pending" for _, stands in told)
    return DraftPage(
        summary=f"{_drafts(len(chosen), status)}; {waiting} of at most {PENDING_DRAFTS} wait for a person.",
        items=[view(draft, stands) for draft, stands in shown],
        shown=len(shown),
        total=len(chosen),
        next_cursor=shown[-1][0].ref if more else "",
    )


def read_draft(library: Library, ref: str) -> DraftView:
    """Return one draft; raises UnknownDraft, DraftDamaged, ModelFoldersUnusable."""
    draft = DraftFolder(library.root).read(ref)
    return view(draft, statuses(history(AuditChain(library.root)), configured(library))(draft))


def withdraw_draft(library: Library, ref: str, *, reason: str, actor: str, at: float) -> DraftView:
    """Take a pending or stale draft back; again changes nothing. `at` is epoch seconds.

    Raises UnknownDraft, DraftDamaged, DraftRefused when it was decided about, LogError.
    """
    folder, chain = DraftFolder(library.root), AuditChain(library.root)
    draft = folder.read(ref)
    with folder.alone():
        tell = statuses(history(chain), configured(library))
        stands = tell(draft)
        if stands in ("pending", "stale"):
            event = WithdrawnEvent(draft=draft.id, reason=checked_reason(reason))
            chain.append(at=at, actor=actor, action=WITHDRAWN, details=event.model_dump(mode="json"))
        elif stands != "withdrawn":
            raise DraftRefused(f"{draft.ref} cannot be withdrawn any more: it is {stands}")
    return view(draft, "withdrawn")


def _begin(drafts: Sequence[Draft], cursor: str) -> int:
    if not cursor:
        return 0
    refs = [draft.ref for draft in drafts]
    if cursor not in refs:
        raise BadCursor("it names no draft of this list")
    return refs.index(cursor) + 1


def _drafts(number: int, status: str) -> str:
    kind = f"{status} " if status in get_args(Status) else ""
    return f"{number} {kind}draft{'' if number == 1 else 's'}"
