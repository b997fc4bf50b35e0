"""The tools that are announced, in their order, with their titles, hints, and where their answers hold stored text."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from mcp.types import ToolAnnotations

from server.mcp.record_tools import get_item, library_overview, search_records
from server.mcp.settings_tools import compare_settings, recommend_settings, summarize_trends, what_works

READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


class Announced(NamedTuple):
    """A tool as it is announced; `stored_text` names the fields of its answer that hold text of the library."""

    function: Callable[..., Any]
    title: str
    stored_text: tuple[str, ...]
    hints: ToolAnnotations = READS


TOOLS = (
    Announced(what_works, "What works best", ("terms[].term", "parameters[].ranked[].setting")),
    Announced(recommend_settings, "Recommend settings", ("checkpoint", "lora", "loras[].name", "preset[]")),
    Announced(compare_settings, "Compare settings", ("a.filter", "b.filter", "why[]")),
    Announced(summarize_trends, "Summarize trends", ("groups[].name",)),
    Announced(search_records, "Search records", ("items[].line", "items[].prompt")),
    Announced(get_item, "Read records", ("items[]",)),
    Announced(library_overview, "Library overview", ("names[].top[].name", "tags[].name", "sources[].name")),
)


def described(function: Callable[..., Any]) -> str:
    """Return a tool's description for the model: its docstring, one paragraph a line."""
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
