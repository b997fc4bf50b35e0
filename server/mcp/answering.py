"""Putting a question to the library from a tool: in a worker thread, with progress, errors as sentences."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anyio.from_thread
import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent

from learning_core.errors import WhatworksError
from server.mcp.bounded import Written

if TYPE_CHECKING:
    from learning_core.index.snapshot import Snapshot
    from learning_core.library import Library

PROGRESS_STEPS = 50


async def answer_with(ctx: Context[Any, Any], ask: Callable[["Snapshot"], Written]) -> CallToolResult:
    """Return the result of one question to a fresh snapshot; raises ToolError with the core's own sentence.

    The thread is given up when the client cancels or leaves: what it does to the index is one transaction at
    a time.
    """
    library: Library = ctx.request_context.lifespan_context
    progress = IndexingProgress(ctx)

    def work() -> Written:
        return library.ask(ask, progress)

    try:
        written = await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
    except WhatworksError as error:
        raise ToolError(without_folders(str(error), library)) from None
    return CallToolResult(content=[TextContent(type="text", text=written.text)], structured_content=written.structured)


class IndexingProgress:
    """Tells the client how far the first indexing is, at most fifty times, always forward."""

    def __init__(self, ctx: Context[Any, Any]) -> None:
        self.ctx = ctx
        self.reported = 0

    def __call__(self, done: int, total: int) -> None:
        """Report bytes done of bytes in total; called in the worker thread."""
        if done - self.reported < max(1, total // PROGRESS_STEPS):
            return
        self.reported = done
        anyio.from_thread.run(self.ctx.report_progress, done, total, "Indexing the log")


def without_folders(sentence: str, library: "Library") -> str:
    """Return an error sentence without the folders of this machine."""
    for folder, name in ((library.cache, "the cache folder"), (library.root, "the library folder")):
        sentence = sentence.replace(f"{folder}{os.sep}", "").replace(str(folder), name)
    return sentence
