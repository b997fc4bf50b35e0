"""What a client is told: which program to start, with which arguments; and reading that back."""

import json
import re
import shutil
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from learning_core.errors import Unreadable
from server.clients.known import SERVER_NAME, ClientProgram


def own_command() -> list[str]:
    """Return how to start this installation from anywhere: absolute, since clients have a search path of their own."""
    folder = Path(sys.executable).parent
    found = shutil.which("whatworks", path=str(folder)) or shutil.which("whatworks")
    return [str(Path(found).absolute())] if found else [sys.executable, "-m", "server"]


def server_entry(client: ClientProgram, command: Sequence[str], more: Sequence[str], cache: str = "") -> dict[str, Any]:
    """Return the entry of our server: `command` starts it, `more` are arguments, `cache` is WHATWORKS_CACHE."""
    entry: dict[str, Any] = {"type": client.kind} if client.kind else {}
    entry |= {"command": command[0], "args": [*command[1:], *more]}
    if cache:
        entry["env"] = {"WHATWORKS_CACHE": cache}
    return entry


def read_servers(client: ClientProgram, text: str, path: Path) -> dict[str, Any]:
    """Return the servers that a file names, by name; raises Unreadable for a file that is not in the client's shape."""
    try:
        content = tomllib.loads(text) if client.shape == "toml" else json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        reason = str(error).split("\n")[0]
        raise Unreadable(
            f"no valid {client.shape.upper()} ({reason}), so it is left alone; --print shows what belongs into it",
            field=str(path),
        ) from error
    servers = content.get(client.servers, {}) if isinstance(content, dict) else None
    if not isinstance(servers, dict):
        raise Unreadable(f"{client.servers} is not in the shape that is known, so it is left alone", field=str(path))
    return servers


def with_entry(client: ClientProgram, text: str, path: Path, entry: Mapping[str, Any]) -> str:
    """Return the text of a file with our server in it, everything else as it is. Raises Unreadable."""
    read_servers(client, text, path)
    changed = _toml_with(client, text, entry) if client.shape == "toml" else _json_with(client, text, entry)
    if read_servers(client, changed, path).get(SERVER_NAME) != dict(entry):
        raise Unreadable("our entry cannot be put into it safely; use --print and add it by hand", field=str(path))
    return changed


def snippet(client: ClientProgram, entry: Mapping[str, Any]) -> str:
    """Return our entry alone, as it would stand in an empty file."""
    return with_entry(client, "", Path(), entry)


def _json_with(client: ClientProgram, text: str, entry: Mapping[str, Any]) -> str:
    content = json.loads(text or "{}")
    content[client.servers] = {**content.get(client.servers, {}), SERVER_NAME: dict(entry)}
    indent = re.search(r"^([ \t]+)\S", text, re.MULTILINE)
    written = json.dumps(content, ensure_ascii=False, indent=indent.group(1) if indent else 2)
    return written + "\n" if text.endswith("\n") or not text else written


def _toml_with(client: ClientProgram, text: str, entry: Mapping[str, Any]) -> str:
    """Return the text with our table in place of the one before, or at the end; other lines are not touched."""
    name = rf"{client.servers}\.(?:{SERVER_NAME}|\"{SERVER_NAME}\")"
    own = re.compile(rf"^\[{name}(?:\.[^\]]*)?\][^\n]*\n?(?:(?!\[)[^\n]*\n?)*", re.MULTILINE)
    table = _table(client, entry)
    before = own.search(text)
    rest = own.sub("", text)
    if before is not None:
        return rest[: before.start()] + table + rest[before.start() :]
    gap = "" if not rest else "\n" if rest.endswith("\n") else "\n\n"
    return f"{rest}{gap}{table}"


def _table(client: ClientProgram, entry: Mapping[str, Any]) -> str:
    # A JSON string or list of strings is one of TOML too.
    lines = [f"[{client.servers}.{SERVER_NAME}]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in entry.items() if not isinstance(value, dict)]
    for key, value in entry.items():
        if isinstance(value, dict):
            inside = ", ".join(f"{name} = {json.dumps(each)}" for name, each in value.items())
            lines.append(f"{key} = {{ {inside} }}")
    return "\n".join(lines) + "\n"
