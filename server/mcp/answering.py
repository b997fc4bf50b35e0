"""Putting a question to the library: in a worker thread, with progress, errors as sentences, hidden texts left out."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anyio.from_thread
import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent
from msgspec import Struct

from learning_core.errors import ModelFoldersUnusable, ProfileUnusable, WhatworksError
from server.mcp.bounded import Bounded, Written
from server.mcp.hiding import HideList, Hider

if TYPE_CHECKING:
    from learning_core.index.snapshot import Snapshot
    from learning_core.library import Library

PROGRESS_STEPS = 50

_REFUSED_BY_SYSTEM = (
    "The system refuses a file of the library: {}. Nothing was changed. Tell the person: `whatworks doctor` names it."
)

Progress = Callable[[int, int], None]
"""Told bytes done of bytes in total."""


class Served(Struct, frozen=True):
    """The library that is served, and what of it must not reach a model."""

    library: "Library"
    hide_list: HideList
    now: Callable[[], float]
    """Gives epoch seconds."""

    def look(self, ask: Callable[["Snapshot"], Bounded[Any]], progress: Progress | None) -> Written:
        """Return the answer to one question to a fresh snapshot, as it may be shown."""
        return self.library.ask(lambda snapshot: self._shown(ask(snapshot), snapshot), progress)

    def work(self, do: Callable[["Served", Progress | None], Bounded[Any]], progress: Progress | None) -> Written:
        """Return the answer of what is done with the library, as it may be shown."""
        answer = do(self, progress)
        if self.hide_list.is_empty:
            return answer.written(_as_it_is)
        return self.library.ask(lambda snapshot: self._shown(answer, snapshot), progress)

    def _shown(self, answer: Bounded[Any], snapshot: "Snapshot") -> Written:
        return answer.written(_as_it_is if self.hide_list.is_empty else Hider(self.hide_list, snapshot))

    def sentence(self, error: WhatworksError) -> str:
        """Return an error as it may be shown: without hidden words and without the folders of this machine."""
        sentence = str(error)
        if isinstance(error, ProfileUnusable | ModelFoldersUnusable):
            sentence = sentence.replace(str(error.path), error.path.name)
        return self.hide_list.masked(without_folders(sentence, self.library))


async def answer_with(ctx: Context[Any, Any], ask: Callable[["Snapshot"], Bounded[Any]]) -> CallToolResult:
    """Return the result of one question to a fresh snapshot; raises ToolError with the core's own sentence."""
    return _result(await look(ctx.request_context.lifespan_context, ask, ToolError, IndexingProgress(ctx)))


async def work_with(ctx: Context[Any, Any], do: Callable[[Served, Progress | None], Bounded[Any]]) -> CallToolResult:
    """Return the result of what is done with the library itself; raises ToolError with the core's own sentence."""
    return _result(await work(ctx.request_context.lifespan_context, do, ToolError, IndexingProgress(ctx)))


async def look(
    served: Served,
    ask: Callable[["Snapshot"], Bounded[Any]],
    refused: Callable[[str], Exception],
    progress: Progress | None = None,
) -> Written:
    """Return both halves of an answer; raises what `refused` makes of a sentence."""
    return await _in_thread(served, lambda: served.look(ask, progress), refused)


async def work(
    served: Served,
    do: Callable[[Served, Progress | None], Bounded[Any]],
    refused: Callable[[str], Exception],
    progress: Progress | None = None,
) -> Written:
    """Return both halves of the answer of what is done; raises what `refused` makes of a sentence."""
    return await _in_thread(served, lambda: served.work(do, progress), refused)


async def _in_thread(served: Served, write: Callable[[], Written], refused: Callable[[str], Exception]) -> Written:
    """Return what is written in a worker thread; raises what `refused` makes of a sentence.

    The thread is given up when the client cancels or leaves: what it does to the index is one transaction at
    a time, and a plan or draft that it adds is added whole.
    """
    try:
        return await anyio.to_thread.run_sync(write, abandon_on_cancel=True)
    except WhatworksError as error:
        raise refused(served.sentence(error)) from None
    except OSError as error:
        raise refused(_REFUSED_BY_SYSTEM.format(error.strerror or type(error).__name__)) from None


def _result(written: Written) -> CallToolResult:
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


def _as_it_is(content: dict[str, Any]) -> dict[str, Any]:
    return content
