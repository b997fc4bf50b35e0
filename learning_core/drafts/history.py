"""What the audit chain says of drafts: which decisions stand, which were carried out, and what does not fit."""

from collections.abc import Iterable

from msgspec import Struct, field
from pydantic import ValidationError

from learning_core.audit import AuditChain, AuditEntry
from learning_core.drafts.decision import (
    APPLIED,
    DECIDED,
    LAPSED,
    LOCKED,
    UNLOCKED,
    WITHDRAWN,
    ClosedEvent,
    DecidedEvent,
    LockEvent,
    WithdrawnEvent,
)
from learning_core.drafts.draft import reference
from learning_core.drafts.signature import fits


class Standing(Struct, frozen=True):
    """A decision that stands, the number of its audit entry, and how it ended (None: not carried out yet)."""

    seq: int
    event: DecidedEvent
    closed: str | None = None


class History(Struct):
    """Decisions by number, withdrawals by draft, the public key in force (empty for none), and what does not fit."""

    decisions: dict[int, Standing] = field(default_factory=dict)
    withdrawn: dict[str, WithdrawnEvent] = field(default_factory=dict)
    key: str = ""
    problems: list[tuple[int, str]] = field(default_factory=list)

    def of(self, draft_id: str) -> list[Standing]:
        """Return the decisions about a draft, the oldest first."""
        return [each for each in self.decisions.values() if each.event.decision.draft == draft_id]

    def open(self) -> list[Standing]:
        """Return the decisions that are to be carried out still: approvals and undos that no event closes."""
        return [
            each for each in self.decisions.values() if each.closed is None and each.event.decision.verdict != "refuse"
        ]

    def last_applied(self) -> dict[str, Standing]:
        """Return by target the decision that was carried out last."""
        found: dict[str, Standing] = {}
        for each in self.decisions.values():
            if each.closed == APPLIED:
                found[each.event.decision.target] = each
        return found


def history(chain: AuditChain) -> History:
    """Return what the audit chain of a library says of drafts."""
    return told(chain.entries())


def told(entries: Iterable[AuditEntry]) -> History:
    """Return what audit entries say of drafts, in their order."""
    found = History()
    for entry in entries:
        read = _READERS.get(entry.action)
        if read is None:
            continue
        try:
            problem = read(found, entry)
        except ValidationError:
            problem = f"its content is none of a {entry.action.replace('_', ' ')}"
        if problem:
            found.problems.append((entry.seq, f"Audit entry {entry.seq} is passed over: {problem}."))
    return found


def drafts_told_of(entries: Iterable[AuditEntry]) -> list[str]:
    """Return the references of the drafts that audit entries are about, each once, whatever stands of them."""
    ids = [_draft_of(each) for each in entries if each.action in _READERS]
    return list(dict.fromkeys(reference(each) for each in ids if each))


def _draft_of(entry: AuditEntry) -> str:
    decision = entry.details.get("decision")
    named = decision if isinstance(decision, dict) else entry.details
    return str(named.get("draft", ""))


def _decided(found: History, entry: AuditEntry) -> str:
    event = DecidedEvent.model_validate(entry.details)
    if any(event.decision == each.event.decision for each in found.decisions.values()):
        return "it repeats a decision that counted already"
    if found.key and not (event.key == found.key and fits(event.key, event.signature, event.signed)):
        return "the review is locked, and the decision is not signed with its key"
    found.decisions[entry.seq] = Standing(entry.seq, event)
    return ""


def _closed(found: History, entry: AuditEntry) -> str:
    event = ClosedEvent.model_validate(entry.details)
    decided = found.decisions.get(event.decision)
    if decided is None or decided.event.decision.draft != event.draft:
        return "no decision stands behind it"
    if decided.closed is not None or decided.event.decision.verdict == "refuse":
        return "its decision was not to be carried out"
    found.decisions[event.decision] = Standing(decided.seq, decided.event, entry.action)
    return ""


def _withdrawn(found: History, entry: AuditEntry) -> str:
    event = WithdrawnEvent.model_validate(entry.details)
    found.withdrawn.setdefault(event.draft, event)
    return ""


def _lock(found: History, entry: AuditEntry) -> str:
    event = LockEvent.model_validate(entry.details)
    if found.key and not fits(found.key, event.by_old, event.signed):
        return "the review is locked, and the new key is not signed with the one before"
    found.key = event.key
    return ""


_READERS = {
    DECIDED: _decided,
    APPLIED: _closed,
    LAPSED: _closed,
    WITHDRAWN: _withdrawn,
    LOCKED: _lock,
    UNLOCKED: _lock,
}
