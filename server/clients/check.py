"""Whether the clients that know our server would find it and ask the right library."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from learning_core.errors import Unreadable
from learning_core.health.findings import Finding
from server.clients.entry import read_servers
from server.clients.known import CLIENTS, SERVER_NAME, ClientProgram, here

if TYPE_CHECKING:
    from learning_core.library import Library


def check_clients(library: "Library") -> list[Finding]:
    """Return a finding for each client that has an entry of ours, or a file that cannot be read."""
    return [finding for client in CLIENTS for finding in _check(client, here(client), library)]


def _check(client: ClientProgram, path: Path, library: "Library") -> Iterator[Finding]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        entry = read_servers(client, text, path).get(SERVER_NAME)
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, UnicodeDecodeError, Unreadable) as error:
        yield _finding(client, path, "warning", f"its file cannot be read: {_reason(error)}", "Correct the file.")
        return
    if entry is not None:
        level, what = _of_entry(entry, library)
        yield _finding(client, path, level, what, f"Run `whatworks install {client.name}` again.")


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _finding(client: ClientProgram, path: Path, level: str, what: str, remedy: str) -> Finding:
    content = {"level": level, "check": "client", "what": f"{client.title}: {what}", "file": str(path)}
    return Finding.model_validate(content | {"remedy": "" if level == "ok" else remedy})


def _of_entry(entry: Any, library: "Library") -> tuple[str, str]:
    """Return how good an entry of ours is, and what is to be said of it."""
    command = entry.get("command") if isinstance(entry, dict) else None
    if not isinstance(command, str):
        return ("ok", "asks over HTTP") if isinstance(entry, dict) and "url" in entry else ("problem", "no command")
    if shutil.which(command) is None:
        return "problem", f"{command} is not there, or may not be started"
    if not Path(command).is_absolute():
        return "warning", f"{command} is found only where the search path leads to it"
    chosen = _library_of(entry)
    if chosen is not None and os.path.realpath(chosen) != os.path.realpath(library.root):
        return "ok", f"starts {command} for another library, {chosen}"
    return "ok", f"starts {command}"


def _library_of(entry: dict[str, Any]) -> str | None:
    given = entry.get("args")
    arguments = [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
    if "--library" in arguments[:-1]:
        return arguments[arguments.index("--library") + 1]
    return None
