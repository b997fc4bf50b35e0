"""One heap for all threads of a server, so that an answer finds the memory which the last one gave back."""

import sys

_ARENA_MAX = -8
"""M_ARENA_MAX of mallopt(3)."""


def share_one_heap() -> None:
    """Give threads no heaps of their own, where glibc is the C library; must run before the first thread.

    Questions are answered in a worker thread. Its own heap returns what one answer took to the system, and the next
    takes it back page by page: 500 page faults and a tenth of the time at 100,000 records; 24 MB more at a million.
    """
    if sys.platform != "linux":
        return
    import ctypes

    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_ARENA_MAX, 1)
