"""Building the MCP server of one library: its tools and a few sentences of introduction."""

import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from mcp.server import CacheHint
from mcp.server.mcpserver import MCPServer

from learning_core.calls import CallLog
from server.mcp.answering import Served
from server.mcp.crash_log import CrashLog
from server.mcp.hiding import HideList
from server.mcp.recording import Recorder
from server.mcp.strict import StrictServer
from server.mcp.tools import TOOLS, described
from server.release import version
from server.rendering import plain

if TYPE_CHECKING:
    from learning_core.library import Library

CRASH_LOG = "crashes.log"
TOOL_LIST_KEPT_MS = 3_600_000
NOTHING_HIDDEN = HideList()


def build_server(
    library: "Library", *, now: Callable[[], float], hide_list: HideList = NOTHING_HIDDEN
) -> MCPServer[Any]:
    """Return the server of a library; `now` gives epoch seconds and dates the logs of crashes and calls only."""

    @asynccontextmanager
    async def lend_library(_: MCPServer[Any]) -> AsyncIterator[Served]:
        yield Served(library, hide_list)

    server = StrictServer(
        "whatworks",
        crashes=CrashLog(library.cache / CRASH_LOG, now),
        recorder=Recorder(CallLog(library.root), now),
        title="whatworks",
        version=version(),
        instructions=plain("instructions.md"),
        log_level="WARNING",
        lifespan=lend_library,
        cache_hints={"tools/list": CacheHint(ttl_ms=TOOL_LIST_KEPT_MS, scope="public")},
    )
    for tool in TOOLS:
        server.add_tool(
            tool.function,
            title=tool.title,
            description=described(tool.function),
            annotations=tool.hints,
            meta={"whatworks/stored_text": list(tool.stored_text)},
        )
    return server


def configure_logging() -> None:
    """Send warnings to stderr, plainly.

    Must run before a server is built, or the SDK installs a handler that makes crashes slow.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
