"""A short conversation with our own server as any MCP client has it: over a pipe, with the SDK's client."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from learning_core.answers.answer import Item, Items, WhatWorks
from learning_core.variables import CACHE_VARIABLE

if TYPE_CHECKING:
    from mcp import Client, StdioServerParameters

SECONDS_TO_ANSWER = 120.0
# The running package's folder goes last: found wherever the demo was started, hiding nothing.
_START = "import sys; sys.path.append(sys.argv.pop(1)); from server.cli.main import main; main()"


class Conversation(Struct, frozen=True):
    """What the server answered: protocol revision, tools with their titles, the answer, one record."""

    protocol: str
    tools: list[tuple[str, str]]
    answer: WhatWorks
    record: Item | None


def converse(library: Path, cache_root: Path, subject: str, errors: Path) -> Conversation:
    """Start the server on a library, list its tools, ask `what_works`, read the best record behind it.

    What the server writes to stderr goes to the file `errors`.
    """
    import anyio

    with errors.open("w+", encoding="utf-8") as log:
        try:
            return anyio.run(_converse, _server(library, cache_root), subject, log)
        except Exception as error:
            log.seek(0)
            error.add_note(f"The server's stderr:\n{log.read()}")
            raise


def _server(library: Path, cache_root: Path) -> "StdioServerParameters":
    from mcp import StdioServerParameters

    package_root = str(Path(__file__).resolve().parents[2])
    return StdioServerParameters(
        command=sys.executable,
        # -P: a folder named `server` where the demo was started must not be taken for ours.
        args=["-P", "-c", _START, package_root, "serve", "--library", str(library)],
        env={CACHE_VARIABLE: str(cache_root), **_temporary_folder()},
    )


def _temporary_folder() -> dict[str, str]:
    return {name: os.environ[name] for name in ("TMPDIR",) if name in os.environ}


async def _converse(server: "StdioServerParameters", subject: str, log: Any) -> Conversation:
    from mcp import Client
    from mcp.client.stdio import stdio_client

    async with Client(stdio_client(server, errlog=log), read_timeout_seconds=SECONDS_TO_ANSWER) as client:
        listed = await client.list_tools()
        answer = WhatWorks.model_validate(await _call(client, "what_works", {"subject": subject}))
        ref = best_reference(answer)
        record = None
        if ref is not None:
            record = Items.model_validate(await _call(client, "get_item", {"refs": [ref]})).items[0]
        return Conversation(
            protocol=client.protocol_version,
            tools=[(tool.name, tool.title or "") for tool in listed.tools],
            answer=answer,
            record=record,
        )


async def _call(client: "Client", tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    result = await client.call_tool(tool, dict(arguments))
    if result.is_error or result.structured_content is None:
        raise RuntimeError(f"{tool} failed: {result.content}")
    content: dict[str, Any] = result.structured_content
    return content


def best_reference(answer: WhatWorks) -> str | None:
    """Return the first record behind the answer's first ranked setting."""
    for parameter in answer.parameters:
        for setting in parameter.ranked:
            if setting.evidence:
                return setting.evidence[0]
    return None
