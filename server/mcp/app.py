"""Building the MCP server of one library: tools, resources, prompts and an introduction."""

import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from mcp.server import CacheHint
from mcp.server.mcpserver import MCPServer

from learning_core.calls import CallLog
from server.mcp.answer_page import answer_page
from server.mcp.answering import Served
from server.mcp.completing import add_completions
from server.mcp.crash_log import CrashLog
from server.mcp.decisions import Decisions
from server.mcp.file_resources import add_file_resources
from server.mcp.hiding import HideList
from server.mcp.output_schemas import output_schemas
from server.mcp.recording import Recorder
from server.mcp.resources import add_resources
from server.mcp.strict import StrictServer
from server.mcp.subscribing import Subscribing
from server.mcp.tasks import add_tasks
from server.mcp.tools import TOOLS, announcement
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
    """Return the server of a library; `now` gives epoch seconds: it dates plans, drafts and logs."""

    served = Served(library, hide_list, now)
    decisions = Decisions(library)

    @asynccontextmanager
    async def lend_library(_: MCPServer[Any]) -> AsyncIterator[Served]:
        yield served

    server = StrictServer(
        "whatworks",
        crashes=CrashLog(library.cache / CRASH_LOG, now),
        recorder=Recorder(CallLog(library.root), now),
        output_schemas=output_schemas(),
        title="whatworks",
        version=version(),
        instructions=plain("instructions.md"),
        log_level="WARNING",
        lifespan=lend_library,
        cache_hints={"tools/list": CacheHint(ttl_ms=TOOL_LIST_KEPT_MS, scope="public")},
        extensions=[answer_page(TOOLS)],
        subscriptions=decisions,
        middleware=[Subscribing(decisions)],
    )
    for tool in TOOLS:
        if not tool.has_page:
            server.add_tool(tool.function, **announcement(tool))
    add_resources(server, served)
    add_file_resources(server, served)
    add_tasks(server, [tool.function.__name__ for tool in TOOLS])
    add_completions(server, served)
    return server


def configure_logging() -> None:
    """Send warnings to stderr, plainly.

    Must run before a server is built, or the SDK installs a handler that makes crashes slow.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
