"""Locking the review: from then on a decision counts only with a signature that a passphrase opens."""

from pathlib import Path

from learning_core.audit import AuditChain
from learning_core.deciding.key import COST_LOG2, OpenKey, RandomBytes, SealedKey, make_key, open_key, read_sealed
from learning_core.drafts.decision import LOCKED, UNLOCKED, LockEvent
from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.history import history
from learning_core.errors import DecisionRefused
from learning_core.library import Library
from learning_core.new_file import new_file

ACTOR = "person"


class ReviewLock:
    """The lock of a library's review: the sealed key lies in `root`/review, the public one in the audit chain."""

    def __init__(self, library: Library) -> None:
        self._chain = AuditChain(library.root)
        self._drafts = DraftFolder(library.root)
        self.folder: Path = library.root / "review"

    @property
    def key(self) -> str:
        """The public key in force, hex; empty when the review is not locked."""
        return history(self._chain).key

    def open(self, passphrase: str) -> OpenKey:
        """Return the key in force. Raises DecisionRefused: not locked, wrong passphrase, sealed key gone or foreign."""
        return self._opened(self.key, passphrase)

    def lock(
        self, passphrase: str, *, old: str = "", at: float, random_bytes: RandomBytes, cost_log2: int = COST_LOG2
    ) -> SealedKey:
        """Lock with a new passphrase; `old` is the one in force, empty if none is. `at` is epoch seconds.

        Raises DecisionRefused, LogError, TargetRefused.
        """
        with self._drafts.alone():
            before = self.key
            old_key = self._opened(before, old) if before else None
            sealed = make_key(passphrase, random_bytes, cost_log2=cost_log2)
            with new_file(self._file(sealed.public)) as file:
                file.write(sealed.model_dump_json().encode())
            self._note(LOCKED, sealed.public, old_key, at)
        return sealed

    def unlock(self, passphrase: str, *, at: float) -> None:
        """Take the lock off; raises DecisionRefused, LogError."""
        with self._drafts.alone():
            self._note(UNLOCKED, "", self._opened(self.key, passphrase), at)

    def _opened(self, public: str, passphrase: str) -> OpenKey:
        if not public:
            raise DecisionRefused("the review is not locked")
        path = self._file(public)
        try:
            sealed = read_sealed(path.read_bytes())
        except OSError as error:
            raise DecisionRefused(f"the sealed key {path.name} cannot be read; restore it from a backup") from error
        if sealed.public != public:
            raise DecisionRefused("the sealed key is not the one that the audit chain names")
        return open_key(sealed, passphrase)

    def _file(self, public: str) -> Path:
        return self.folder / f"key-{public[:16]}.json"

    def _note(self, action: str, key: str, old: OpenKey | None, at: float) -> None:
        event = LockEvent(key=key)
        signature = "" if old is None else old.sign(event.signed)
        details = event.model_copy(update={"by_old": signature}).model_dump(mode="json")
        self._chain.append(at=at, actor=ACTOR, action=action, details=details)
