import json
import re
import subprocess
import sys
from typing import Any

import pytest
from mcp.types import Tool
from mcp_client import connect

from learning_core.library import Library
from server.mcp.strict import without_titles

pytestmark = pytest.mark.anyio


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


async def test_there_are_four_reading_tools(rated_library: Library, era: str) -> None:
    tools = await announced(rated_library, era)
    assert [tool.name for tool in tools] == ["what_works", "search_records", "get_item", "library_overview"]
    for tool in tools:
        assert tool.annotations is not None
        hints = tool.annotations.model_dump(exclude={"title"})
        assert hints == {
            "read_only_hint": True, "destructive_hint": False, "idempotent_hint": True, "open_world_hint": False,
        }  # fmt: skip
        assert tool.output_schema is not None


async def test_the_list_of_tools_costs_at_most_2500_tokens(rated_library: Library) -> None:
    total = 0
    for tool in await announced(rated_library, "auto"):
        assert tool.description is not None
        assert len(tool.description) <= 350 * 4
        total += len(tool.name) + len(tool.description) + len(json.dumps(tool.input_schema))
    assert total / 4 <= 2_500


async def test_every_argument_is_described_with_an_example_and_bounded(rated_library: Library) -> None:
    for tool in await announced(rated_library, "auto"):
        assert tool.input_schema["additionalProperties"] is False
        for name, argument in tool.input_schema["properties"].items():
            assert re.search(r"e\.g\.|'|\d", argument["description"], re.IGNORECASE), (tool.name, name)
        for schema in schemas_in(tool.input_schema):
            kind = schema.get("type")
            assert kind != "null"
            if kind == "integer":
                assert {"minimum", "maximum"} <= schema.keys()
            elif kind == "string":
                assert "maxLength" in schema or "enum" in schema
            elif kind == "array":
                assert "maxItems" in schema


async def test_schemas_carry_no_generated_titles(rated_library: Library) -> None:
    for tool in await announced(rated_library, "auto"):
        for schema in [*schemas_in(tool.input_schema), *schemas_in(tool.output_schema)]:
            assert not isinstance(schema.get("title"), str)


def test_a_property_named_title_survives() -> None:
    schema = {"title": "Answer", "properties": {"title": {"type": "string", "title": "Title"}}}
    assert without_titles(schema) == {"properties": {"title": {"type": "string"}}}


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("which sampler is best", "what_works"),
        ("which samplers do well", "what_works"),
        ("lora recommendation", "what_works"),
        ("recommend loras for portraits", "what_works"),
        ("advice on steps and cfg for comfyui", "what_works"),
        ("a1111 settings that work for beach images", "what_works"),
        ("show my favourite images", "search_records"),
        ("find rejected images", "search_records"),
        ("exact prompt and seed of this image", "get_item"),
        ("which checkpoints do i use", "library_overview"),
        ("how many images have i rated", "library_overview"),
    ],
)
async def test_plain_questions_share_words_with_the_right_tool(
    question: str, tool: str, rated_library: Library
) -> None:
    asked = set(re.findall(r"[a-z0-9]+", question)) - {
        "which",
        "is",
        "for",
        "the",
        "my",
        "of",
        "and",
        "on",
        "a",
    }
    scores = {
        each.name: len(asked & set(re.findall(r"[a-z0-9]+", f"{each.name} {each.title} {each.description}".lower())))
        for each in await announced(rated_library, "auto")
    }
    assert sorted(scores, key=lambda name: -scores[name]).index(tool) < 3
    assert scores[tool] >= 1


def test_building_the_server_imports_nothing_heavy() -> None:
    heavy = "{'numpy', 'jinja2', 'PIL', 'learning_core.index'}"
    code = f"import sys, server.mcp.app; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
