"""Hostile texts in plans, drafts and profiles reach the model as quoted values too, by tool and as a resource."""

import json
import unicodedata
from typing import Any

import pytest
from drafted_library import AUTHOR, MODEL, PROFILE, SIDECAR, drafted_library
from hostile_strings import HOSTILE, MARK
from mcp.types import TextResourceContents
from mcp_client import connect, facts_of, text_of
from plan_factory import BASE, make_plan
from test_hostile_text import CODE_SPAN, HIDING, strings_in

from learning_core.drafts.draft import Evidence, Question, Request
from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.making import make_draft
from learning_core.drafts.targets import find_base
from learning_core.library import Library
from learning_core.plans.filing import file_plan
from learning_core.plans.learning_plan import PlanMetadata
from learning_core.plans.reference import reference_of
from learning_core.profiles.collection import collect
from learning_core.profiles.configured import model_folders

pytestmark = pytest.mark.anyio

TEXTS = [text.encode("utf-8", "replace").decode() for text in HOSTILE if len(text) <= 400][:40:2]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Library:
    root = tmp_path_factory.mktemp("hostile_files")
    library = drafted_library(root)
    sidecar = root / "models" / SIDECAR
    sidecar.write_text(json.dumps(PROFILE | {"tags": TEXTS, "x_notes": TEXTS}), encoding="utf-8")
    base = find_base(collect(model_folders(library.root)), MODEL)
    evidence = Evidence(question=Question(checkpoint=MODEL), strength="none", runs_observed=0, mean_rating=None)
    for number, text in enumerate(TEXTS):
        after = json.loads(json.dumps(base.content))
        after["recommended_presets"][0]["steps"] = 31 + number
        draft = make_draft(
            base, after, reason=text, evidence=evidence, request=Request(), author=AUTHOR, at=float(number)
        )
        DraftFolder(library.root).keep(draft)
        base_config = BASE.model_copy(update={"checkpoint": text, "negative_prompt": text})
        plan = make_plan(base_config, prompts=(text,), metadata=PlanMetadata(why=text, subject=text))
        file_plan(library, plan, now=1.0 + number, event_id=f"plan-{number}")
    return library


def assert_harmless(text: str, structured: Any = None) -> None:
    for string in (*text.split("\n"), *strings_in(structured)):
        assert not any(unicodedata.category(character) in HIDING for character in string)
    assert MARK not in CODE_SPAN.sub("", text)
    for line in CODE_SPAN.sub("", text).split("\n"):
        assert not line.startswith(("System:", "Assistant:", "## Heading"))


async def test_stored_text_of_plans_drafts_and_profiles_is_only_ever_quoted(hostile: Library) -> None:
    drafts = [draft.ref for draft in DraftFolder(hostile.root).all()]
    plans = [reference_of(path.parent.name) for path in (hostile.root / "plans").glob("*/plan.json")]
    calls = [
        *(("list_drafts", {"ref": ref}) for ref in drafts),
        *(("analyze_learning_plan", {"plan": ref}) for ref in plans),
        ("list_drafts", {"limit": 50}),
        ("analyze_learning_plan", {}),
        ("withdraw_draft", {"ref": drafts[0], "reason": TEXTS[0]}),
    ]
    uris = [f"whatworks://drafts/{drafts[1]}", f"whatworks://plans/{plans[0]}", f"whatworks://profiles/{MODEL}"]
    assert len(drafts) == len(plans) == len(TEXTS) == 20
    found = ""
    async with connect(hostile) as client:
        before = (await client.list_tools()).tools
        for tool, arguments in calls:
            result = await client.call_tool(tool, arguments)
            assert_harmless(text_of(result), facts_of(result))
            found += text_of(result)
        for uri in uris:
            (content,) = (await client.read_resource(uri)).contents
            assert isinstance(content, TextResourceContents)
            assert_harmless(content.text)
            found += content.text
        assert (await client.list_tools()).tools == before
    assert found.count(MARK) > 60
    assert "\\e[" in found
    assert "{{" in found
