"""Answers stay small in a library that is made to be large, and say what they left out."""

import json
from pathlib import Path
from typing import Any

import pytest
from library_factory import START, make_job, make_library, note, rated_jobs, rating, reference, selection, tagging
from mcp_client import connect, facts_of, text_of

from learning_core.library import Library
from learning_core.model.generation import LoraUse
from server.mcp.bounded import LARGEST_BYTES, USUAL_BYTES
from server.mcp.settings_tools import VALUES_AT_ONCE

pytestmark = pytest.mark.anyio

DAY = 86_400.0
WORDS = "golden hour over the harbour, fishing boats, nets drying, gulls, wet planks, "
SUBJECT = [[f"{word} {'x' * 80} {number}" for number in range(12)] for word in "abcdef"]
NAMES = [f"{number} {'y' * 190}" for number in range(50)]
REFS = [reference(make_job(number)) for number in range(5)]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Library:
    events: list[Any] = []
    for number in range(160):
        job = make_job(
            number,
            timestamp_start=START + DAY * number,
            timestamp_end=START + DAY * number + 12,
            prompt_positive=WORDS * 65 + f"take {number}",
            prompt_negative=WORDS * 65,
            model=f"a checkpoint with a name as people make them, merged and merged again, number {number % 40}",
            sampler=f"an experimental sampler of somebody's own extension, version {number % 30}",
            loras=[LoraUse(name=f"lora for style and detail {number % 35} {each}", weight=0.5) for each in range(12)],
            steps=10 + number % 45,
            output_paths=[f"/pictures/of/a/deep/folder/{'d' * 150}/{number}-{each}.png" for each in range(40)],
        )
        events += [job, rating(job, 1 + number % 5), selection(job, "selected" if number % 3 else "rejected")]
        events += [
            tagging(job, *(f"tag number {each} {'t' * 70}" for each in range(30))),
            note(job, "note " * 1_500),
        ]
    return make_library(tmp_path_factory.mktemp("large"), events)


def larger_half(structured: dict[str, Any], text: str) -> int:
    compact = json.dumps(structured, ensure_ascii=False, separators=(",", ":"))
    return max(len(compact.encode()), len(text.encode()))


@pytest.mark.parametrize(
    ("tool", "arguments", "limit"),
    [
        ("library_overview", {}, USUAL_BYTES),
        ("what_works", {}, USUAL_BYTES),
        ("what_works", {"subject": "harbour"}, USUAL_BYTES),
        ("what_works", {"limit": 20}, LARGEST_BYTES),
        ("what_works", {"by": "checkpoint", "limit": 20}, LARGEST_BYTES),
        ("what_works", {"subject": SUBJECT}, LARGEST_BYTES),
        ("what_works", {"subject": SUBJECT, "limit": 20, "where": "rating:>=2"}, LARGEST_BYTES),
        ("compare_settings", {"a": "steps:<30", "b": "steps:>=30"}, USUAL_BYTES),
        ("compare_settings", {"a": "rating:>=3 " + "harbour " * 20, "b": "rating:<3"}, USUAL_BYTES),
        ("recommend_settings", {"prompt": WORDS * 20}, USUAL_BYTES),
        ("recommend_settings", {"prompt": WORDS, "checkpoints": ["n" * 200] * 50, "loras": NAMES}, USUAL_BYTES),
        ("summarize_trends", {"per": "day"}, USUAL_BYTES),
        ("summarize_trends", {"per": "day", "limit": 200, "split_by": "lora"}, LARGEST_BYTES),
        ("search_records", {}, USUAL_BYTES),
        ("search_records", {"limit": 50}, LARGEST_BYTES),
        ("get_item", {"refs": REFS[:1]}, USUAL_BYTES),
        ("get_item", {"refs": REFS}, LARGEST_BYTES),
        ("get_item", {"refs": REFS[:1], "detail": "full"}, LARGEST_BYTES),
        ("get_item", {"refs": REFS, "detail": "full"}, LARGEST_BYTES),
    ],
)
async def test_no_half_is_larger_than_its_limit(
    tool: str, arguments: dict[str, Any], limit: int, large: Library, era: str
) -> None:
    async with connect(large, era) as client:
        result = await client.call_tool(tool, arguments)
    assert larger_half(facts_of(result), text_of(result)) <= limit


async def test_a_text_that_grows_by_being_quoted_is_bounded_too(tmp_path: Path) -> None:
    jobs = [make_job(number, prompt_positive="`" * 155 + f" {number}") for number in range(50)]
    async with connect(make_library(tmp_path, jobs)) as client:
        for limit, most in ((10, USUAL_BYTES), (50, LARGEST_BYTES)):
            result = await client.call_tool("search_records", {"limit": limit})
            assert len(json.dumps(facts_of(result))) < len(text_of(result).encode()) <= most


