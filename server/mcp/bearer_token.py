"""The token that a client of the HTTP server must send: made once, kept in a file of the owner alone."""

import os
import re
import secrets
import stat
from pathlib import Path

from learning_core.errors import TargetRefused
from learning_core.new_file import new_file

TOKEN_FILE = "http-token"  # noqa: S105 - the name of the file, not what is in it
_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def kept_token(folder: Path) -> str | None:
    """Return the token kept in a folder, None where there is none that only its owner can have read."""
    path = folder / TOKEN_FILE
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode) or not _is_private(state):
            return None
        text = file.read(200).decode("ascii", "replace").strip()
    return text if _TOKEN.fullmatch(text) else None


def make_token(folder: Path) -> str:
    """Make a new token and keep it in a folder, in place of the one before; raises TargetRefused."""
    token = secrets.token_urlsafe(_BYTES)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise TargetRefused(folder / TOKEN_FILE, error.strerror or str(error)) from error
    with new_file(folder / TOKEN_FILE, replace=True) as file:
        file.write(f"{token}\n".encode("ascii"))
    return token


def _is_private(state: os.stat_result) -> bool:
    """Tell whether nobody but the owner may read a file; Windows says so in other ways than by its mode."""
    return os.name != "posix" or not state.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
