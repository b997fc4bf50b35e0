"""A person's decision, and carrying it out: first the decision is on the disk, then the sidecar, then that it is done.

Killed in between, either is finished by the next call (`finish`): a decision that no event closes is carried out when
the sidecar is still what it was decided about, closed when it is what was decided already, and lapses otherwise.
"""

from contextlib import suppress

from msgspec import Struct

from learning_core.audit import AuditChain
from learning_core.deciding.key import OpenKey
from learning_core.deciding.sidecar_file import replace
from learning_core.drafts.decision import APPLIED, DECIDED, LAPSED, ClosedEvent, DecidedEvent, Decision, Verdict
from learning_core.drafts.draft import TYPED_CHARACTERS, Author, Draft, digest
from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.history import History, Standing, history
from learning_core.drafts.making import checked_reason, edited, refuse_forged
from learning_core.drafts.patch import patched
from learning_core.drafts.targets import Base, find_base
from learning_core.errors import ChangedOutside, DecisionRefused, DraftDamaged, DraftError, ProfileUnusable
from learning_core.library import Library
from learning_core.profiles.collection import collect
from learning_core.profiles.configured import model_folders
from learning_core.profiles.document import content_of

ACTOR = "person"


class Person(Struct, frozen=True):
    """Who decides, and where: names as the system gives them; `key` signs where the review is locked."""

    user: str
    terminal: str
    key: OpenKey | None = None


