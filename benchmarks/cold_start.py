"""From starting the process to its first reply and first answer, over a real pipe, beside an empty server."""

import json
import os
import subprocess
import sys
import time
from typing import Any, Self

from benchmarks.figure import Figure, Timing, compared
from learning_core.library import Library
from learning_core.variables import CACHE_VARIABLE, LIBRARY_VARIABLE

SUBJECT = "cold start"
OURS = [sys.executable, "-c", "from server.cli.main import main; main()", "serve"]
PEER = [sys.executable, "-m", "benchmarks.empty_server"]
HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "benchmark", "version": "1"},
}
QUESTION = {"name": "what_works", "arguments": {"subject": "beach"}}
MARKS = ("first reply", "tools listed", "first what_works answer")


def measure(library: Library, small: Library, starts: int) -> list[Figure]:
    """Return the figures of cold starts, beside an empty server and beside `small`; both indexes must be level."""
    runs: dict[str, list[list[float]]] = {"ours": [], "small": [], "peer": []}
    for attempt in range(starts + 1):
        for name, session in (("ours", Session(library)), ("small", Session(small)), ("peer", Session(None, PEER))):
            with session:
                marks = session.marks()
            if attempt:
                runs[name].append(marks)
    spreads = {name: [Timing(list(each)) for each in zip(*marks, strict=True)] for name, marks in runs.items()}
    figures = [
        compared(SUBJECT, name, ours, "empty MCPServer, one tool", peer)
        for name, ours, peer in zip(MARKS, spreads["ours"], spreads["peer"], strict=True)
    ]
    return [
        *figures,
        compared(SUBJECT, MARKS[-1], spreads["ours"][-1], "the same at 1,000 records", spreads["small"][-1]),
    ]


class Session:
    """One server process, started on entering, and a conversation with it over its pipes."""

    def __init__(self, library: Library | None, command: list[str] | None = None) -> None:
        chosen = {}
        if library is not None:
            chosen = {LIBRARY_VARIABLE: str(library.root), CACHE_VARIABLE: str(library.cache.parent)}
        # An installed package is compiled; so is this one after the first start, which is not measured.
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self._environment = kept | chosen
        self._command = command or OURS
        self._asked = 0

    def __enter__(self) -> Self:
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._environment,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def marks(self) -> list[float]:
        """Return the seconds from the start to the replies to initialize, tools/list and the first question."""
        marks = [self.hello()]
        for method, arguments in (("tools/list", {}), ("tools/call", QUESTION)):
            self.ask(method, arguments)
            marks.append(time.perf_counter() - self.started)
        return marks

    def hello(self) -> float:
        """Open the conversation; returns the seconds from the start to the first reply."""
        self.ask("initialize", HELLO)
        replied = time.perf_counter() - self.started
        self._send({"method": "notifications/initialized"})
        return replied

    def ask(self, method: str, arguments: dict[str, Any]) -> None:
        """Ask and wait for the reply; raises RuntimeError when it is an error."""
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": arguments})
        assert self.process.stdout is not None
        for line in self.process.stdout:
            reply = json.loads(line)
            if reply.get("id") == self._asked:
                if "error" in reply or reply["result"].get("isError"):
                    raise RuntimeError(f"{method} failed: {line[:500]!r}")
                return
        raise RuntimeError(f"the server ended before it answered {method}")

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0"} | message).encode() + b"\n")
        self.process.stdin.flush()
