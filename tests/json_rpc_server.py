"""Our MCP server as a process, spoken to byte by byte: also in ways that no client library would allow."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from every_answer import SORTS

ROOT = Path(__file__).resolve().parents[1]
OPENING: tuple[dict[str, Any], ...] = (
    {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "faults", "version": "1"},
        },
    },
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
)
QUESTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("library_overview", {}),
    ("what_works", {"subject": "beach"}),
    *(("search_records", {"sort": sort, "limit": 20}) for sort in SORTS),
)


class JsonRpcServer:
    """A running server; every line that it prints must be JSON-RPC."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server", "serve"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.number = 0

    def open(self) -> "JsonRpcServer":
        for message in OPENING:
            self.send(message)
        self.hear(0)
        return self

    def send(self, message: dict[str, Any]) -> None:
        self.send_bytes(json.dumps(message).encode() + b"\n")

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def hear(self, number: int) -> dict[str, Any]:
        """Return the answer to a request; what comes before it must be JSON-RPC too."""
        assert self.process.stdout is not None
        while True:
            line = self.process.stdout.readline()
            assert line, f"the server closed its output: {self.end()}"
            message = is_json_rpc(line)
            if message.get("id") == number:
                return message

    def ask(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the structured answer of a tool; an error fails."""
        result = self.hear(self.call(tool, arguments))["result"]
        assert not result.get("isError"), result
        return dict(result["structuredContent"])

    def call(self, tool: str, arguments: dict[str, Any]) -> int:
        """Ask without waiting; returns the number of the request."""
        self.number += 1
        params = {"name": tool, "arguments": arguments}
        self.send({"jsonrpc": "2.0", "id": self.number, "method": "tools/call", "params": params})
        return self.number

    def end(self) -> str:
        """Kill it and return what it complained of."""
        self.process.kill()
        _, err = self.process.communicate()
        return err.decode(errors="replace")

    def leave(self) -> tuple[int, str]:
        """Close its input; return exit code and stderr. The rest of its output must be JSON-RPC."""
        out, err = self.process.communicate(timeout=60)
        for line in out.splitlines():
            is_json_rpc(line)
        return self.process.returncode, err.decode(errors="replace")


def is_json_rpc(line: bytes) -> dict[str, Any]:
    message = json.loads(line)
    assert message["jsonrpc"] == "2.0"
    return dict(message)
