"""Each call of a tool leaves a line that says who, what, when and how large, and nothing of what was said."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from library_factory import make_job, make_library, rated_jobs, reference
from mcp import Client
from mcp_client import NOON, connect, facts_of, process_of, text_of

import learning_core.answers.overview
from learning_core.calls import CallLog
from learning_core.library import Library

pytestmark = pytest.mark.anyio
CANARY = "canaryword"


async def test_a_call_is_written_down_without_a_word_of_it(rated_library: Library, era: str) -> None:
    async with connect(rated_library, era) as client:
        result = await client.call_tool("search_records", {"where": "beach", "limit": 2})
        await client.call_tool("search_records", {"limit": 2, "where": "beach"})
        await client.call_tool("what_works", {"subject": CANARY})
    log = CallLog(rated_library.root)
    newest = log.newest(10)
    assert [call.tool for call in newest] == ["what_works", "search_records", "search_records"]
    first = newest[-1]
    assert first.at == NOON
    assert first.outcome == "answered"
    assert first.revision == ("2026-07-28" if era == "auto" else "2025-11-25")
    assert first.client.startswith("mcp ")
    assert first.refs == [item["ref"] for item in facts_of(result)["items"]]
    assert first.bytes >= len(text_of(result).encode())
    assert first.ms > 0
    assert first.arguments == newest[1].arguments != newest[0].arguments
    assert CANARY not in b"".join(path.read_bytes() for path in log.folder.iterdir()).decode()


async def test_calls_that_end_badly_are_written_down_too(
    rated_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(learning_core.answers.overview, "library_overview", crash)
    bad: list[tuple[str, dict[str, Any]]] = [
        ("library_overview", {}),
        ("search_records", {"where": f"smapler:{CANARY}"}),
        ("search_records", {CANARY: "\ud800"}),
        (f"{CANARY}_tool", {}),
    ]
    async with connect(rated_library) as client:
        for tool, arguments in bad:
            assert (await client.call_tool(tool, arguments)).is_error
    log = CallLog(rated_library.root)
    said = [(call.tool, call.outcome) for call in log.every()]
    assert said == [
        ("library_overview", "failed"),
        ("search_records", "refused"),
        ("search_records", "refused"),
        ("unknown", "refused"),
    ]
    assert CANARY not in b"".join(path.read_bytes() for path in log.folder.iterdir()).decode()


async def test_a_log_of_calls_that_cannot_be_written_costs_no_answer(rated_library: Library) -> None:
    folder = rated_library.root / "audit" / "calls"
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("in the way")
    async with connect(rated_library) as client:
        assert not (await client.call_tool("library_overview", {})).is_error
        assert not (await client.call_tool("library_overview", {})).is_error
    assert folder.read_text() == "in the way"


async def test_a_client_cannot_write_into_the_terminal_of_who_reads_the_log(tmp_path: Path) -> None:
    from mcp.types import Implementation

    library = make_library(tmp_path, rated_jobs(3))
    name = "evil\x1b[31m\u202e\n" + "x" * 500
    async with Client(process_of(library), client_info=Implementation(name=name, version="1")) as client:
        await client.call_tool("get_item", {"refs": [reference(make_job(0))]})
    (call,) = CallLog(library.root).every()
    assert call.client.startswith("evil\\e[31m\\u202e ⏎ ")
    assert len(call.client) <= 60
    shutil.rmtree(library.root / "audit")
