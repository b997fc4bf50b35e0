"""A review: each waiting draft is shown, and a person approves, edits, refuses or leaves it."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from learning_core.deciding.deciding import Deciding, Person
from learning_core.deciding.key import OpenKey
from learning_core.deciding.locking import ReviewLock
from learning_core.drafts.draft import TYPED_CHARACTERS, Draft
from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.making import shown_changes
from learning_core.drafts.signature import fingerprint
from learning_core.errors import DecisionRefused, DraftError
from learning_core.library import Library
from server.review.layout import file_lines, reversed_lines, whole_draft
from server.review.terminal import Terminal
from server.untrusted import visible

VERDICTS = "approve, edit, refuse, skip or quit"


class Quit(Exception):
    """The person wants no further draft."""


class Session:
    """One person's review of the drafts of one library."""

    def __init__(self, library: Library, terminal: Terminal, now: Callable[[], float]) -> None:
        self._deciding = Deciding(library)
        self._drafts = DraftFolder(library.root)
        self._lock = ReviewLock(library)
        self._terminal = terminal
        self._now = now

    def review(self, refs: Sequence[str]) -> int:
        """Ask about each draft; return how many were decided about."""
        for sentence in self._deciding.finish(at=self._now()):
            self._terminal.say(visible(sentence))
        if key := self._lock.key:
            self._terminal.say(f"Decisions are signed with key {fingerprint(key)}.")
        decided = 0
        for number, ref in enumerate(refs, 1):
            self._terminal.say(f"\n=== {number} of {len(refs)} ===")
            try:
                decided += self._one(self._drafts.read(ref))
            except Quit:
                break
            except DraftError as error:
                self._terminal.say(visible(str(error)))
        return decided

    def undo(self, ref: str) -> bool:
        """Ask whether a draft is to be undone, and do it."""
        for sentence in self._deciding.finish(at=self._now()):
            self._terminal.say(visible(sentence))
        draft = self._drafts.read(ref)
        self._terminal.say(f"Undo {draft.ref}: {visible(draft.content.sidecar)} becomes what it was, byte for byte.\n")
        self._terminal.say("\n".join(file_lines(reversed_lines(draft.content.unified))))
        self._terminal.say(f"\nSeal      {draft.seal[:-TYPED_CHARACTERS]} {draft.seal[-TYPED_CHARACTERS:]}")
        typed = self._confirmation("undo")
        if not typed:
            return False
        sidecar = self._deciding.undo(draft.ref, typed, self._person(), at=self._now())
        self._terminal.say(f"Undone: {visible(sidecar)} is what it was before.")
        return True

    def _one(self, draft: Draft) -> bool:
        self._terminal.say(whole_draft(draft))
        while True:
            answer = self._terminal.ask(f"\n{VERDICTS}? ").casefold()
            if answer in ("a", "approve"):
                if self._approve(draft):
                    return True
            elif answer in ("e", "edit"):
                draft = self._edited(draft)
                self._terminal.say(whole_draft(draft))
            elif answer in ("r", "refuse"):
                if self._refuse(draft):
                    return True
            elif answer in ("s", "skip"):
                return False
            elif answer in ("q", "quit"):
                raise Quit
            else:
                self._terminal.say(f"Type a word of these, or its first letter: {VERDICTS}.")

    def _approve(self, draft: Draft) -> bool:
        typed = self._confirmation("approve")
        if not typed:
            return False
        try:
            sidecar = self._deciding.approve(draft.ref, typed, self._person(), at=self._now())
        except DecisionRefused as error:
            self._terminal.say(visible(str(error)))
            return False
        self._terminal.say(f"Approved, and written: {visible(sidecar)}. Take it back with: whatworks undo {draft.ref}")
        return True

    def _refuse(self, draft: Draft) -> bool:
        reason = self._terminal.ask("Why? (one line; empty goes back) ")
        if not reason:
            return False
        self._deciding.refuse(draft.ref, reason, self._person(), at=self._now())
        self._terminal.say("Refused; the sidecar is as it was.")
        return True

    def _edited(self, draft: Draft) -> Draft:
        values: dict[str, Any] = {}
        self._terminal.say("Enter keeps a value.")
        for change in shown_changes(draft):
            now = json.dumps(change.after, ensure_ascii=False)
            answer = self._terminal.ask(f"{visible(change.field)} [{visible(now)}]: ")
            if answer:
                values[change.pointer] = _typed(answer, change.after)
        if not values:
            return draft
        try:
            return self._deciding.edit(
                draft.ref, values, Person(self._terminal.user, self._terminal.name), at=self._now()
            )
        except DraftError as error:
            self._terminal.say(visible(str(error)))
            return draft

    def _confirmation(self, verb: str) -> str:
        return self._terminal.ask(f"To {verb}, type the last {TYPED_CHARACTERS} characters of the seal: ")

    def _person(self) -> Person:
        key: OpenKey | None = None
        if self._lock.key:
            key = self._lock.open(self._terminal.ask_secret("Passphrase: "))
        return Person(self._terminal.user, self._terminal.name, key)


def _typed(answer: str, before: Any) -> Any:
    """Return what a person typed: a text where one stood, else the JSON that it is, else the text."""
    if isinstance(before, str):
        return answer
    try:
        return json.loads(answer)
    except ValueError:
        return answer
