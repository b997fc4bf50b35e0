from typing import Any

import anyio
import preloaded_command
from mcp import Client, StdioServerParameters


def test_it_shows_the_calls_of_an_assistant_newest_first(filled: Any) -> None:
    assert "No call of a tool" in filled.run("audit").out

    async def ask() -> None:
        program, *words = preloaded_command.command()
        server = StdioServerParameters(command=program, args=[*words, "serve"], env=filled.environment())
        async with Client(server) as client:
            await client.call_tool("what_works", {"subject": "beach"})
            await client.call_tool("library_overview", {"verbose": True})

    anyio.run(ask)
    said = filled.run("audit", "--json").json()["calls"]
    assert [(call["tool"], call["outcome"]) for call in said] == [
        ("library_overview", "refused"),
        ("what_works", "answered"),
    ]
    lines = filled.run("audit", "--limit", "1").out.splitlines()
    assert len([line for line in lines if "library_overview" in line]) == 1
    assert not any("what_works" in line for line in lines)
    assert "audit" in lines[-1] or "audit" in lines[-2]
