"""Where a draft stands: waiting, decided, carried out, taken back, or overtaken by another change of its sidecar."""

from collections.abc import Callable

from learning_core.drafts.decision import APPLIED
from learning_core.drafts.draft import Draft
from learning_core.drafts.history import History
from learning_core.drafts.states import Status
from learning_core.drafts.targets import find_base
from learning_core.errors import DraftError, ProfileUnusable
from learning_core.profiles.collection import Collection


def statuses(history: History, collection: Collection) -> Callable[[Draft], Status]:
    """Return what tells the status of drafts; each sidecar is looked at once."""
    found: dict[str, str | None] = {}

    def hash_of(target: str) -> str | None:
        if target not in found:
            found[target] = _hash_now(collection, target)
        return found[target]

    def status(draft: Draft) -> Status:
        decided = _decided(history, draft)
        if decided is not None:
            return decided
        return "pending" if hash_of(draft.content.target) == (draft.content.base or "none") else "stale"

    return status


def _decided(history: History, draft: Draft) -> Status | None:
    standing = history.of(draft.id)
    if not standing:
        return "withdrawn" if draft.id in history.withdrawn else None
    last = standing[-1]
    verdict = last.event.decision.verdict
    if verdict == "refuse":
        return "refused"
    if last.closed is None:
        return "approved"
    if last.closed == APPLIED:
        return "undone" if verdict == "undo" else "applied"
    # What lapsed changed nothing: before an undo the draft was applied.
    return "applied" if verdict == "undo" else "stale"


def _hash_now(collection: Collection, target: str) -> str | None:
    """Return the hash of a sidecar, `none` where there is none, None where it cannot be told."""
    try:
        return find_base(collection, target).sha256 or "none"
    except (DraftError, ProfileUnusable):
        return None