async def test_rows_left_out_are_counted_and_announced(large: Library) -> None:
    async with connect(large) as client:
        structured = facts_of(await client.call_tool("what_works", {"limit": 20}))
    assert any(note.startswith("Shortened to fit") for note in structured["notes"])
    for parameter in structured["parameters"]:
        assert parameter["shown"] == len(parameter["ranked"])
        assert parameter["total"] >= parameter["shown"]
    assert len(structured["parameters"]) == 7


async def test_the_usual_answer_about_all_parameters_is_made_brief_rather_than_cut(tmp_path: Path) -> None:
    async with connect(make_library(tmp_path, rated_jobs(240))) as client:
        usual = facts_of(await client.call_tool("what_works", {}))
        more = facts_of(await client.call_tool("what_works", {"limit": 4}))
    assert [note.partition(":")[0] for note in usual["notes"] if " brief" in note or " fit" in note] == ["In brief"]
    assert not any(note.startswith("In brief") for note in more["notes"])
    assert sum(each["shown"] for each in usual["parameters"]) <= VALUES_AT_ONCE
    assert [each["by"] for each in usual["parameters"]] == [each["by"] for each in more["parameters"]]


async def test_what_is_left_out_of_the_newer_answers_is_counted(large: Library) -> None:
    async with connect(large) as client:
        recommended = facts_of(await client.call_tool("recommend_settings", {"prompt": WORDS}))
        trends = facts_of(await client.call_tool("summarize_trends", {"per": "day", "split_by": "lora", "limit": 200}))
    for answer in (recommended, trends):
        assert any(note.startswith("Shortened to fit") for note in answer["notes"])
    for advice in (recommended["checkpoint"], recommended["lora"], *recommended["preset"]):
        assert advice["shown"] == len(advice["candidates"]) <= advice["total"]
    assert trends["shown"] == len(trends["periods"])
    assert sum(group["total"]["jobs"] for group in trends["groups"]) == trends["total"]["jobs"]


async def test_a_cursor_stays_good_while_records_are_appended(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(number) for number in range(6)])
    async with connect(library) as client:
        first = facts_of(await client.call_tool("search_records", {"limit": 3}))
        library.append([make_job(number) for number in range(6, 9)], durable=False)
        arguments = {"limit": 3, "cursor": first["next_cursor"]}
        second = facts_of(await client.call_tool("search_records", arguments))
    seen = [item["ref"] for page in (first, second) for item in page["items"]]
    assert seen == [reference(make_job(number)) for number in (5, 4, 3, 2, 1, 0)]


async def test_pages_that_shrink_to_fit_lose_no_record(large: Library) -> None:
    seen: list[str] = []
    cursor = ""
    async with connect(large) as client:
        while True:
            page = facts_of(await client.call_tool("search_records", {"limit": 50, "cursor": cursor}))
            assert page["shown"] == len(page["items"]) < 50
            assert page["total"] == 160
            seen += [item["ref"] for item in page["items"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
    assert len(seen) == len(set(seen)) == 160


async def test_cut_texts_are_named(large: Library) -> None:
    async with connect(large) as client:
        items = facts_of(await client.call_tool("get_item", {"refs": REFS}))["items"]
    for item in items:
        assert item["positive_prompt"].endswith("…")
        assert {"positive_prompt", "note"} <= {entry.partition(" ")[0] for entry in item["truncated"]}
        assert item["settings"]["seed"]


async def test_a_full_record_shows_a_long_prompt(large: Library) -> None:
    async with connect(large) as client:
        (item,) = facts_of(await client.call_tool("get_item", {"refs": REFS[:1], "detail": "full"}))["items"]
    assert len(item["positive_prompt"]) >= 2_000


async def test_endless_names_are_cut_and_fit(tmp_path: Path) -> None:
    events: list[Any] = []
    for number in range(8):
        name = f"{number} " + "endless " * 5_000
        job = make_job(number, model=name, sampler=name, scheduler=name, vae=name, source_tool=name)
        events += [job, rating(job, 5), note(job, "é\u202e" * 4_000)]
    async with connect(make_library(tmp_path, events)) as client:
        for tool, arguments in (
            ("library_overview", {}),
            ("what_works", {"limit": 20}),
            ("search_records", {"limit": 50}),
            ("get_item", {"refs": REFS, "detail": "full"}),
        ):
            result = await client.call_tool(tool, arguments)
            assert larger_half(facts_of(result), text_of(result)) <= LARGEST_BYTES, tool
