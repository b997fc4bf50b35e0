"""A server over HTTP as a process of its own, and requests to it that no client library would send."""

import http.client
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from mcp_client import environment_of
from msgspec import Struct

from learning_core.library import Library

SERVE = (sys.executable, "-m", "server", "serve", "--http", "--port", "0")
LIST_TOOLS: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/list",
    "params": {
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    },
}


class Served(Struct, frozen=True):
    """A running server: its process, what it printed about itself."""

    process: "subprocess.Popen[str]"
    port: int
    token: str
    said: str

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    def headers(self, **changes: str) -> dict[str, str]:
        """Return the headers of a request that is let through, with changes; `_` stands for `-`."""
        usual = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": "tools/list",
        }
        return usual | {name.replace("_", "-"): value for name, value in changes.items()}

    def ask(self, body: bytes, headers: dict[str, str] | Sequence[tuple[str, str]], method: str = "POST") -> "Reply":
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
        names = [name.lower() for name, _ in pairs]
        connection.putrequest(method, "/mcp", skip_host="host" in names, skip_accept_encoding=True)
        for name, value in pairs:
            connection.putheader(name, value)
        if "content-length" not in names:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders()
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.send(body)
        answer = connection.getresponse()
        found = Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        connection.close()
        return found


class Reply(Struct, frozen=True):
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes


@contextmanager
def serving_http(library: Library, *more: str, start: Sequence[str] = SERVE) -> Iterator[Served]:
    """Start a server on a free port; end it if the test did not."""
    process = subprocess.Popen(
        [*start, *more], env=environment_of(library), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        assert lines[0].startswith("Serving "), (lines, process.stderr.read() if process.stderr else "")
        port = int(lines[0].split("127.0.0.1:")[1].split("/")[0])
        yield Served(process, port, lines[1].split()[1], "".join(lines))
    finally:
        process.kill()
        process.communicate(timeout=20)
