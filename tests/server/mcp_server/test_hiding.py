"""What the person wants to keep from models does not reach them, and every count stays as it is."""

from pathlib import Path
from typing import Any

import pytest
from invented_table import give_table, scenes, silent
from library_factory import make_job, make_library, note, rated_jobs, rating, reference, tagging
from mcp_client import connect, facts_of, text_of

from learning_core.errors import Unreadable
from learning_core.library import Library
from learning_core.matching.embed import embed
from learning_core.model.generation import LoraUse
from server.mcp.hiding import HIDDEN, MASK, HideList, read_hide_list

pytestmark = pytest.mark.anyio

LONG = "quiet garden, " * 200
LISTED = HideList(words=("velvet", "red room"), tags=("private",))
BY_WORD, BY_TAG, IN_NEGATIVE, AT_THE_END, OPEN, NEARLY = range(200, 206)
CANARIES = ("velvet", "red room", "red_room", "tagcanary", "notecanary", "filecanary")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    named = LoraUse(name="Velvet_touch", weight=1.0)
    file = ["filecanary-0001.png"]
    jobs = [
        make_job(BY_WORD, prompt_positive="(velvet:1.2) curtain, harbour", output_paths=file),
        make_job(BY_TAG, prompt_positive="tagcanary on a beach", output_paths=file),
        make_job(IN_NEGATIVE, prompt_positive="harbour", prompt_negative="velvets, blurry"),
        make_job(AT_THE_END, prompt_positive=f"{LONG} the red_room", output_paths=file),
        make_job(OPEN, prompt_positive="a lighthouse at night", loras=[named]),
        make_job(NEARLY, prompt_positive="velveteen rabbit"),
    ]
    said = [each for job in jobs for each in (job, rating(job, 5))]
    more = [tagging(jobs[1], "Private"), note(jobs[0], "notecanary"), note(jobs[3], "notecanary")]
    return make_library(tmp_path_factory.mktemp("hiding"), [*rated_jobs(), *said, *more])


def refs(*numbers: int) -> list[str]:
    return [reference(make_job(number)) for number in numbers]


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("library_overview", {}),
    ("what_works", {}),
    ("what_works", {"by": "lora", "limit": 20}),
    ("recommend_settings", {"prompt": "harbour"}),
    ("compare_settings", {"a": "steps:20", "b": "steps:28"}),
    ("summarize_trends", {"split_by": "lora"}),
    ("search_records", {"limit": 50, "sort": "best"}),
    ("get_item", {"refs": refs(BY_WORD, BY_TAG, IN_NEGATIVE, AT_THE_END, OPEN)}),
    ("get_item", {"refs": refs(AT_THE_END), "detail": "full"}),
    ("search_records", {"where": "lora:velvet_tuch"}),
]


def counts(value: Any) -> list[float]:
    """Return the numbers of an answer in their order, sizes of texts aside."""
    if isinstance(value, dict):
        return [number for part in value.values() for number in counts(part)]
    if isinstance(value, list):
        return [number for part in value for number in counts(part)]
    return [value] if isinstance(value, int | float) else []


@pytest.mark.parametrize(("tool", "arguments"), CALLS)
async def test_what_is_listed_never_appears_and_every_count_stays(
    tool: str, arguments: dict[str, Any], library: Library
) -> None:
    async with connect(library, "auto", LISTED) as client:
        hidden = await client.call_tool(tool, arguments)
    async with connect(library) as client:
        shown = await client.call_tool(tool, arguments)
    for canary in CANARIES:
        for half in (text_of(hidden), str(hidden.structured_content)):
            assert canary not in half.lower().replace("velveteen", ""), canary
    assert hidden.is_error == shown.is_error
    if not hidden.is_error:
        assert counts(facts_of(hidden)) == counts(facts_of(shown))
    elif tool == "search_records":
        assert "Velvet_touch" in text_of(shown)


