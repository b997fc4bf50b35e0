"""A person's decision about a draft, as it stands in the audit chain; made elsewhere, here only read."""

from typing import Literal

from pydantic import Field

from learning_core.drafts.draft import Part, canonical

Verdict = Literal["approve", "refuse", "undo"]

DECIDED = "draft_decided"
APPLIED = "draft_applied"
LAPSED = "draft_lapsed"
WITHDRAWN = "draft_withdrawn"
LOCKED = "review_locked"
UNLOCKED = "review_unlocked"
"""Actions in the audit chain."""


class Decision(Part):
    """What was decided: the sidecar of the target goes from `base` to `result`, unless the verdict is `refuse`.

    Both are SHA-256 of content, null for no file. `at` is epoch seconds (UTC); user and terminal are as the system
    names them.
    """

    purpose: Literal["whatworks: decision about a draft"] = "whatworks: decision about a draft"
    draft: str
    seal: str
    target: str
    sidecar: str
    base: str | None
    result: str | None
    verdict: Verdict
    reason: str
    at: float
    channel: Literal["terminal"]
    user: str
    terminal: str


class DecidedEvent(Part):
    """The event in the audit chain; `kept` is the sidecar as it was, so that undo restores it; null for no file."""

    decision: Decision
    kept: str | None
    key: str = Field(default="", description="Public key, hex; empty when the review is not locked.")
    signature: str = Field(default="", description="Ed25519 over the decision's canonical bytes, hex.")

    @property
    def signed(self) -> bytes:
        """The bytes under the signature."""
        return canonical(self.decision)


class ClosedEvent(Part):
    """The end of a decision: applied, or lapsed because the sidecar was changed by something else (`found`)."""

    decision: int = Field(description="Number of the audit entry with the decision.")
    draft: str
    target: str
    before: str | None
    after: str | None
    at: float


class LockEvent(Part):
    """A new key that decisions are signed with from now on, or (empty `key`) none any more.

    `by_old` is a signature of the key before, if there was one, over the canonical bytes of `statement`.
    """

    key: str
    by_old: str = ""

    @property
    def signed(self) -> bytes:
        """The bytes under the signature of the old key."""
        return f"whatworks: review lock {self.key or 'opened'}".encode()


class WithdrawnEvent(Part):
    """A draft that its author took back while it was pending."""

    draft: str
    reason: str
