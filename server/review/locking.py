"""Setting and taking off the passphrase under which decisions are signed."""

from collections.abc import Callable

from learning_core.deciding.locking import ReviewLock
from learning_core.drafts.signature import fingerprint
from learning_core.errors import DecisionRefused
from learning_core.library import Library
from server.review.terminal import Terminal


def lock(library: Library, terminal: Terminal, *, at: float, random_bytes: Callable[[int], bytes]) -> None:
    """Ask for a new passphrase (and the old one, if the review is locked) and lock the review with it."""
    review_lock = ReviewLock(library)
    old = terminal.ask_secret("Passphrase in force: ") if review_lock.key else ""
    if review_lock.key:
        review_lock.open(old)
    terminal.say("From now on decisions count only with this passphrase. Nobody can restore a forgotten one.")
    passphrase = terminal.ask_secret("New passphrase: ")
    if terminal.ask_secret("The same again: ") != passphrase:
        raise DecisionRefused("the two passphrases differ")
    sealed = review_lock.lock(passphrase, old=old, at=at, random_bytes=random_bytes)
    terminal.say(f"Locked with key {fingerprint(sealed.public)}; each review shows it.")


def unlock(library: Library, terminal: Terminal, *, at: float) -> None:
    """Ask for the passphrase and take the lock off."""
    ReviewLock(library).unlock(terminal.ask_secret("Passphrase in force: "), at=at)
    terminal.say("The review is not locked any more.")
