"""Changing the file of a client: what would change, a backup, and the change in one step."""

import difflib
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from learning_core.errors import TargetRefused, Unreadable
from learning_core.new_file import new_file
from server.clients.entry import with_entry
from server.clients.known import ClientProgram

LARGEST_BYTES = 32 * 1024 * 1024
"""Claude Code keeps histories in the same file, which may be long."""


class Change(Struct, frozen=True):
    """What a file holds and is to hold; `path` is the file itself, behind any link."""

    path: Path
    before: bytes | None
    after: bytes

    @property
    def is_needed(self) -> bool:
        """Tell whether the file is not as wanted yet."""
        return self.before != self.after

    def lines(self) -> list[str]:
        """Return the change as a unified diff of the lines that differ; neighbours may be other servers' secrets."""
        old = (self.before or b"").decode("utf-8").splitlines()
        new = self.after.decode("utf-8").splitlines()
        return list(difflib.unified_diff(old, new, "before", "after", lineterm="", n=0))


def planned(client: ClientProgram, path: Path, entry: Mapping[str, Any]) -> Change:
    """Return the change that puts our entry into a file; raises Unreadable."""
    real = Path(os.path.realpath(path))
    before = _content(real)
    try:
        text = (before or b"").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"no UTF-8 text (byte {error.start}), so it is left alone", field=str(path)) from error
    return Change(real, before, with_entry(client, text, path, entry).encode("utf-8"))


def apply(change: Change, now: float) -> Path | None:
    """Write a change and return the backup of what was there, None where there was nothing.

    `now` is epoch seconds. Raises TargetRefused when the file changed since it was read, or the system refuses.
    """
    if _content(change.path) != change.before:
        raise TargetRefused(change.path, "another program changed it just now; run the command again")
    mode = change.path.stat().st_mode & 0o777 if change.before is not None else 0o600
    backup = None
    if change.before is not None:
        moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S-%f")
        backup = change.path.with_name(f"{change.path.name}.before-whatworks-{moment}")
        with new_file(backup) as file:
            file.write(change.before)
    with new_file(change.path, replace=change.before is not None) as file:
        file.write(change.after)
        if sys.platform != "win32":
            os.fchmod(file.fileno(), mode)
    return backup


def _content(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unreadable(error.strerror or str(error), field=str(path)) from error
    if len(data) > LARGEST_BYTES:
        raise Unreadable(f"larger than {LARGEST_BYTES:,} bytes, so it is left alone", field=str(path))
    return data
