"""Completions: names from the library for what a person begins to type."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, get_args

import anyio.to_thread
from mcp.server.mcpserver import MCPServer
from mcp.types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

from learning_core.answers.answer import By
from learning_core.answers.trend_answer import Period
from learning_core.errors import WhatworksError
from server.mcp.answering import Served
from server.mcp.resources import NAMED
from server.untrusted import visible

if TYPE_CHECKING:
    from learning_core.index.snapshot import Snapshot

MOST = 100
Reference = PromptReference | ResourceTemplateReference


def add_completions(server: MCPServer[Any], served: Served) -> None:
    """Complete arguments of prompts and of resource templates."""

    @server.completion()  # type: ignore[no-untyped-call, untyped-decorator]  # the SDK leaves it without annotations
    async def complete(ref: Reference, argument: CompletionArgument, _: CompletionContext | None) -> Completion | None:
        source = _source(ref, argument.name)
        if source is None:
            return None
        return await anyio.to_thread.run_sync(lambda: _completion(served, source, argument.value))


def _source(ref: Reference, argument: str) -> "Callable[[Snapshot], Iterable[str]] | None":
    """Return where the values of an argument come from, None where it cannot be completed."""
    if isinstance(ref, ResourceTemplateReference):
        field = next((field for field in NAMED if ref.uri == f"whatworks://{field}s/{{name}}"), None)
        return _names_of(field) if field and argument == "name" else None
    fixed = {"parameter": get_args(By), "per": get_args(Period)}
    if argument in fixed:
        return lambda _: fixed[argument]
    return _names_of("checkpoint") if argument == "profile" else None


def _names_of(field: str) -> "Callable[[Snapshot], Iterable[str]]":
    def names(snapshot: "Snapshot") -> Iterable[str]:
        from learning_core.answers.available import checkpoints_of, loras_of
        from learning_core.index.lora_sets import NO_LORA

        if field == "checkpoint":
            return checkpoints_of(snapshot, None).names
        if field == "lora":
            return (name for name in loras_of(snapshot, None).names if name != NO_LORA)
        return snapshot.tags() if field == "tag" else snapshot.values(field).values()

    return names


def _completion(served: Served, source: "Callable[[Snapshot], Iterable[str]]", begun: str) -> Completion:
    """Return the values that begin with what was typed, then those that hold it, each group by name."""

    def find(snapshot: "Snapshot") -> list[str]:
        wanted = begun.casefold()
        usable = {name for name in source(snapshot) if name and _may_be_offered(served, name)}
        found = [name for name in usable if wanted in name.casefold()]
        return sorted(found, key=lambda name: (not name.casefold().startswith(wanted), name.casefold(), name))

    try:
        found = served.library.ask(find)
    except WhatworksError:
        found = []
    return Completion(values=found[:MOST], total=len(found), has_more=len(found) > MOST)


def _may_be_offered(served: Served, name: str) -> bool:
    """Tell whether a name is safe to show as it is and not hidden: a completion is sent back letter by letter."""
    return visible(name, 200) == name and '"' not in name and not served.hide_list.has_word(name)
