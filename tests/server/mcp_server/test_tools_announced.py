import json
import re
import subprocess
import sys
from typing import Any

import pytest
from announced import ACCEPTED
from announced import announced as announced_as_text
from derived_schemas import derived_schemas
from library_factory import make_library
from mcp.types import Tool
from mcp_client import connect

from learning_core.library import Library
from server.mcp.output_schemas import output_schemas
from server.mcp.strict import without_titles

pytestmark = pytest.mark.anyio

READING = (
    "what_works", "recommend_settings", "compare_settings", "summarize_trends", "search_records", "get_item",
    "library_overview", "analyze_learning_plan", "list_drafts",
)  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return make_library(tmp_path_factory.mktemp("announced"))


async def announced(library: Library, era: str) -> list[Tool]:
    async with connect(library, era) as client:
        return list((await client.list_tools()).tools)


def schemas_in(schema: Any) -> list[dict[str, Any]]:
    """Return a schema and every schema inside it."""
    if isinstance(schema, list):
        return [inner for part in schema for inner in schemas_in(part)]
    if not isinstance(schema, dict):
        return []
    return [schema, *(inner for part in schema.values() for inner in schemas_in(part))]


async def test_each_tool_has_a_speaking_name_all_four_hints_and_an_output_schema(library: Library, era: str) -> None:
    tools = await announced(library, era)
    assert set(READING) <= {tool.name for tool in tools}
    assert len(tools) == 12
    for tool in tools:
        assert re.fullmatch(r"[a-z_]{3,40}", tool.name)
        assert len(f"mcp__whatworks__{tool.name}") <= 64
        assert tool.title
        assert tool.annotations is not None
        hints = tool.annotations.model_dump(exclude={"title"})
        assert set(hints) == {"read_only_hint", "destructive_hint", "idempotent_hint", "open_world_hint"}
        assert not hints["destructive_hint"]
        assert hints["idempotent_hint"]
        assert hints["open_world_hint"] is False
        assert hints["read_only_hint"] is (tool.name in READING)
        assert tool.output_schema is not None


async def test_no_tool_approves_applies_generates_or_takes_a_path(library: Library) -> None:
    for tool in await announced(library, "auto"):
        assert not set(tool.name.split("_")) & {
            "approve",
            "apply",
            "reject",
            "rate",
            "generate",
            "sql",
            "run",
            "delete",
        }
        for name in tool.input_schema["properties"]:
            assert not set(name.split("_")) & {"path", "file", "folder", "url", "sql", "template", "command"}


async def test_a_description_says_what_it_answers_returns_and_is_not_for(library: Library) -> None:
    for tool in await announced(library, "auto"):
        assert tool.description is not None
        assert 'Answers "' in tool.description, tool.name
        assert "Returns " in tool.description, tool.name
        assert "Not for " in tool.description, tool.name


async def test_the_introduction_is_short_and_starts_with_what_is_answered(library: Library) -> None:
    async with connect(library) as client:
        assert client.instructions is not None
        assert client.instructions.startswith("whatworks answers ")
        assert len(client.instructions) <= 1_000


async def test_the_list_of_tools_costs_at_most_2500_tokens(library: Library) -> None:
    total = 0
    for tool in await announced(library, "auto"):
        assert tool.description is not None
        assert len(tool.description) <= 350 * 4
        schema = json.dumps(tool.input_schema, separators=(",", ":"))
        cost = len(tool.name) + len(tool.description) + len(schema)
        assert cost / 4 <= 350, tool.name
        total += cost
    assert total / 4 <= 2_500


async def test_every_argument_is_described_with_an_example_and_bounded(library: Library) -> None:
    for tool in await announced(library, "auto"):
        assert tool.input_schema["additionalProperties"] is False
        for name, argument in tool.input_schema["properties"].items():
            has_example = argument.get("examples") or re.search(r"e\.g\.|'", argument["description"], re.IGNORECASE)
            assert has_example, (tool.name, name)
        for schema in schemas_in(tool.input_schema):
            kind = schema.get("type")
            assert kind != "null"
            if kind == "integer":
                assert {"minimum", "maximum"} <= schema.keys()
            elif kind == "string":
                assert "maxLength" in schema or "enum" in schema
            elif kind == "array":
                assert "maxItems" in schema


async def test_schemas_carry_no_generated_titles(library: Library) -> None:
    for tool in await announced(library, "auto"):
        for schema in [*schemas_in(tool.input_schema), *schemas_in(tool.output_schema)]:
            assert not isinstance(schema.get("title"), str)


def test_a_property_named_title_survives() -> None:
    schema = {"title": "Answer", "properties": {"title": {"type": "string", "title": "Title"}}}
    assert without_titles(schema) == {"properties": {"title": {"type": "string"}}}


async def test_what_is_announced_changes_only_when_somebody_accepts_it(library: Library) -> None:
    said = await announced_as_text(library)
    accepted = ACCEPTED.read_text(encoding="utf-8")
    assert said == accepted, "look at the change; python tests/server/mcp_server/announced.py accepts it"


def test_the_schemas_kept_ready_are_those_of_the_answers() -> None:
    assert output_schemas() == derived_schemas(), "python tests/server/mcp_server/announced.py derives them anew"


def test_building_the_server_imports_nothing_heavy() -> None:
    heavy = "{'numpy', 'jinja2', 'PIL', 'learning_core.index', 'learning_core.model.job'}"
    code = f"import sys, server.mcp.app; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
