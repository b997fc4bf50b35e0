"""Bad calls: one sentence that says what was wrong and what to do, and nothing about this machine."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from library_factory import make_library, rated_jobs
from mcp_client import connect, facts_of, text_of

import learning_core.answers.overview
from learning_core.errors import IndexUnavailable, LogNotWritable
from learning_core.index.folder import IndexFolder
from learning_core.library import Library

pytestmark = pytest.mark.anyio

BAD_CALLS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("search_records", {"limt": 3}, ["'limt'", "'limit'"]),
    ("search_records", {"limit": 0}, ["limit", "at least 1"]),
    ("search_records", {"limit": 999}, ["limit", "at most 50", "999"]),
    ("search_records", {"limit": "7"}, ["limit", "whole number"]),
    ("search_records", {"limit": 7.5}, ["limit", "whole number"]),
    ("search_records", {"limit": True}, ["limit", "whole number"]),
    ("search_records", {"limit": None}, ["limit", "whole number"]),
    ("search_records", {"sort": "beast"}, ["sort", "newest", "best"]),
    ("search_records", {"where": "smapler:Euler"}, ["'smapler'", "sampler"]),
    ("search_records", {"where": "sampler:eulr"}, ["sampler:eulr", "Euler a"]),
    ("search_records", {"where": "steps:many"}, ["steps:many", "character 1"]),
    ("search_records", {"where": 'beach "open'}, ["quote", "character"]),
    ("search_records", {"where": "x" * 501}, ["where", "at most 500"]),
    ("search_records", {"cursor": "not-ours"}, ["cursor", "without cursor"]),
    ("get_item", {}, ["refs", "missing"]),
    ("get_item", {"refs": []}, ["refs", "empty"]),
    ("get_item", {"refs": ["rec:0123456789abcdef"] * 6}, ["refs", "at most 5"]),
    ("get_item", {"refs": ["rec:0123456789abcdef"]}, ["rec:0123456789abcdef", "search_records"]),
    ("get_item", {"refs": "rec:0123456789abcdef"}, ["refs", "list"]),
    ("get_item", {"refs": ["../../etc/passwd"]}, ["search_records"]),
    ("get_item", {"refs": ["x" * 65]}, ["refs", "entry 1", "at most 64"]),
    ("get_item", {"refs": ["rec:0123456789abcdef"], "detail": "ful"}, ["detail", "full"]),
    ("what_works", {"subject": "x" * 10_000}, ["subject", "at most 500"]),
    ("what_works", {"subject": 5}, ["subject", "'beach'"]),
    ("what_works", {"subject": None}, ["subject", "'beach'"]),
    ("what_works", {"subject": [["beach", ""]]}, ["subject", "empty"]),
    ("what_works", {"subject": [["beach"]] * 7}, ["subject", "at most 6"]),
    ("what_works", {"by": "samplers"}, ["by", "sampler"]),
    ("what_works", {"limit": 21}, ["limit", "at most 20"]),
    ("what_works", {"where": "rating:>=4", "min_samples": 3}, ["'min_samples'", "subject"]),
    ("compare_settings", {"a": "steps:20"}, ["b", "missing"]),
    ("compare_settings", {"a": "", "b": "steps:20"}, ["a", "empty"]),
    ("compare_settings", {"a": "steps:20", "b": "smapler:Euler"}, ["'smapler'", "sampler"]),
    ("compare_settings", {"a": "steps:20", "b": "steps:30", "subject": 5}, ["subject", "lists of alternatives"]),
    ("draft_preset_update", {"target": "x", "reason": "y", "subject": [["beach"]]}, ["subject", "'beach,coast'"]),
    ("recommend_settings", {}, ["prompt", "missing"]),
    ("recommend_settings", {"prompt": "x" * 4_001}, ["prompt", "at most 4000"]),
    ("recommend_settings", {"prompt": "beach", "checkpoints": ["a"] * 51}, ["checkpoints", "at most 50"]),
    ("recommend_settings", {"prompt": "beach", "loras": [""]}, ["loras", "entry 1", "empty"]),
    ("summarize_trends", {"per": "weeks"}, ["per", "week"]),
    ("summarize_trends", {"limit": 201}, ["limit", "at most 200"]),
    ("summarize_trends", {"split_by": "chekpoint"}, ["'chekpoint'", "checkpoint"]),
    ("summarize_trends", {"split_by": "x" * 41}, ["split_by", "at most 40"]),
    ("library_overview", {"verbose": True}, ["'verbose'", "none"]),
    ("library_overveiw", {}, ["library_overview"]),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return make_library(tmp_path_factory.mktemp("asked"), rated_jobs())


@pytest.mark.parametrize(("tool", "arguments", "expected"), BAD_CALLS)
async def test_a_bad_call_gives_one_helpful_sentence(
    tool: str, arguments: dict[str, Any], expected: list[str], library: Library, era: str
) -> None:
    async with connect(library, era) as client:
        result = await client.call_tool(tool, arguments)
    assert result.is_error
    said = text_of(result)
    for part in expected:
        assert part in said
    assert "Traceback" not in said
    assert "pydantic" not in said
    assert "Error executing" not in said
    assert str(library.root) not in said
    assert str(library.cache) not in said
    assert len(said) <= 600
    assert said.endswith((".", "?", "`", ")"))
    assert "\n" not in said


async def test_a_cursor_of_another_question_is_refused(rated_library: Library) -> None:
    async with connect(rated_library) as client:
        page = facts_of(await client.call_tool("search_records", {"limit": 3}))
        cursor = page["next_cursor"]
        assert not (await client.call_tool("search_records", {"limit": 3, "cursor": cursor})).is_error
        result = await client.call_tool("search_records", {"sort": "best", "cursor": cursor})
    assert result.is_error
    assert "another filter or order" in text_of(result)


async def test_errors_of_the_index_and_the_log_name_no_folder(
    rated_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, log = rated_library.cache, rated_library.own_log
    for error in (
        IndexUnavailable(f"The index in {cache} cannot be written: no space. Free the disk."),
        IndexUnavailable(f"The index {cache / 'index-1.sqlite'} cannot be read; delete that file and ask again."),
        LogNotWritable(log, "no space"),
    ):

        def refuse(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(IndexFolder, "refresh", refuse)
        async with connect(rated_library) as client:
            result = await client.call_tool("library_overview", {})
        assert result.is_error
        assert str(rated_library.root.parent) not in text_of(result)
        assert "Internal error" not in text_of(result)


async def test_a_crash_gives_a_number_to_the_model_and_the_place_to_the_log(
    rated_library: Library, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_: object) -> None:
        prompt = "canary prompt"
        raise ZeroDivisionError(prompt)

    monkeypatch.setattr(learning_core.answers.overview, "library_overview", crash)
    async with connect(rated_library, era) as client:
        result = await client.call_tool("library_overview", {})
        still_serving = await client.call_tool("search_records", {})
    assert result.is_error
    said = text_of(result)
    assert said.startswith("Internal error ")
    assert "canary" not in said
    assert not still_serving.is_error

    log = rated_library.cache / "crashes.log"
    report = log.read_text()
    assert said.split()[2].rstrip(".") in report
    assert "ZeroDivisionError" in report
    assert "in crash" in report
    assert "library_overview" in report
    assert "canary prompt" not in report
    if os.name == "posix":
        assert stat.S_IMODE(log.stat().st_mode) == 0o600


async def test_a_crash_that_cannot_be_written_down_is_still_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = make_library(tmp_path, rated_jobs(3))

    def crash(_: object) -> None:
        (library.cache / "crashes.log").mkdir()
        raise KeyError

    monkeypatch.setattr(learning_core.answers.overview, "library_overview", crash)
    async with connect(library) as client:
        result = await client.call_tool("library_overview", {})
    assert text_of(result).startswith("Internal error ")
