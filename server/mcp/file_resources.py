"""Resources of what lies in files of its own: plans, drafts with their diffs, profiles of checkpoints and LoRAs."""

from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError

from server.mcp.answering import Served, work
from server.mcp.draft_tools import draft_told
from server.mcp.plan_tools import plan_told
from server.mcp.resources import MARKDOWN

PLANS = "whatworks://plans/{ref}"
DRAFTS = "whatworks://drafts/{ref}"
PROFILES = "whatworks://profiles/{name}"


def add_file_resources(server: MCPServer[Any], served: Served) -> None:
    """Add the templates for plans, drafts and profiles; they say what the tools say."""

    async def plan(ref: str) -> str:
        return (await work(served, plan_told(ref), ResourceNotFoundError)).text

    async def draft(ref: str) -> str:
        return (await work(served, lambda served, _: draft_told(served, ref), ResourceNotFoundError)).text

    async def profile(name: str) -> str:
        from server.mcp.profile_answer import profile_told

        return (await work(served, lambda served, _: profile_told(served, name), ResourceNotFoundError)).text

    server.resource(
        PLANS, name="plan", title="Learning plan", mime_type=MARKDOWN,
        description="One learning plan and what its ratings support so far, by its reference (stored text).",
    )(plan)  # fmt: skip
    server.resource(
        DRAFTS, name="draft", title="Draft of a preset update", mime_type=MARKDOWN,
        description="One draft with its diff, its evidence and whether a person has decided about it (stored text).",
    )(draft)  # fmt: skip
    server.resource(
        PROFILES, name="profile", title="Profile", mime_type=MARKDOWN,
        description="What the profile (presets) of a checkpoint or LoRA says: a prior, not evidence (stored text).",
    )(profile)  # fmt: skip
