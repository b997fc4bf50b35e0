"""The MCP clients we can set up: where each keeps its servers, and in which shape."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

Shape = Literal["json", "toml"]
SERVER_NAME = "whatworks"


class ClientProgram(Struct, frozen=True):
    """A client: `servers` is the name of the object in its file that lists servers.

    `kind` is written as `type` into the entry where it is wanted; `reload` tells what makes it read the file again.
    """

    name: str
    title: str
    servers: str
    reload: str
    shape: Shape = "json"
    kind: str = ""


CLIENTS = (
    ClientProgram("claude-desktop", "Claude Desktop", "mcpServers", "Quit Claude Desktop and start it again."),
    ClientProgram(
        "claude-code", "Claude Code", "mcpServers", "Start a new session; `claude mcp list` shows it.", kind="stdio"
    ),
    ClientProgram("cursor", "Cursor", "mcpServers", "Cursor asks to enable it under Settings, MCP."),
    ClientProgram("vscode", "VS Code", "servers", "Run the command `MCP: List Servers` and start it.", kind="stdio"),
    ClientProgram("codex", "Codex CLI", "mcp_servers", "Start a new session; `codex mcp list` shows it.", shape="toml"),
    ClientProgram("gemini", "Gemini CLI", "mcpServers", "Start it in a trusted folder; `gemini mcp list` shows it."),
)
BY_NAME = {client.name: client for client in CLIENTS}


def configuration_file(client: ClientProgram, environment: Mapping[str, str], home: Path) -> Path:
    """Return the file of a client for all its projects, whether it is there or not."""
    if client.name == "claude-code":
        return Path(environment.get("CLAUDE_CONFIG_DIR") or home, ".claude.json")
    if client.name == "codex":
        return Path(environment.get("CODEX_HOME") or home / ".codex", "config.toml")
    if client.name == "gemini":
        return home / ".gemini" / "settings.json"
    if client.name == "cursor":
        return home / ".cursor" / "mcp.json"
    folder = _applications(environment, home)
    if client.name == "vscode":
        return folder / "Code" / "User" / "mcp.json"
    return folder / "Claude" / "claude_desktop_config.json"


def _applications(environment: Mapping[str, str], home: Path) -> Path:
    """Return the folder in which desktop programs keep their settings."""
    if sys.platform == "win32":
        return Path(environment.get("APPDATA") or home / "AppData" / "Roaming")
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    return Path(environment.get("XDG_CONFIG_HOME") or home / ".config")


def here(client: ClientProgram) -> Path:
    """Return the file of a client on this machine, for this user."""
    return configuration_file(client, os.environ, Path.home())
