"""Resources: what a client can read without calling a tool, in Markdown, and templates with names from the library."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from server.mcp.answering import Served, look
from server.mcp.bounded import LARGEST_BYTES, Bounded, bounded
from server.mcp.shorter import shorter_items, shorter_overview, shorter_what_works
from server.rendering import plain

if TYPE_CHECKING:
    from learning_core.index.snapshot import Snapshot

MARKDOWN = "text/markdown"
NAME_CHARACTERS = 200
NAMED = {
    "checkpoint": "What works with one checkpoint (model): its best samplers, steps, LoRAs, with n and intervals.",
    "lora": "What works with one LoRA: its best checkpoints and settings, with n and intervals.",
    "sampler": "What works with one sampler: its best steps, schedulers and checkpoints, with n and intervals.",
    "tag": "What works in the records with one tag, with n and intervals.",
}
"""Fields whose names make a resource each."""


def add_resources(server: MCPServer[Any], served: Served) -> None:
    """Add the overview, the filter guide, and templates for records and for what works with a name."""

    async def overview() -> str:
        from learning_core.answers.overview import library_overview

        def ask(snapshot: "Snapshot") -> Bounded[Any]:
            return bounded(
                library_overview(snapshot), "answers/library_overview.md.j2", shorter_overview, asks_again=False
            )

        return (await look(served, ask, ResourceError)).text

    async def record(ref: str) -> str:
        from learning_core.answers.items import get_items

        def ask(snapshot: "Snapshot") -> Bounded[Any]:
            items = get_items(snapshot, [ref], detail="full")
            return bounded(items, "answers/get_item.md.j2", shorter_items, limit=LARGEST_BYTES, asks_again=False)

        return (await look(served, ask, ResourceNotFoundError)).text

    server.resource(
        "whatworks://overview", name="overview", title="Library overview", mime_type=MARKDOWN,
        description="What the library holds: counts, dates, names of checkpoints, samplers, LoRAs and tags.",
    )(overview)  # fmt: skip
    server.resource(
        "whatworks://guide/filters", name="filter_guide", title="Filter guide", mime_type=MARKDOWN,
        description="The grammar and the fields of the filter `where`, with examples.",
    )(lambda: plain("guide/filters.md"))  # fmt: skip
    server.resource(
        "whatworks://records/{ref}", name="record", title="Record", mime_type=MARKDOWN,
        description="One generated image in full, by its reference from another answer (stored text).",
    )(record)  # fmt: skip
    for field, description in NAMED.items():
        server.resource(
            f"whatworks://{field}s/{{name}}", name=field, title=f"What works with a {field}", mime_type=MARKDOWN,
            description=description,
        )(_works_with(served, field))  # fmt: skip


def _works_with(served: Served, field: str) -> Callable[..., Awaitable[str]]:
    """Return the function behind a template for the names of a field."""

    async def read(name: str) -> str:
        if len(name) > NAME_CHARACTERS or '"' in name:
            raise ResourceNotFoundError(f"This is no name of a {field}; completion offers those of the library.")

        def ask(snapshot: "Snapshot") -> Bounded[Any]:
            from learning_core.answers.what_works import what_works

            answer = what_works(snapshot, "", where=f'{field}:"{name}"', limit=5)
            return bounded(
                answer, "answers/what_works.md.j2", shorter_what_works(), limit=LARGEST_BYTES, asks_again=False
            )

        return (await look(served, ask, ResourceNotFoundError)).text

    return read
