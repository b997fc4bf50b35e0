"""Answers on plans and drafts stay small too, however many there are and however long, and say what they left out."""

import json
from pathlib import Path
from typing import Any

import pytest
from drafted_library import MODEL, PROFILE, SIDECAR, drafted_library
from mcp_client import connect, facts_of, text_of
from plan_factory import make_plan

from learning_core.drafts.draft import Author, Evidence, Question, Request
from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.making import make_draft
from learning_core.drafts.targets import find_base
from learning_core.library import Library
from learning_core.plans.filing import file_plan
from learning_core.plans.reference import reference_of
from learning_core.profiles.collection import collect
from learning_core.profiles.configured import model_folders
from server.mcp.bounded import LARGEST_BYTES, USUAL_BYTES

pytestmark = pytest.mark.anyio

EVIDENCE = Evidence(question=Question(checkpoint=MODEL), strength="none", runs_observed=0, mean_rating=None)
PLANS = 24
DRAFTS = 14
LONG = "a reason as people give them, " * 16


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return a library with more plans and drafts than fit, each of them long; the sidecar has 20 presets."""
    root = tmp_path_factory.mktemp("filled")
    library = drafted_library(root)
    presets = [PROFILE["recommended_presets"][0] | {"id": f"p{number}"} for number in range(20)]
    (root / "models" / SIDECAR).write_text(json.dumps(PROFILE | {"recommended_presets": presets}), encoding="utf-8")
    for number in range(PLANS):
        prompts = tuple(f"{number} prompt {each} {'p' * 150}" for each in range(20))
        plan = make_plan(prompts=prompts, variant_values=tuple(range(20, 28)))
        file_plan(library, plan, now=1.0 + number, event_id=f"plan-{number}")
    base = find_base(collect(model_folders(library.root)), MODEL)
    for number in range(DRAFTS):
        after = json.loads(json.dumps(base.content))
        for preset in after["recommended_presets"]:
            preset["steps"] = 31 + number
        author = Author(tool="draft_preset_update", client="a test")
        draft = make_draft(
            base, after, reason=LONG, evidence=EVIDENCE, request=Request(), author=author, at=float(number)
        )
        DraftFolder(library.root).keep(draft)
    return library


def larger_half(result: Any) -> int:
    return max(len(json.dumps(facts_of(result), ensure_ascii=False).encode()), len(text_of(result).encode()))


async def test_no_half_of_an_answer_on_plans_or_drafts_is_larger_than_its_limit(filled: Library) -> None:
    plan = reference_of(next((filled.root / "plans").glob("*/plan.json")).parent.name)
    draft = next(DraftFolder(filled.root).all()).ref
    made: dict[str, Any] = {"target": MODEL, "reason": LONG, "subject": "beach"}
    calls: tuple[tuple[str, dict[str, Any], int], ...] = (
        ("analyze_learning_plan", {}, USUAL_BYTES),
        ("analyze_learning_plan", {"plan": plan}, LARGEST_BYTES),
        ("propose_learning_plan", {}, USUAL_BYTES),
        ("propose_learning_plan", {"prompts": 60, "subject": "beach"}, USUAL_BYTES),
        ("list_drafts", {}, USUAL_BYTES),
        ("list_drafts", {"limit": 50}, LARGEST_BYTES),
        ("list_drafts", {"ref": draft}, LARGEST_BYTES),
        ("draft_preset_update", made, USUAL_BYTES),
        ("withdraw_draft", {"ref": draft, "reason": LONG}, USUAL_BYTES),
    )
    async with connect(filled) as client:
        for tool, arguments, limit in calls:
            result = await client.call_tool(tool, arguments)
            assert larger_half(result) <= limit, (tool, arguments)


async def test_what_is_left_out_of_plans_and_drafts_is_counted(filled: Library) -> None:
    async with connect(filled) as client:
        plans = facts_of(await client.call_tool("analyze_learning_plan", {}))
        draft = next(DraftFolder(filled.root).all()).ref
        whole = facts_of(await client.call_tool("list_drafts", {"ref": draft}))
        shown = facts_of(await client.call_tool("withdraw_draft", {"ref": draft, "reason": "too many"}))
    assert plans["shown"] == len(plans["plans"]) < plans["total"]
    assert any("plans are listed" in note for note in plans["notes"])
    assert 0 < len(shown["full"]["diff"]) < len(whole["full"]["diff"])
    assert any("lines of the diff are given; `whatworks review` shows all" in note for note in shown["notes"])


async def test_pages_of_drafts_that_shrink_to_fit_lose_none(filled: Library) -> None:
    seen: list[str] = []
    cursor = ""
    async with connect(filled) as client:
        while True:
            page = facts_of(await client.call_tool("list_drafts", {"cursor": cursor}))
            assert page["shown"] == len(page["items"])
            seen += [item["ref"] for item in page["items"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
    assert len(seen) == len(set(seen)) == page["total"] >= DRAFTS


async def test_a_folder_that_the_system_refuses_is_a_sentence(tmp_path: Path) -> None:
    library = drafted_library(tmp_path)
    for name in ("plans", "drafts"):
        (library.root / name).write_text("a file where a folder belongs", encoding="utf-8")
    async with connect(library) as client:
        for tool, arguments in (
            ("propose_learning_plan", {"parameter": "steps"}),
            ("draft_preset_update", {"target": MODEL, "reason": "beach images", "subject": "beach"}),
        ):
            refused = await client.call_tool(tool, arguments)
            assert refused.is_error, tool
            assert "Internal error" not in text_of(refused)
            assert str(tmp_path) not in text_of(refused)
            assert "was not written" in text_of(refused) or "refuses a file" in text_of(refused)
