"""What the core never touches itself: the time now, and ids that nobody used before."""

import time
import uuid


def now() -> float:
    """Return the time as epoch seconds (UTC)."""
    return time.time()


def new_event_id() -> str:
    """Return a fresh id for an event, 32 hex digits."""
    return uuid.uuid4().hex
