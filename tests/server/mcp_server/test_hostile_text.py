"""Whatever stands in prompts, tags, notes and names reaches the model as a quoted value and does nothing."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hostile_strings import HOSTILE, MARK
from library_factory import make_job, make_library, note, rating, reference, tagging
from mcp.shared.exceptions import MCPError
from mcp_client import connect, facts_of, text_of

from learning_core.library import Library
from learning_core.model.generation import LoraUse
from learning_core.model.judgement import Feedback

pytestmark = pytest.mark.anyio

HIDING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
CODE_SPAN = re.compile(r"`[^`\n]*`")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Library:
    events: list[Any] = []
    for number, text in enumerate(HOSTILE):
        job = make_job(
            number,
            prompt_positive=text,
            prompt_negative=text,
            output_paths=[text[:200]],
            vae=text[:300],
            model=text[:300],
            sampler=text[:300],
            scheduler=text[:300],
            stage=text[:100],
            source_tool=text[:300],
            loras=[LoraUse(name=text[:300], weight=1.0)],
        )
        events += [job, rating(job, 5), tagging(job, text[:100]), note(job, text[:8_000])]
        events.append(Feedback(event_id=f"said:{number}", job_id=job.job_id, text=text[:8_000]))
    return make_library(tmp_path_factory.mktemp("hostile"), events)


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from strings_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings_in(part)


def calls() -> list[tuple[str, dict[str, Any]]]:
    refs = [reference(make_job(number)) for number in range(len(HOSTILE))]
    pages: list[tuple[str, dict[str, Any]]] = [
        ("get_item", {"refs": refs[start : start + 5], "detail": ("full", "concise")[start // 5 % 2]})
        for start in range(0, len(refs), 5)
    ]
    return [
        *pages,
        ("library_overview", {}),
        ("search_records", {"limit": 50}),
        ("search_records", {"sort": "best", "limit": 50}),
        *[("what_works", {"by": by, "limit": 20}) for by in ("lora", "vae", "checkpoint", "sampler", "scheduler")],
        ("what_works", {}),
        ("recommend_settings", {"prompt": f"{MARK} beach"}),
        ("compare_settings", {"a": "seed:<9007199254741020", "b": "seed:>=9007199254741020"}),
        *[("summarize_trends", {"per": "day", "split_by": by}) for by in ("lora", "checkpoint", "source")],
    ]


def test_the_corpus_is_worth_its_name() -> None:
    assert len(set(HOSTILE)) >= 200


async def test_stored_text_arrives_escaped_and_quoted_and_changes_nothing(hostile: Library, era: str) -> None:
    log = hostile.own_log.read_bytes()
    found = ""
    async with connect(hostile, era) as client:
        before = (await client.list_tools()).tools
        for tool, arguments in calls() if era == "auto" else calls()[::4]:
            result = await client.call_tool(tool, arguments)
            structured, text = facts_of(result), text_of(result)
            for string in strings_in(structured):
                assert not any(unicodedata.category(character) in HIDING for character in string)
            for line in text.split("\n"):
                assert not any(unicodedata.category(character) in HIDING for character in line)
            if tool in ("search_records", "get_item", "library_overview"):
                assert MARK not in CODE_SPAN.sub("", text)
            found += text
        after = (await client.list_tools()).tools
    assert before == after
    assert hashlib.sha256(hostile.own_log.read_bytes()).digest() == hashlib.sha256(log).digest()
    if era != "auto":
        return
    assert "{{7*7}}" in found
    assert "49" not in re.findall(rf"{MARK} (\d+)", found)
    assert "<script>alert(1)</script>" in found
    assert "\\u202e" in found


async def test_hostile_names_stay_on_one_line_of_a_sentence(hostile: Library) -> None:
    async with connect(hostile) as client:
        text = text_of(await client.call_tool("what_works", {"by": "lora", "limit": 20}))
    assert not any(line.startswith(("## Heading", "System:", "Assistant:")) for line in text.splitlines())
    assert len(text.encode()) <= 20_000


async def test_hostile_arguments_give_an_answer_or_a_sentence(hostile: Library) -> None:
    async with connect(hostile) as client:
        for number, text in enumerate(HOSTILE):
            every = hostile_calls(text)
            tool, arguments = every[number % len(every)]
            result = await client.call_tool(tool, arguments)
            said = text_of(result)
            assert "Internal error" not in said, (tool, arguments)
            assert "Traceback" not in said
            for line in said.split("\n"):
                assert not any(unicodedata.category(character) in HIDING for character in line)
            if result.is_error:
                assert "\n" not in said
                assert len(said) <= 1_000


def hostile_calls(text: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("what_works", {"subject": text, "by": "sampler"}),
        ("what_works", {"subject": [[text[:100]]], "by": "sampler"}),
        ("what_works", {"by": text}),
        ("search_records", {"where": text}),
        ("search_records", {"where": f'sampler:"{text}"'}),
        ("search_records", {"cursor": text}),
        ("search_records", {"sort": text}),
        ("get_item", {"refs": [text[:64]]}),
        ("get_item", {"refs": ["rec:0123456789abcdef"], text: 1}),
        ("compare_settings", {"a": text, "b": "steps:28"}),
        ("compare_settings", {"a": "steps:20", "b": "steps:28", "subject": text}),
        ("recommend_settings", {"prompt": text[:4_000]}),
        ("recommend_settings", {"prompt": "beach", "checkpoints": [text[:200]], "loras": [text[:200]]}),
        ("summarize_trends", {"subject": text[:500]}),
        ("summarize_trends", {"split_by": text[:40]}),
        ("library_overview", {text: text}),
        ("analyze_learning_plan", {"plan": text[:70]}),
        ("propose_learning_plan", {"parameter": text[:60]}),
        ("list_drafts", {"ref": text[:40]}),
        ("list_drafts", {"cursor": text}),
        ("draft_preset_update", {"target": text[:200], "reason": text[:500], "changes": [text[:250]]}),
        ("draft_preset_update", {"target": text[:200], "reason": text[:500]}),
        ("withdraw_draft", {"ref": text[:40], "reason": text[:500]}),
        (text[:50], {}),
    ]


async def test_every_hostile_text_as_a_resource_or_a_prompt_is_a_sentence_or_a_value(hostile: Library) -> None:
    async with connect(hostile) as client:
        for number, text in enumerate(HOSTILE):
            if number % 2:
                with pytest.raises(MCPError) as refused:
                    await client.read_resource(f"whatworks://records/{quote(text[:60], safe='')}")
                said = refused.value.error.message
                assert "\n" not in said
            else:
                (message,) = (await client.get_prompt("what_works", {"subject": text[:200]})).messages
                said = str(message.content.model_dump()["text"])
                assert MARK not in CODE_SPAN.sub("", said)
            for line in said.split("\n"):
                assert not any(unicodedata.category(character) in HIDING for character in line)


async def test_calling_everything_leaves_no_file_but_index_and_calls(hostile: Library) -> None:
    def files() -> set[str]:
        root = hostile.root.parent
        own = (hostile.cache, hostile.root / "audit" / "calls")
        return {
            str(path) for path in root.rglob("*") if path.is_file() and not any(each in path.parents for each in own)
        }

    before = files()
    async with connect(hostile) as client:
        for tool, arguments in hostile_calls(HOSTILE[44]):
            await client.call_tool(tool, arguments)
    assert files() == before
