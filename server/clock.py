"""What the core never touches itself: the time now, ids that nobody used before, and chance."""

import secrets
import time
import uuid


def now() -> float:
    """Return the time as epoch seconds (UTC)."""
    return time.time()


def new_event_id() -> str:
    """Return a fresh id for an event, 32 hex digits."""
    return uuid.uuid4().hex


def random_bytes(count: int) -> bytes:
    """Return so many bytes that nobody can guess."""
    return secrets.token_bytes(count)
