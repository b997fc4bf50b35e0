"""Logs in a folder that several computers write to: one file for each of them, its lock on the local disk.

Appending clients of a network file system can overwrite each other, and its locks cannot be relied on. The reader
merges all files of a folder anyhow.
"""

import errno
import hashlib
import os
import stat
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

from learning_core.errors import SharedLogRefused
from learning_core.log.mount import network_file_system

if sys.platform == "win32":
    LOCK_FOLDER = str(Path(tempfile.gettempdir()) / "whatworks-locks")
else:
    LOCK_FOLDER = f"/tmp/whatworks-locks-{os.getuid()}"  # noqa: S108  whether it is private is checked before it is used
NAMELESS = frozenset({"", "localhost", "localhost-localdomain"})
"""Names that many computers have at once."""


def own_file(folder: Path, name: str) -> Path:
    """Return the file that this computer appends to: `folder/name`, with the computer's name in it on a network."""
    return with_host(folder / name) if network_file_system(folder) else folder / name


def with_host(path: Path) -> Path:
    """Return the path with this computer's name before the suffix: a.jsonl becomes a.<host>.jsonl."""
    return path.with_name(f"{path.stem}.{host_name()}{path.suffix}")


def host_name() -> str:
    """Return this computer's name as a part of a file name."""
    import platform

    return "".join(letter if letter.isalnum() else "-" for letter in platform.node().casefold())


@lru_cache(maxsize=256)
def lock_path(log: str) -> str:
    """Return the file whose lock the writers of a log take: the log itself, another one where that cannot be.

    When the log lies on a network, it is one on the local disk; on Windows one beside it, as a locked file cannot be
    read there.

    Raises SharedLogRefused for a file there that other computers might write to as well, and OSError.
    """
    shared_type = network_file_system(Path(log).parent)
    if shared_type:
        return _local_lock(log, shared_type, host_name())
    return f"{log}.lock" if sys.platform == "win32" else log


def _local_lock(log: str, shared_type: str, host: str) -> str:
    path = Path(log)
    if host in NAMELESS:
        raise SharedLogRefused(
            path, shared_type, "Give this computer a name of its own, so that it can have a log of its own."
        )
    if f".{host}." not in path.name.casefold():
        raise SharedLogRefused(path, shared_type, f"Write to {with_host(path)} instead.")
    real = os.path.normcase(os.path.realpath(log))
    return str(_lock_folder() / f"{hashlib.sha256(os.fsencode(real)).hexdigest()[:32]}.lock")


def _lock_folder() -> Path:
    """Return a private folder that is the same for all programs of a user, whatever their environment says."""
    folder = Path(LOCK_FOLDER)
    folder.mkdir(mode=0o700, exist_ok=True)
    if sys.platform != "win32":
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
            raise PermissionError(errno.EACCES, "not a private folder of yours", str(folder))
    return folder
