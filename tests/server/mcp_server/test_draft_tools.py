"""Drafts through a real client: they wait for a person, sidecars stay as they are, and no tool decides."""

from pathlib import Path
from typing import Any

import pytest
from decisions import approve
from drafted_library import MODEL, SIDECAR, drafted_library, propose
from mcp import Client
from mcp.types import ElicitResult
from mcp_client import NOON, connect, facts_of, process_of, text_of

from server.mcp.app import build_server
from server.mcp.hiding import HIDDEN, HideList

pytestmark = pytest.mark.anyio

LEADS: dict[str, Any] = {"target": MODEL, "reason": "beach images", "subject": "beach"}


async def test_a_draft_waits_for_a_person_and_the_sidecar_stays_over_real_pipes(tmp_path: Path) -> None:
    library = drafted_library(tmp_path)
    sidecar = tmp_path / "models" / SIDECAR
    before = sidecar.read_bytes()
    async with Client(process_of(library)) as client:
        made = facts_of(await client.call_tool("draft_preset_update", LEADS))
        again = facts_of(await client.call_tool("draft_preset_update", LEADS))
        (line,) = made["items"]
        assert line == again["items"][0]
        assert line["status"] == "pending"
        assert line["author"].startswith("draft_preset_update (")
        assert len(line["author"]) > len("draft_preset_update ()")
        assert any("DPM++ 2M" in each for each in made["full"]["diff"])
        listed = facts_of(await client.call_tool("list_drafts", {"status": "pending"}))
        assert ([each["ref"] for each in listed["items"]], listed["full"]) == ([line["ref"]], None)
        shown = facts_of(await client.call_tool("list_drafts", {"ref": line["ref"]}))
        assert shown == made
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert not {word for name in names for word in name.split("_")} & {"approve", "apply", "decide", "reject"}
        taken = facts_of(await client.call_tool("withdraw_draft", {"ref": line["ref"], "reason": "a second look"}))
        twice = facts_of(await client.call_tool("withdraw_draft", {"ref": line["ref"], "reason": "a second look"}))
    assert taken == twice
    assert taken["items"][0]["status"] == "withdrawn"
    assert sidecar.read_bytes() == before


async def test_a_claim_that_is_not_carried_gives_the_figures(tmp_path: Path, era: str) -> None:
    library = drafted_library(tmp_path)
    async with connect(library, era) as client:
        refused = await client.call_tool("draft_preset_update", {**LEADS, "subject": "", "changes": ["steps=50"]})
        wrong = await client.call_tool("draft_preset_update", {**LEADS, "changes": ["steps"]})
    assert refused.is_error
    assert "Judged are 30: 44 of 72 good, 61 % expected" in text_of(refused)
    assert wrong.is_error
    assert "FIELD=VALUE" in text_of(wrong)
    assert not list((library.root / "drafts").glob("*.json"))


async def test_errors_name_no_folder_of_the_models(tmp_path: Path) -> None:
    library = drafted_library(tmp_path)
    (tmp_path / "models" / SIDECAR).write_text("{", encoding="utf-8")
    async with connect(library) as client:
        broken = await client.call_tool("draft_preset_update", LEADS)
        (library.root / "model_folders.json").write_text("[", encoding="utf-8")
        unreadable = await client.call_tool("list_drafts", {})
    assert broken.is_error
    for result in (broken, unreadable):
        assert str(tmp_path) not in text_of(result)
    assert SIDECAR in text_of(broken)


async def test_hidden_words_and_lines_of_files_are_left_out(tmp_path: Path) -> None:
    library = drafted_library(tmp_path)
    async with connect(library, hide_list=HideList(all_prompts=True, words=("beach",))) as client:
        made = facts_of(await client.call_tool("draft_preset_update", LEADS))
    assert set(made["full"]["diff"]) == {HIDDEN}
    assert "beach" not in str(made)


@pytest.mark.parametrize("ref", ["draft:0123456789abcdef", "rec:0123456789abcdef", "../x"])
async def test_what_is_no_draft_is_a_sentence(ref: str, tmp_path: Path) -> None:
    async with connect(drafted_library(tmp_path)) as client:
        for tool, arguments in (("list_drafts", {"ref": ref}), ("withdraw_draft", {"ref": ref, "reason": "x"})):
            result = await client.call_tool(tool, arguments)
            assert result.is_error
            assert "No draft" in text_of(result)


async def test_a_client_that_accepts_everything_decides_nothing(tmp_path: Path, era: str) -> None:
    library = drafted_library(tmp_path)
    sidecar = tmp_path / "models" / SIDECAR
    before = sidecar.read_bytes()
    asked: list[object] = []

    async def accept(_: object, params: object) -> ElicitResult:
        asked.append(params)
        return ElicitResult(action="accept", content={"approve": True})

    server = build_server(library, now=lambda: NOON)
    async with Client(server, mode=era, elicitation_callback=accept) as client:
        (line,) = facts_of(await client.call_tool("draft_preset_update", LEADS))["items"]
        (seen,) = facts_of(await client.call_tool("list_drafts", {"ref": line["ref"]}))["items"]
    assert seen["status"] == "pending"
    assert asked == []
    assert sidecar.read_bytes() == before


async def test_what_was_decided_is_not_withdrawn(tmp_path: Path, era: str) -> None:
    library = drafted_library(tmp_path)
    approve(library, propose(library))
    async with connect(library, era) as client:
        (line,) = facts_of(await client.call_tool("list_drafts", {"status": "applied"}))["items"]
        result = await client.call_tool("withdraw_draft", {"ref": line["ref"], "reason": "a second look"})
    assert result.is_error
    assert "cannot be withdrawn any more: it is applied" in text_of(result)
