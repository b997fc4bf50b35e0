"""A transcript through MCP: an assistant's alternatives find beach evidence, with and without near terms."""

from pathlib import Path
from typing import Any

import pytest
from drafted_library import drafted_library
from invented_table import widened_library
from mcp_client import connect, facts_of, text_of

pytestmark = pytest.mark.anyio

FACETS = [["beach", "seaside"], ["dusk", "twilight"]]
PROMPTS = ("beach, dusk", "seaside, twilight", "shore, nightfall", "bench, dusk", "peach, twilight", "coast, noon")


async def test_alternatives_find_beach_evidence_with_and_without_near_terms(tmp_path: Path, era: str) -> None:
    library = widened_library(tmp_path, PROMPTS)
    asked: dict[str, Any] = {"subject": FACETS, "by": "sampler"}
    async with connect(library, era) as client:
        told = await client.call_tool("what_works", asked)
        widened = await client.call_tool("what_works", asked | {"match": "semantic"})
        fewer = await client.call_tool("what_works", asked | {"match": "semantic", "exclude": ["shore"]})
    by_words, semantic = facts_of(told), facts_of(widened)
    assert by_words["matched"]["jobs"] == 6
    assert {each["term"]: each["records"] for each in by_words["terms"]} == {
        "beach": 3, "seaside": 3, "dusk": 3, "twilight": 3,
    }  # fmt: skip
    assert by_words["widened"] is None
    assert (semantic["matched"], semantic["parameters"]) == (by_words["matched"], by_words["parameters"])
    assert semantic["widened"]["matched"]["jobs"] == 9
    assert {each["term"] for each in semantic["terms"] if each["how"] == "semantic"} == {"shore", "nightfall"}
    assert "| `shore` | semantic |" in text_of(widened)
    assert "Related, not counted: `coast`" in text_of(widened)
    assert facts_of(fewer)["widened"] is None
    assert not {"bench", "peach"} & {each["term"] for each in semantic["terms"]}


async def test_a_server_without_term_vectors_answers_and_says_so(tmp_path: Path, era: str) -> None:
    library = widened_library(tmp_path, PROMPTS)
    for path in library.matching.cache.rglob("*"):
        if path.is_file():
            path.unlink()
    async with connect(library, era) as client:
        answer = facts_of(await client.call_tool("what_works", {"subject": FACETS, "match": "semantic"}))
        wrong = await client.call_tool("what_works", {"subject": "beach", "match": "stemmed"})
        many = await client.call_tool("what_works", {"subject": [[f"w{n}" for n in range(10_000)]]})
    assert answer["matched"]["jobs"] == 6
    assert any("whatworks embed" in note and "no term vectors" in note for note in answer["notes"])
    assert wrong.is_error
    assert "must be one of" in text_of(wrong)
    assert many.is_error
    assert "at most 12 entries" in text_of(many)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("compare_settings", {"a": "steps:<25", "b": "steps:>=25"}), ("summarize_trends", {"per": "month"})],
)
async def test_every_tool_with_a_subject_takes_alternatives_and_leaves_out(
    tool: str, arguments: dict[str, Any], tmp_path: Path, era: str
) -> None:
    library = widened_library(tmp_path, PROMPTS)
    async with connect(library, era) as client:
        lists = await client.call_tool(tool, {**arguments, "subject": FACETS, "match": "exact", "exclude": ["seaside"]})
        written = {"subject": "beach,seaside dusk,twilight", "match": "exact", "exclude": ["seaside"]}
        text = await client.call_tool(tool, arguments | written)
        semantic = await client.call_tool(tool, arguments | {"match": "semantic"})
    facts = facts_of(lists)
    assert facts == facts_of(text)
    assert (facts["subject"], facts["exclude"]) == (FACETS, ["seaside"])
    assert {each["term"]: each["records"] for each in facts["terms"]}["seaside"] == 0
    assert "without `seaside`" in text_of(lists)
    assert semantic.is_error
    assert "must be one of exact, words" in text_of(semantic)


async def test_a_plan_is_proposed_for_alternatives(tmp_path: Path) -> None:
    async with connect(drafted_library(tmp_path)) as client:
        made = facts_of(await client.call_tool("propose_learning_plan", {"subject": [["coast", "beach"]]}))
        same = facts_of(await client.call_tool("propose_learning_plan", {"subject": "coast,beach"}))
    assert made["ref"] == same["ref"]
    assert not same["is_new"]
