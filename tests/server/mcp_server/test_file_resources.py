"""Plans, drafts and profiles as resources: what the tools say, completed from the library, and told of when decided."""

import json
from pathlib import Path
from typing import Any

import anyio
import pytest
from decisions import approve
from drafted_library import MODEL, SIDECAR, drafted_library, propose
from mcp import Client
from mcp.client.subscriptions import ResourceUpdated
from mcp.types import PromptReference, ResourceTemplateReference, TextResourceContents
from mcp_client import connect, facts_of, process_of, text_of

from learning_core.library import Library
from server.mcp.hiding import HIDDEN, HideList

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return drafted_library(tmp_path_factory.mktemp("files"))


async def read(client: Client, uri: str) -> str:
    (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    assert content.mime_type == "text/markdown"
    return content.text


async def complete(library: Library, ref: Any, name: str, begun: str) -> list[str]:
    async with connect(library) as client:
        return list((await client.complete(ref, {"name": name, "value": begun})).completion.values)


async def test_a_plan_and_a_draft_say_what_their_tools_say(library: Library, era: str) -> None:
    async with connect(library, era) as client:
        proposed = facts_of(await client.call_tool("propose_learning_plan", {"parameter": "steps"}))
        told = await client.call_tool("analyze_learning_plan", {"plan": proposed["ref"]})
        assert await read(client, f"whatworks://plans/{proposed['ref']}") == text_of(told)
        draft = propose(library)
        shown = await client.call_tool("list_drafts", {"ref": draft.ref})
        page = await read(client, f"whatworks://drafts/{draft.ref}")
    assert page == text_of(shown)
    assert "DPM++ 2M" in page
    assert "pending" in page


async def test_a_profile_is_told_without_its_folder(library: Library, era: str) -> None:
    async with connect(library, era) as client:
        page = await read(client, f"whatworks://profiles/{MODEL}")
    for words in ("Suggested preset: `p1`", SIDECAR, "x_user_note", "keep me", "no evidence"):
        assert words in page
    assert str(library.root.parent) not in page


async def test_lines_of_a_profile_are_hidden_where_prompts_are(library: Library) -> None:
    async with connect(library, hide_list=HideList(all_prompts=True)) as client:
        page = await read(client, f"whatworks://profiles/{MODEL}")
    assert "keep me" not in page
    assert HIDDEN in page


async def test_a_large_profile_is_cut_and_says_so(tmp_path: Path) -> None:
    library = drafted_library(tmp_path)
    sidecar = tmp_path / "models" / SIDECAR
    content = json.loads(sidecar.read_text()) | {"x_notes": [f"note {number} " * 30 for number in range(1_000)]}
    sidecar.write_text(json.dumps(content), encoding="utf-8")
    async with connect(library) as client:
        page = await read(client, f"whatworks://profiles/{MODEL}")
    assert len(page.encode()) <= 20_000
    assert "`whatworks profiles show` shows all" in page


async def test_references_and_names_complete(library: Library) -> None:
    draft = propose(library)
    drafts = ResourceTemplateReference(uri="whatworks://drafts/{ref}")
    assert draft.ref in await complete(library, drafts, "ref", "draft:")
    assert await complete(library, drafts, "ref", "plan:") == []
    async with connect(library) as client:
        proposed = facts_of(await client.call_tool("propose_learning_plan", {"parameter": "cfg_scale"}))
    plans = ResourceTemplateReference(uri="whatworks://plans/{ref}")
    assert proposed["ref"] in await complete(library, plans, "ref", proposed["ref"][:9])
    profiles = ResourceTemplateReference(uri="whatworks://profiles/{name}")
    assert await complete(library, profiles, "name", "coast") == [MODEL]
    assert await complete(library, PromptReference(name="improve_preset"), "profile", "coast") == [MODEL]


async def test_a_client_that_listens_is_told_when_another_process_decides(tmp_path: Path) -> None:
    library = drafted_library(tmp_path)
    draft = propose(library)
    uri = f"whatworks://drafts/{draft.ref}"
    async with Client(process_of(library)) as client, client.listen(resource_subscriptions=[uri]) as events:
        approve(library, draft)
        with anyio.fail_after(60):
            assert await anext(aiter(events)) == ResourceUpdated(uri=uri)
        assert "applied" in await read(client, uri)
