"""Reading files beneath a folder: no link is followed on the way, whatever anybody swaps in meanwhile."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from learning_core.errors import OverLimit, Unreadable

_BY_DESCRIPTOR = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_DIRECTORY", 0)
_LINK_TAGS = frozenset({0xA000000C, 0xA0000003})
"""Reparse tags of Windows: symbolic link and mount point; files that a cloud holds have other ones."""

_SEPARATORS = frozenset("/\\\0")


def read_beneath(root: Path, parts: Sequence[str], largest: int) -> bytes | None:
    """Return the bytes of a plain file, None when there is none; `parts` are the names from `root` down to it.

    `root` itself may be a link: a person named it. Where the system can, each folder is opened from the one above,
    so that a link put in place meanwhile is not followed either. Raises Unreadable for a name that is a path, for
    a link, for what is no plain file, and what the system refuses; OverLimit for more than `largest` bytes.
    """
    try:
        with opened_folder(root, parts) as folder:
            return read_in(folder, parts[-1], largest)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unreadable(f"cannot be read: {_reason(error)}") from error


def refuse_path(part: str) -> None:
    """Raise Unreadable for a part of a path that is not the plain name of one file or folder."""
    if part in ("", ".", "..") or _SEPARATORS & set(part) or os.path.isabs(part) or os.path.splitdrive(part)[0]:  # noqa: PTH117
        raise Unreadable("a name that leads elsewhere")


class OpenedFolder(Struct, frozen=True):
    """A folder, by descriptor where the system can, else by its path."""

    path: Path
    descriptor: int | None


@contextmanager
def opened_folder(root: Path, parts: Sequence[str]) -> Iterator[OpenedFolder]:
    """Give the folder that holds the file that `parts` lead to; raises Unreadable, OSError."""
    for part in parts:
        refuse_path(part)
    if not _BY_DESCRIPTOR:
        for length in range(1, len(parts)):
            if _is_link(root.joinpath(*parts[:length])):
                raise Unreadable("a link on the way; links are not followed")
        yield OpenedFolder(root.joinpath(*parts[:-1]), None)
        return
    descriptor = os.open(root, _FOLDER & ~getattr(os, "O_NOFOLLOW", 0))
    try:
        for part in parts[:-1]:
            below = os.open(part, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield OpenedFolder(root, descriptor)
    finally:
        os.close(descriptor)


def read_in(folder: OpenedFolder, name: str, largest: int) -> bytes:
    """Return the bytes of a plain file in an open folder; raises Unreadable, OverLimit, OSError."""
    if folder.descriptor is None:
        path: str | Path = folder.path / name
        if _is_link(folder.path / name):
            raise Unreadable("a link; links are not followed")
    else:
        path = name
    descriptor = os.open(path, _FILE, dir_fd=folder.descriptor)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unreadable("no plain file")
        data = file.read(largest + 1)
    if len(data) > largest:
        raise OverLimit(f"larger than {largest:,} bytes")
    return data


def _is_link(path: Path) -> bool:
    """Tell whether a path is a symbolic link or, on Windows, a junction."""
    status = path.lstat()
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) in _LINK_TAGS


def _reason(error: OSError) -> str:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return "a link, or no folder, on the way; links are not followed"
    return error.strerror or type(error).__name__
