"""The page that hosts with MCP Apps draw an answer on: intervals of values, and figures over time."""

from collections.abc import Iterable
from importlib.resources import files

from mcp.server.apps import Apps, ResourceCsp

from server.mcp.tools import Announced, announcement

ADDRESS = "ui://whatworks/answer.html"
NOTHING_FROM_OUTSIDE = ResourceCsp(connect_domains=[], resource_domains=[], frame_domains=[], base_uri_domains=[])


def answer_page(tools: Iterable[Announced]) -> Apps:
    """Return the extension with the page and the tools whose answers it draws; their texts never depend on it."""
    apps = Apps()
    apps.add_html_resource(
        ADDRESS,
        files("server.mcp").joinpath("answer_page.html").read_text(encoding="utf-8"),
        name="answer_page",
        title="Drawing of an answer",
        description="Draws the answers of what_works and summarize_trends; for hosts, not for reading.",
        csp=NOTHING_FROM_OUTSIDE,
        prefers_border=True,
    )
    for tool in tools:
        if tool.has_page:
            apps.tool(resource_uri=ADDRESS, **announcement(tool))(tool.function)
    return apps
