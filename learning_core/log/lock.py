"""The lock of a file, which for a log is held for one append: never stolen, never deleted.

Each holder opens the file itself: threads exclude each other as processes do, a file that was replaced is never
locked by its old name, and a lock ends with its process.
"""

import errno
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

SHORTEST_PAUSE = 100e-6
LONGEST_PAUSE = 8e-3
"""Seconds between two attempts; they double from the shortest to the longest."""

WAIT_SECONDS = 0.25
"""Seconds after which a waiting `held` says that it waits."""

FLAGS = (
    os.O_APPEND
    | os.O_CREAT
    | os.O_RDWR
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOINHERIT", 0)
)
"""How a log and a lock are opened, which on a local disk are one file."""

_HELD_ELSEWHERE = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
_KERNEL_LOCKS = Path("/proc/locks")

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        # Closing is not enough: a child forked meanwhile would keep the lock.
        fcntl.flock(descriptor, fcntl.LOCK_UN)


_open: dict[int, int] = {}
"""Descriptors that hold a lock or are about to, each with the thread that uses it."""


def acquire(path: str, seconds: float) -> int | None:
    """Return a descriptor that holds the lock, or None when others held it for `seconds`; raises OSError.

    Time is counted in pauses, so that no jump of a clock shortens or lengthens it.
    """
    waited, pause = 0.0, SHORTEST_PAUSE
    while (descriptor := _attempt(path)) is None and waited < seconds:
        sleep(pause)
        waited += pause
        pause = min(2 * pause, LONGEST_PAUSE)
    return descriptor


class HeldByOthers(Exception):
    """The lock was held by others for `seconds`; `holder` says by whom."""

    def __init__(self, seconds: float, holder: str) -> None:
        self.seconds = seconds
        self.holder = holder
        super().__init__(f"{holder} held the lock for {seconds:g} seconds")


@contextmanager
def held(path: Path, seconds: float, while_waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock of a folder that may be deleted meanwhile; raises HeldByOthers, OSError.

    A lock file that went with its folder is no lock any more: then it is taken anew.
    """
    waited = 0.0
    while (descriptor := _taken(path)) is None:
        waited += WAIT_SECONDS
        if waited > seconds:
            raise HeldByOthers(seconds, holder(str(path)))
        if while_waiting is not None:
            while_waiting()
    try:
        yield
    finally:
        release(descriptor)


def _taken(path: Path) -> int | None:
    descriptor = acquire(str(path), WAIT_SECONDS)
    if descriptor is None or _is_still(path, descriptor):
        return descriptor
    release(descriptor)
    return None


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def release(descriptor: int) -> None:
    """Give the lock back and close its descriptor."""
    try:
        give_back(descriptor)
    finally:
        os.close(descriptor)


def give_back(descriptor: int) -> None:
    """Give the lock back; the descriptor stays open."""
    try:
        _unlock(descriptor)
    finally:
        del _open[descriptor]


def _attempt(path: str) -> int | None:
    descriptor = os.open(path, FLAGS, 0o600)
    _open[descriptor] = threading.get_ident()
    is_held = False
    try:
        _take(descriptor)
        is_held = True
    except OSError as error:
        if error.errno not in _HELD_ELSEWHERE:
            raise
    finally:
        if not is_held:
            _abandon(descriptor)
    return descriptor if is_held else None


def _abandon(descriptor: int) -> None:
    del _open[descriptor]
    os.close(descriptor)


def holder(path: str) -> str:
    """Return who holds the lock, in words; only Linux tells, and only of processes that this one may see."""
    pid = _holding_process(path)
    if pid is None:
        return "another program"
    if pid == os.getpid():
        return "another thread of this program"
    try:
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return f"process {pid}"
    return f"process {pid} ({''.join(character for character in name if character.isprintable())})"


def _holding_process(path: str) -> int | None:
    try:
        inode = os.lstat(path).st_ino
        lines = _KERNEL_LOCKS.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    # 7: FLOCK  ADVISORY  WRITE 4711 fd:01:1234567 0 EOF    (proc_locks(5); "->" marks those who wait)
    for words in (line.split() for line in lines):
        if words[1:2] == ["FLOCK"] and words[5].rpartition(":")[2] == str(inode) and words[4].isdecimal():
            return int(words[4]) or None
    return None


def _let_go_in_child() -> None:
    """Close what a fork copied of other threads' locks: a child must not keep alive what it does not hold."""
    for descriptor, thread in list(_open.items()):
        if thread != threading.get_ident():
            _abandon(descriptor)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_in_child)
