"""The page that hosts draw answers on: strict about itself, without a network, and never needed."""

import re

import pytest
from mcp.types import TextResourceContents
from mcp_client import connect, facts_of
from page_policy import PAGE, with_hashes

from learning_core.library import Library

pytestmark = pytest.mark.anyio
HTML = PAGE.read_text(encoding="utf-8")


async def test_both_tools_name_it_and_it_asks_for_nothing_from_outside(rated_library: Library) -> None:
    async with connect(rated_library) as client:
        tools = {tool.name: tool.meta or {} for tool in (await client.list_tools()).tools}
        (content,) = (await client.read_resource("ui://whatworks/answer.html")).contents
    drawn = [name for name, meta in tools.items() if "ui" in meta]
    assert drawn == ["what_works", "summarize_trends"]
    assert {tools[name]["ui"]["resourceUri"] for name in drawn} == {"ui://whatworks/answer.html"}
    assert isinstance(content, TextResourceContents)
    assert content.mime_type == "text/html;profile=mcp-app"
    assert content.meta is not None
    assert all(domains == [] for domains in content.meta["ui"]["csp"].values())
    assert set(content.meta["ui"]["csp"]) == {"connectDomains", "resourceDomains", "frameDomains", "baseUriDomains"}
    assert content.text == HTML


def test_its_policy_allows_its_own_script_and_style_by_their_hashes_alone() -> None:
    assert with_hashes(HTML) == HTML, "run tests/server/mcp_server/page_policy.py"
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', HTML)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.pop("default-src") == rules.pop("base-uri") == rules.pop("form-action") == "'none'"
    assert set(rules) == {"script-src", "style-src"}
    assert all(re.fullmatch(r"'sha256-[A-Za-z0-9+/=]{44}'", value) for value in rules.values())


def test_it_loads_and_writes_nothing_that_could_act() -> None:
    places = set(re.findall(r"https?://[^\"'\s]+", HTML))
    assert places == {"http://www.w3.org/2000/svg"}
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "fetch(",
                 "XMLHttpRequest", "WebSocket", "EventSource", "import(", "src=", "href=", "localStorage",
                 "document.cookie", "window.open", "sendBeacon", "style=", "onclick", "onerror"):  # fmt: skip
        assert word not in HTML, word
    assert len(HTML.encode()) <= 12_000


async def test_it_reads_only_fields_that_answers_have(rated_library: Library) -> None:
    async with connect(rated_library) as client:
        works = facts_of(await client.call_tool("what_works", {}))
        trends = facts_of(await client.call_tool("summarize_trends", {"per": "day"}))
    assert {"summary", "parameters", "notes"} <= set(works)
    parameter = next(each for each in works["parameters"] if each["ranked"])
    assert {"by", "status", "ranked", "sentence", "baseline"} <= set(parameter)
    assert {"setting", "n", "value", "low", "high"} <= set(parameter["ranked"][0])
    assert {"summary", "periods", "changes", "notes"} <= set(trends)
    assert {"start", "jobs", "came_out_well"} <= set(trends["periods"][0])
