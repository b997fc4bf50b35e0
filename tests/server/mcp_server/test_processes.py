"""The real command over real pipes: clean stdout, both eras, a quick end, several copies at once."""

import json
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from library_factory import make_job, make_library, rated_jobs
from mcp import Client
from mcp_client import environment_of, facts_of, process_of, text_of

from learning_core.library import Library

ARGUMENTS: dict[str, dict[str, Any]] = {
    "get_item": {"refs": ["rec:0123456789abcdef"]},
    "compare_settings": {"a": "steps:20", "b": "steps:28"},
    "recommend_settings": {"prompt": "beach"},
}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
# Prints while a tool runs, as a careless library might, and blocks for longer than anybody waits.
MISCHIEF = """
import sys, time
import learning_core.answers.overview as overview
from server.cli.main import main
def slow(snapshot):
    print("stray text", flush=True)
    print("more of it", file=sys.__stdout__, flush=True)
    {action}
overview.library_overview = slow
sys.argv[1:] = ["serve"]
main()
"""


class Raw:
    """A server process spoken to line by line."""

    def __init__(self, library: Library, command: list[str]) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment_of(library),
        )
        self.heard: list[str] = []

    def send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def hear(self, number: int) -> dict[str, Any]:
        assert self.process.stdout is not None
        while True:
            line = self.process.stdout.readline()
            assert line, "the server closed its output"
            self.heard.append(line)
            message = json.loads(line)
            assert message["jsonrpc"] == "2.0"
            if message.get("id") == number:
                return dict(message)

    def call(self, number: int, tool: str, arguments: dict[str, Any]) -> None:
        params = {"name": tool, "arguments": arguments}
        self.send({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})

    def open(self) -> None:
        self.send(INITIALIZE)
        assert self.hear(1)["result"]["instructions"]
        self.send(INITIALIZED)

    def leave(self) -> tuple[float, str, str]:
        """Close stdin; return seconds until the end, the rest of stdout, and stderr."""
        started = time.monotonic()
        rest, remarks = self.process.communicate(timeout=20)
        return time.monotonic() - started, rest, remarks


def serving(library: Library) -> Raw:
    return Raw(library, [sys.executable, "-m", "server", "serve"])


@pytest.mark.anyio
async def test_a_client_of_either_era_gets_answers(rated_library: Library, era: str) -> None:
    async with Client(process_of(rated_library), mode=era) as client:
        assert "what_works" in [tool.name for tool in (await client.list_tools()).tools]
        assert client.instructions
        overview = facts_of(await client.call_tool("library_overview", {}))
        assert overview["jobs"] == 60
        page = facts_of(await client.call_tool("search_records", {"limit": 1}))
        items = facts_of(await client.call_tool("get_item", {"refs": [page["items"][0]["ref"]]}))
        assert items["items"][0]["ref"] == page["items"][0]["ref"]
        works = facts_of(await client.call_tool("what_works", {"subject": [["beach", "coast"]]}))
        assert works["matched"]["jobs"] == 12
        refused = await client.call_tool("what_works", {"subjct": "beach"})
        assert refused.is_error
        assert "'subject'" in text_of(refused)


def test_every_line_on_stdout_is_json_rpc_even_when_a_tool_prints(rated_library: Library) -> None:
    mischief = MISCHIEF.format(action="raise RuntimeError('broken')")
    server = Raw(rated_library, [sys.executable, "-c", mischief])
    server.open()
    server.call(2, "library_overview", {})
    assert "Internal error" in server.hear(2)["result"]["content"][0]["text"]
    server.call(3, "search_records", {})
    assert not server.hear(3)["result"].get("isError")
    server.send({"jsonrpc": "2.0", "id": 4, "method": "no/such"})
    assert "error" in server.hear(4)
    seconds, rest, remarks = server.leave()
    assert seconds < 1
    for line in rest.splitlines():
        assert json.loads(line)["jsonrpc"] == "2.0"
    assert "stray text" in remarks
    assert "more of it" in remarks
    assert "ERROR whatworks: " in remarks


def test_stderr_stays_silent_when_nothing_is_wrong(rated_library: Library) -> None:
    server = serving(rated_library)
    server.open()
    server.call(2, "what_works", {})
    server.hear(2)
    server.call(3, "what_works", {"limit": 99})
    server.hear(3)
    _, rest, remarks = server.leave()
    assert rest == ""
    assert remarks == ""
    assert server.process.returncode == 0


def test_it_ends_within_a_second_after_stdin_even_while_a_tool_runs(rated_library: Library) -> None:
    server = Raw(rated_library, [sys.executable, "-c", MISCHIEF.format(action="time.sleep(60)")])
    server.open()
    server.call(2, "library_overview", {})
    time.sleep(1)
    seconds, _, _ = server.leave()
    assert seconds < 1
    assert server.process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_a_second_without_noise(number: signal.Signals, rated_library: Library) -> None:
    server = serving(rated_library)
    server.open()
    started = time.monotonic()
    server.process.send_signal(number)
    assert server.process.wait(timeout=10) == -number
    assert time.monotonic() - started < 1
    assert server.leave()[2] == ""


@pytest.mark.anyio
async def test_four_copies_answer_beside_a_writer(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(200))
    seen: list[int] = []

    async def ask() -> None:
        async with Client(process_of(library)) as client:
            for _ in range(5):
                overview = facts_of(await client.call_tool("library_overview", {}))
                seen.append(overview["jobs"])

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(ask)
        for number in range(200, 240):
            await anyio.to_thread.run_sync(partial(library.append, [make_job(number)], durable=False))
            await anyio.sleep(0.02)
    assert len(seen) == 20
    assert min(seen) >= 200
    assert max(seen) <= 240
    async with Client(process_of(library)) as client:
        assert facts_of(await client.call_tool("library_overview", {}))["jobs"] == 240


@pytest.mark.anyio
async def test_a_call_given_up_leaves_the_server_serving(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(3_000))
    async with Client(process_of(library)) as client:
        with anyio.move_on_after(0.05):
            await client.call_tool("library_overview", {}, progress_callback=ignore_progress)
        assert facts_of(await client.call_tool("library_overview", {}))["jobs"] == 3_000


async def ignore_progress(progress: float, total: float | None, message: str | None) -> None:
    return None


@pytest.mark.anyio
async def test_reading_tools_write_nothing_but_the_index_and_the_log_of_calls(rated_library: Library) -> None:
    def files() -> dict[str, bytes]:
        root = rated_library.root.parent
        own = (rated_library.cache, rated_library.root / "audit" / "calls")
        return {
            str(path): path.read_bytes()
            for path in root.rglob("*")
            if path.is_file() and not any(folder in path.parents for folder in own)
        }

    before = files()
    async with Client(process_of(rated_library)) as client:
        for tool in (await client.list_tools()).tools:
            assert tool.annotations is not None
            if tool.annotations.read_only_hint:
                await client.call_tool(tool.name, ARGUMENTS.get(tool.name, {}))
    assert files() == before
