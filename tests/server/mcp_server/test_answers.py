"""Each tool through the protocol: valid against its schema, and the same facts in both halves."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from library_factory import make_job, make_library, note, rated_jobs, rating, reference, selection, tagging
from mcp_client import connect, facts_of, text_of

from learning_core.library import Library

pytestmark = pytest.mark.anyio

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
REFERENCE = re.compile(r"rec:[0-9a-f]{16}")
WORDED = {"95"}
"""Numbers that a template says itself: the width of the interval, which the schema says on the other side."""

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("library_overview", {}),
    ("what_works", {}),
    ("what_works", {"subject": "beach"}),
    ("what_works", {"subject": [["beach", "seaside"], ["detailed"]], "by": "sampler", "limit": 20}),
    ("what_works", {"subject": "zeppelin"}),
    ("what_works", {"where": "rating:>=4 steps:20..30", "by": "steps"}),
    ("what_works", {"subject": [["beach"]], "match": "semantic", "exclude": ["fog"]}),
    ("search_records", {}),
    ("search_records", {"where": 'sampler:"DPM++ 2M" -tag:favourite', "sort": "best", "limit": 3}),
    ("search_records", {"where": "zeppelin"}),
    ("search_records", {"sort": "slowest", "limit": 50}),
    ("get_item", {"refs": [reference(make_job(0))]}),
    ("compare_settings", {"a": 'sampler:"DPM++ 2M"', "b": "sampler:UniPC"}),
    ("compare_settings", {"a": "steps:20", "b": "steps:>20", "subject": "beach,seaside", "where": "stage:txt2img"}),
    ("compare_settings", {"a": "zeppelin", "b": "steps:>=20"}),
    ("recommend_settings", {"prompt": "a beach at dawn, detailed"}),
    ("recommend_settings", {"prompt": "", "checkpoints": ["realvisxlV50", "nobody"], "loras": ["film"]}),
    ("recommend_settings", {"prompt": "zeppelin", "where": "steps:20"}),
    ("summarize_trends", {}),
    ("summarize_trends", {"per": "day", "split_by": "sampler", "limit": 200}),
    ("summarize_trends", {"subject": "beach,seaside", "per": "month", "where": "steps:>=20"}),
    ("summarize_trends", {"subject": "zeppelin"}),
    ("propose_learning_plan", {"subject": "beach", "parameter": "steps"}),
    ("analyze_learning_plan", {}),
    ("list_drafts", {}),
    ("get_item", {"refs": [reference(make_job(number)) for number in range(5)], "detail": "full"}),
]


EMPTY_CALLS: list[tuple[str, dict[str, Any]]] = [
    ("library_overview", {}),
    ("what_works", {}),
    ("search_records", {}),
    ("compare_settings", {"a": "steps:20", "b": "steps:30"}),
    ("recommend_settings", {"prompt": "a beach"}),
    ("summarize_trends", {}),
    ("analyze_learning_plan", {}),
    ("list_drafts", {}),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    more = make_job(900, hires_enabled=True, model="model with | pipe.safetensors [0123abcd]", clip_skip=2)
    said: list[Any] = [
        more,
        rating(more, 4),
        selection(more, "selected"),
        tagging(more, "sea side"),
        note(more, "keep\nthis"),
    ]
    return make_library(tmp_path_factory.mktemp("answers"), [*rated_jobs(), *said])


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)
    else:
        yield value


def numbers_of(value: Any) -> set[str]:
    found: set[str] = set()
    for leaf in leaves(value):
        if isinstance(leaf, str):
            found |= set(NUMBER.findall(leaf))
        elif isinstance(leaf, int | float) and not isinstance(leaf, bool):
            found.add(json.dumps(leaf))
    return found


def references_of(value: Any) -> set[str]:
    return {ref for leaf in leaves(value) if isinstance(leaf, str) for ref in REFERENCE.findall(leaf)}


@pytest.mark.parametrize(("tool", "arguments"), CALLS)
async def test_both_halves_hold_the_same_facts(
    tool: str, arguments: dict[str, Any], library: Library, era: str
) -> None:
    async with connect(library, era) as client:
        schemas = {each.name: each.output_schema for each in (await client.list_tools()).tools}
        result = await client.call_tool(tool, arguments)
    structured, text = facts_of(result), text_of(result)
    Draft202012Validator(schemas[tool]).validate(structured)

    assert numbers_of(structured) <= set(NUMBER.findall(text))
    assert set(NUMBER.findall(text)) - WORDED <= numbers_of(structured)
    assert references_of(structured) == set(REFERENCE.findall(text))
    assert text.splitlines()[0] == structured["summary"]
    assert text.splitlines()[-1] == f"Next: {structured['next']}"
    for remark in structured["notes"]:
        assert f"- {remark}" in text.splitlines()


async def test_seeds_are_texts_and_exact(library: Library, era: str) -> None:
    async with connect(library, era) as client:
        item = facts_of(await client.call_tool("get_item", {"refs": [reference(make_job(5))]}))["items"][0]
    assert item["settings"]["seed"] == str(2**53 + 5)


async def test_a_table_survives_a_name_with_a_pipe(library: Library) -> None:
    async with connect(library) as client:
        text = text_of(await client.call_tool("what_works", {"by": "checkpoint", "limit": 20}))
    (row,) = [line for line in text.splitlines() if "pipe" in line and line.startswith("|")]
    header = next(line for line in text.splitlines() if line.startswith("| setting"))
    assert row.replace("\\|", "").count("|") == header.count("|")


async def test_new_records_are_seen_by_the_next_call(rated_library: Library, era: str) -> None:
    async with connect(rated_library, era) as client:
        before = facts_of(await client.call_tool("library_overview", {}))["jobs"]
        rated_library.append([make_job(901), make_job(902)], durable=False)
        after = facts_of(await client.call_tool("library_overview", {}))["jobs"]
    assert after == before + 2


async def test_an_empty_library_says_what_to_do(tmp_path: Path, era: str) -> None:
    async with connect(make_library(tmp_path), era) as client:
        for tool, arguments in EMPTY_CALLS:
            structured = facts_of(await client.call_tool(tool, arguments))
            assert structured["summary"]
            assert structured["next"]


async def test_the_first_indexing_reports_progress(rated_library: Library, era: str) -> None:
    reports: list[tuple[float, float | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        assert message
        reports.append((progress, total))

    async with connect(rated_library, era) as client:
        await client.call_tool("library_overview", {}, progress_callback=hear)
        assert reports
        assert reports == sorted(set(reports))
        assert reports[-1][0] == reports[-1][1]
        heard = len(reports)
        await client.call_tool("library_overview", {}, progress_callback=hear)
    assert len(reports) == heard
