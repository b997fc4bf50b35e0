"""Completions: names from the library for what a person begins to type."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, get_args

import anyio.to_thread
from mcp.server.mcpserver import MCPServer
from mcp.types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

from learning_core.answers.answer import By, Period
from learning_core.errors import WhatworksError
from server.mcp.answering import Served
from server.mcp.file_resources import DRAFTS, PLANS, PROFILES
from server.mcp.resources import NAMED
from server.untrusted import visible

if TYPE_CHECKING:
    from learning_core.index.snapshot import Snapshot
    from learning_core.library import Library

MOST = 100
Reference = PromptReference | ResourceTemplateReference
Source = Callable[["Library"], Iterable[str]]


def add_completions(server: MCPServer[Any], served: Served) -> None:
    """Complete arguments of prompts and of resource templates."""

    @server.completion()  # type: ignore[no-untyped-call, untyped-decorator]  # the SDK leaves it without annotations
    async def complete(ref: Reference, argument: CompletionArgument, _: CompletionContext | None) -> Completion | None:
        source = _source(ref, argument.name)
        if source is None:
            return None
        return await anyio.to_thread.run_sync(lambda: _completion(served, source, argument.value))


def _source(ref: Reference, argument: str) -> Source | None:
    """Return where the values of an argument come from, None where it cannot be completed."""
    if isinstance(ref, ResourceTemplateReference):
        return _OF_TEMPLATES.get((ref.uri, argument))
    return _OF_PROMPTS.get(argument)


def _names_of(field: str) -> Source:
    """Return what gives the names that the records have in a field."""
    names = _in_records(field)
    return lambda library: library.ask(lambda snapshot: list(names(snapshot)))


def _in_records(field: str) -> "Callable[[Snapshot], Iterable[str]]":
    def names(snapshot: "Snapshot") -> Iterable[str]:
        from learning_core.answers.available import checkpoints_of, loras_of
        from learning_core.index.lora_sets import NO_LORA

        if field == "checkpoint":
            return checkpoints_of(snapshot, None).names
        if field == "lora":
            return (name for name in loras_of(snapshot, None).names if name != NO_LORA)
        return snapshot.tags() if field == "tag" else snapshot.values(field).values()

    return names


def _plans(library: "Library") -> Iterable[str]:
    from learning_core.plans.folder import PlanFolder
    from learning_core.plans.reference import reference_of

    return [reference_of(plan.plan_id) for plan in PlanFolder(library.root).plans()[0]]


def _drafts(library: "Library") -> Iterable[str]:
    from learning_core.drafts.folder import DraftFolder

    return [draft.ref for draft in DraftFolder(library.root).all()]


def _profiles(library: "Library") -> Iterable[str]:
    from learning_core.profiles.profile import name_of
    from server.profiles import profiles_of

    return [name_of(each.profile) for each in profiles_of(library).sidecars]


_OF_TEMPLATES: Mapping[tuple[str, str], Source] = {
    **{(f"whatworks://{field}s/{{name}}", "name"): _names_of(field) for field in NAMED},
    (PLANS, "ref"): _plans,
    (DRAFTS, "ref"): _drafts,
    (PROFILES, "name"): _profiles,
}
_OF_PROMPTS: Mapping[str, Source] = {
    "parameter": lambda _: get_args(By),
    "per": lambda _: get_args(Period),
    "profile": lambda library: [*_profiles(library), *_names_of("checkpoint")(library)],
}


def _completion(served: Served, source: Source, begun: str) -> Completion:
    """Return the values that begin with what was typed, then those that hold it, each group by name."""
    wanted = begun.casefold()
    try:
        usable = {name for name in source(served.library) if name and _may_be_offered(served, name)}
    except WhatworksError:
        usable = set()
    found = [name for name in usable if wanted in name.casefold()]
    found.sort(key=lambda name: (not name.casefold().startswith(wanted), name.casefold(), name))
    return Completion(values=found[:MOST], total=len(found), has_more=len(found) > MOST)


def _may_be_offered(served: Served, name: str) -> bool:
    """Tell whether a name is safe to show as it is and not hidden: a completion is sent back letter by letter."""
    return visible(name, 200) == name and '"' not in name and not served.hide_list.has_word(name)