async def test_only_what_is_listed_is_hidden(library: Library) -> None:
    async with connect(library, "auto", LISTED) as client:
        result = await client.call_tool("get_item", {"refs": refs(BY_WORD, BY_TAG, IN_NEGATIVE, OPEN, NEARLY)})
    by_word, by_tag, in_negative, open_one, nearly = facts_of(result)["items"]
    for item in (by_word, by_tag):
        assert item["positive_prompt"] == item["negative_prompt"] == HIDDEN
        assert item["images"] == [HIDDEN]
        assert item["rating"] == 5
        assert item["settings"]["sampler"]
        assert item["settings"]["seed"]
    assert by_word["note"] == HIDDEN
    assert [said["text"] for said in by_word["judgements"] if said["kind"] == "note"] == [HIDDEN]
    assert in_negative["positive_prompt"] == "harbour"
    assert in_negative["negative_prompt"] == HIDDEN
    assert open_one["positive_prompt"] == "a lighthouse at night"
    assert open_one["settings"]["lora"] == f"{MASK}_touch@1"
    assert nearly["positive_prompt"] == "velveteen rabbit"


async def test_all_prompts_can_be_hidden(library: Library) -> None:
    words = ("harbour", "lighthouse", "garden", "sailor", "detailed", "blurry", "velvet curtain", "canary-")
    async with connect(library, "auto", HideList(all_prompts=True)) as client:
        for tool, arguments in CALLS[:-1]:
            if tool == "recommend_settings":
                continue
            said = text_of(await client.call_tool(tool, arguments))
            assert not any(word in said for word in words), tool
        found = facts_of(await client.call_tool("search_records", {"where": "harbour"}))
    assert found["total"] > 0
    assert {item["prompt"] for item in found["items"]} == {HIDDEN}


@pytest.mark.parametrize("hidden", [HideList(all_prompts=True), HideList(tags=("private",))])
async def test_terms_that_only_hidden_prompts_have_are_hidden_wherever_they_were_found(
    hidden: HideList, tmp_path: Path, era: str
) -> None:
    events = scenes(["beach, anchor", "beach, anchor", "seaside, anchor", "coast", "forest", "forest", "forest"])
    private = [tagging(job, "private") for job in events[::2] if "forest" not in job.prompt_positive]
    library = make_library(tmp_path, [*events, *private])
    give_table(library)
    embed(library, silent)
    asked = {"subject": "beach", "match": "semantic", "by": "sampler"}
    async with connect(library, era) as client:
        shown = text_of(await client.call_tool("what_works", asked))
    async with connect(library, era, hidden) as client:
        kept = await client.call_tool("what_works", asked)
    for word in ("seaside", "coast", "anchor"):
        assert word in shown
        assert word not in text_of(kept)
        assert word not in str(kept.structured_content)
    assert f"`{MASK}` | semantic" in text_of(kept)


def test_a_word_in_a_sentence_about_prompts_is_hidden_too() -> None:
    everything = HideList(all_prompts=True)
    assert everything.masked("prompts with harbour could be it") == f"prompts with {MASK} could be it"
    assert everything.masked("at equal the word 'red room': passed") == f"at equal the word {MASK}: passed"


def test_a_list_is_read_with_remarks_words_phrases_and_tags(tmp_path: Path) -> None:
    path = tmp_path / "private.txt"
    path.write_text("\ufeff# mine\r\nvelvet\r\n\r\nred room\r\ntag:Private\r\n", encoding="utf-8")
    assert read_hide_list(path, all_prompts=False) == HideList(words=("velvet", "red room"), tags=("Private",))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"", "nothing would be hidden"),
        (b"# only a remark\n", "nothing would be hidden"),
        (b"velvet\n\xff\xfe", "no UTF-8 text (byte 7)"),
        (b"x\n" * 1_001, "at most 1,000"),
        (b"x" * 70_000, "larger than 65,536 bytes"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_and_never_passed_over(
    content: bytes | None, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "private.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        read_hide_list(path, all_prompts=False)
    assert reason in str(refused.value)
    assert str(path) in str(refused.value)