class Deciding:
    """Decisions about the drafts of one library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._drafts = DraftFolder(library.root)
        self._chain = AuditChain(library.root)

    def approve(self, ref: str, confirmed: str, person: Person, *, at: float) -> str:
        """Approve a draft and carry it out; return the name of the sidecar. `at` is epoch seconds.

        `confirmed` are the last characters of the draft's seal as the person typed them. Raises DecisionRefused,
        ChangedOutside (nothing is written), UnknownDraft, DraftDamaged, SidecarRefused, LogError.
        """
        with self._drafts.alone():
            stands = self._checked()
            draft = self._confirmed(ref, confirmed)
            self._finish(stands, draft, at)
            base = self._base(draft)
            if base.sha256 != draft.content.base:
                raise ChangedOutside(draft.content.sidecar)
            refuse_forged(base, draft)
            kept = None if base.source is None else base.source.decode("utf-8")
            decision = _decision(draft, "approve", draft.content.base, draft.content.result, "", person, at)
            self._carry_out(self._decide(stands, decision, kept, person), at)
        return draft.content.sidecar

    def refuse(self, ref: str, reason: str, person: Person, *, at: float) -> None:
        """Refuse a draft, for good: the same proposal stays refused. Raises as `approve`."""
        with self._drafts.alone():
            stands = self._checked()
            draft = self._drafts.read(ref)
            self._finish(stands, draft, at)
            content = draft.content
            decision = _decision(draft, "refuse", content.base, content.result, checked_reason(reason), person, at)
            self._decide(stands, decision, None, person)

    def undo(self, ref: str, confirmed: str, person: Person, *, at: float) -> str:
        """Restore, byte for byte, what a draft changed; return the name of the sidecar. Raises as `approve`."""
        with self._drafts.alone():
            stands = self._checked()
            draft = self._confirmed(ref, confirmed)
            self._finish(stands, draft, at)
            applied = _applied(stands, draft)
            if applied is None:
                raise DecisionRefused(f"{draft.ref} is not applied, so there is nothing to undo")
            was = applied.event.decision
            base = self._base(draft)
            source = base.source
            if source is None or digest(source) != was.result:
                raise ChangedOutside(draft.content.sidecar)
            refuse_forged(_base_before(base, applied.event), draft)
            decision = _decision(draft, "undo", was.result, was.base, "", person, at)
            self._carry_out(self._decide(stands, decision, source.decode("utf-8"), person), at)
        return draft.content.sidecar

    def edit(self, ref: str, values: dict[str, object], person: Person, *, at: float) -> Draft:
        """Make and keep a draft with other values at some of its places (by JSON Pointer); it is decided like any.

        Raises DraftRefused for a value out of range, ChangedOutside, UnknownDraft, DraftDamaged.
        """
        draft = self._drafts.read(ref)
        base = self._base(draft)
        if base.sha256 != draft.content.base:
            raise ChangedOutside(draft.content.sidecar)
        made = edited(base, draft, values, author=Author(tool="review", client=person.user), at=at)
        with self._drafts.alone():
            if self._drafts.get(made.id) is None:
                self._drafts.keep(made)
        return self._drafts.read(made.ref)

    def undoable(self) -> list[Draft]:
        """Return the drafts that are applied, the last first."""
        stands = history(self._chain)
        found = {}
        for each in stands.decisions.values():
            draft = self._drafts.get(each.event.decision.draft)
            if draft is not None and _applied(stands, draft) is not None:
                found[draft.id] = draft
        last = {draft.id: stands.of(draft.id)[-1].seq for draft in found.values()}
        return sorted(found.values(), key=lambda draft: -last[draft.id])

    def finish(self, *, at: float) -> list[str]:
        """Carry out what was decided before a crash; return a sentence for each. Raises as `approve`."""
        sentences = []
        with self._drafts.alone():
            for each in self._checked().open():
                decision = each.event.decision
                try:
                    self._carry_out(each, at)
                    sentences.append(f"{decision.sidecar}: what was decided before is carried out now.")
                except DraftError as error:
                    sentences.append(str(error))
        return sentences

    def _finish(self, stands: History, draft: Draft, at: float) -> None:
        """Carry out what was decided about a target before something else is decided about it."""
        for each in stands.open():
            if each.event.decision.target == draft.content.target:
                with suppress(ChangedOutside):
                    self._carry_out(each, at)
        fresh = history(self._chain)
        stands.decisions, stands.problems = fresh.decisions, fresh.problems

    def _checked(self) -> History:
        report = self._chain.verify()
        if report.broken:
            raise DecisionRefused(f"the audit chain is broken ({report.broken}); `whatworks doctor` says what to do")
        return history(self._chain)

    def _confirmed(self, ref: str, confirmed: str) -> Draft:
        draft = self._drafts.read(ref)
        if confirmed.strip().casefold() != draft.seal[-TYPED_CHARACTERS:]:
            raise DecisionRefused(f"these are not the last {TYPED_CHARACTERS} characters of the draft's seal")
        return draft

    def _base(self, draft: Draft) -> Base:
        try:
            base = find_base(collect(model_folders(self._library.root)), draft.content.target)
        except ProfileUnusable as error:
            raise ChangedOutside(draft.content.sidecar) from error
        if base.target.sidecar != draft.content.sidecar:
            raise ChangedOutside(draft.content.sidecar)
        return base

    def _decide(self, stands: History, decision: Decision, kept: str | None, person: Person) -> Standing:
        event = DecidedEvent(decision=decision, kept=kept)
        if stands.key:
            if person.key is None or person.key.public != stands.key:
                raise DecisionRefused("the review is locked, and the passphrase of its key was not given")
            event = event.model_copy(update={"key": stands.key, "signature": person.key.sign(event.signed)})
        if any(decision == each.event.decision for each in stands.decisions.values()):
            raise DecisionRefused("this very decision stands already")
        entry = self._chain.append(at=decision.at, actor=ACTOR, action=DECIDED, details=event.model_dump(mode="json"))
        return Standing(entry.seq, event)

    def _carry_out(self, standing: Standing, at: float) -> None:
        """Write what was decided, once; raises ChangedOutside when the sidecar is something else by now."""
        decision = standing.event.decision
        draft = self._drafts.get(decision.draft)
        if draft is None or draft.seal != decision.seal:
            raise DraftDamaged(f"{decision.draft}.json", "it is not the one that was decided about")
        content = self._content(standing, draft)
        found: str | None = None
        try:
            base = self._base(draft)
            found = base.sha256
            _write(base, decision, content)
        except ChangedOutside:
            self._close(standing, LAPSED, found, at)
            raise
        self._close(standing, APPLIED, decision.result, at)

    def _content(self, standing: Standing, draft: Draft) -> bytes | None:
        event = standing.event
        if event.decision.verdict == "approve":
            return _proposed(draft, None if event.kept is None else event.kept.encode("utf-8"))
        for each in reversed(history(self._chain).of(draft.id)):
            was = each.event.decision
            if was.verdict == "approve" and (was.base, was.result) == (event.decision.result, event.decision.base):
                return _restored(each.event)
        raise DecisionRefused(f"the audit chain does not hold what {draft.content.sidecar} was before")

    def _close(self, standing: Standing, action: str, found: str | None, at: float) -> None:
        decision = standing.event.decision
        event = ClosedEvent(
            decision=standing.seq, draft=decision.draft, target=decision.target, before=decision.base, after=found,
            at=at,
        )  # fmt: skip
        self._chain.append(at=at, actor=ACTOR, action=action, details=event.model_dump(mode="json"))


def _write(base: Base, decision: Decision, content: bytes | None) -> None:
    """Write what was decided, unless it stands there already; raises ChangedOutside for anything else."""
    if base.sha256 not in (decision.base, decision.result):
        raise ChangedOutside(decision.sidecar)
    if base.sha256 != decision.result:
        replace(base.target, decision.base, content)


def _decision(
    draft: Draft, verdict: Verdict, base: str | None, result: str | None, reason: str, person: Person, at: float
) -> Decision:
    return Decision(
        draft=draft.id,
        seal=draft.seal,
        target=draft.content.target,
        sidecar=draft.content.sidecar,
        base=base,
        result=result,
        verdict=verdict,
        reason=reason,
        at=at,
        channel="terminal",
        user=person.user,
        terminal=person.terminal,
    )


def _proposed(draft: Draft, source: bytes | None) -> bytes:
    """Return the sidecar that a draft makes; raises DraftDamaged when it is not the one that it names."""
    content = patched(source, draft.content.operations)
    if digest(content) != draft.content.result:
        raise DraftDamaged(f"{draft.id}.json", "its operations do not give the result that it names")
    return content


def _restored(event: DecidedEvent) -> bytes | None:
    if event.kept is None:
        return None
    content = event.kept.encode("utf-8")
    if digest(content) != event.decision.base:
        raise DecisionRefused("what the audit chain kept is not what the decision names")
    return content


def _base_before(base: Base, event: DecidedEvent) -> Base:
    """Return the sidecar as it was before a decision; raises DecisionRefused when the chain kept something else."""
    source = _restored(event)
    return Base(base.target) if source is None else Base(base.target, source, content_of(source)[0])


def _applied(stands: History, draft: Draft) -> Standing | None:
    """Return the approval that made a draft applied, None when it is not, or not any more."""
    done = [each for each in stands.of(draft.id) if each.closed == APPLIED]
    return done[-1] if done and done[-1].event.decision.verdict == "approve" else None
