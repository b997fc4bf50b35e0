"""From starting the process to its first reply and first answer, over a real pipe, beside an empty server."""

import json
import os
import subprocess
import sys
import time
from typing import IO, Any

from benchmarks.figure import SPREAD, Figure, Timing
from learning_core.hook import LIBRARY_VARIABLE
from learning_core.library import CACHE_VARIABLE, Library

STARTS = 10
OURS = [sys.executable, "-c", "from server.cli.main import main; main()", "serve"]
PEER = [sys.executable, "-m", "benchmarks.empty_server"]
HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "benchmark", "version": "1"},
}
QUESTION = {"name": "what_works", "arguments": {"subject": "beach"}}


def measure(library: Library) -> list[Figure]:
    """Return the figures of cold starts; the index of `library` must be level with its log."""
    chosen = {LIBRARY_VARIABLE: str(library.root), CACHE_VARIABLE: str(library.cache.parent)}
    runs: dict[str, list[list[float]]] = {"ours": [], "peer": []}
    for attempt in range(STARTS + 1):
        for name, command in (("ours", OURS), ("peer", PEER)):
            marks = _session(command, os.environ | chosen)
            if attempt:
                runs[name].append(marks)
    names = ("first reply", "tools listed", "first what_works answer")
    return [
        Figure(
            "cold start",
            f"{name}, {kind}",
            "ms",
            pick(Timing([marks[place] for marks in runs["ours"]]), 1e3),
            "empty MCPServer, one tool",
            pick(Timing([marks[place] for marks in runs["peer"]]), 1e3),
        )
        for place, name in enumerate(names)
        for kind, pick in SPREAD.items()
    ]


def _session(command: list[str], environment: dict[str, str]) -> list[float]:
    """Return the seconds from the start to the replies to initialize, tools/list and the first question."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        marks = []
        for number, (method, arguments) in enumerate(
            (("initialize", HELLO), ("tools/list", {}), ("tools/call", QUESTION)), 1
        ):
            _ask(process.stdin, process.stdout, number, method, arguments)
            marks.append(time.perf_counter() - start)
            if method == "initialize":
                _send(process.stdin, {"method": "notifications/initialized"})
        process.stdin.close()
    return marks


def _ask(stdin: IO[bytes], stdout: IO[bytes], number: int, method: str, arguments: dict[str, Any]) -> None:
    _send(stdin, {"id": number, "method": method, "params": arguments})
    for line in stdout:
        reply = json.loads(line)
        if reply.get("id") == number:
            if "error" in reply or reply["result"].get("isError"):
                raise RuntimeError(f"{method} failed: {line[:500]!r}")
            return
    raise RuntimeError(f"the server ended before it answered {method}")


def _send(stdin: IO[bytes], message: dict[str, Any]) -> None:
    stdin.write(json.dumps({"jsonrpc": "2.0"} | message).encode() + b"\n")
    stdin.flush()
