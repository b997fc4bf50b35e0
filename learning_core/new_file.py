"""A file that appears under its name whole and on the disk, or not at all."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from learning_core.errors import TargetRefused


@contextmanager
def new_file(path: Path, *, replace: bool = False) -> Iterator[BinaryIO]:
    """Give a binary file (mode 0600) that gets its name after the last byte is on the disk.

    It is written as `.whatworks-….part` in the same folder, which is made when missing, and taken away when anything
    fails. Raises TargetRefused when the name is taken (`replace` takes a plain file's place in one step) or the
    system refuses.
    """
    refuse_taken(path, replace=replace)
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".whatworks-", suffix=".part", dir=path.parent)
        part = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        give_name(part, path, replace=replace)
    except OSError as error:
        raise TargetRefused(path, error.strerror or str(error)) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def refuse_taken(path: Path, *, replace: bool = False) -> None:
    """Raise TargetRefused when a new file cannot get this name."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise TargetRefused(path, error.strerror or str(error)) from error
    if not replace:
        raise TargetRefused(path, "it exists already; choose another name, or use --force where the command has it")
    if not stat.S_ISREG(mode):
        raise TargetRefused(path, "it exists and is no plain file; choose another name")


def give_name(part: Path, path: Path, *, replace: bool = False) -> None:
    """Give a finished file its name in one step, durably; raises TargetRefused when it was taken meanwhile."""
    try:
        if replace or sys.platform == "win32":
            (part.replace if replace else part.rename)(path)
        else:
            _link(part, path)
    except FileExistsError as error:
        raise TargetRefused(path, "another program made it in the meantime; nothing was overwritten") from error
    if sys.platform != "win32":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _link(part: Path, path: Path) -> None:
    """A link fails where a rename would overwrite; where there are no links, a look before has to do."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        part.rename(path)
    else:
        part.unlink()
