"""Resources, templates and completions: names of the library, Markdown, and sentences for what is not there."""

import logging
from typing import Any

import pytest
from library_factory import make_job, make_library, rated_jobs, rating, reference, tagging
from mcp.shared.exceptions import MCPError
from mcp.types import PromptReference, ResourceTemplateReference, TextResourceContents
from mcp_client import connect

import learning_core.answers.overview
from learning_core.library import Library
from learning_core.model.generation import LoraUse
from learning_core.text.filters import ALIASES, FIELDS
from server.mcp.hiding import HideList

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    film = make_job(900, loras=[LoraUse(name="film_grain", weight=0.6)], sampler='odd "quotes"')
    velvet = make_job(901, loras=[LoraUse(name="velvet", weight=0.6)], model="evil\u202ename")
    more: list[Any] = [film, rating(film, 5), tagging(film, "keeper"), velvet]
    return make_library(tmp_path_factory.mktemp("resources"), [*rated_jobs(), *more])


async def read(library: Library, uri: str, era: str = "auto") -> str:
    async with connect(library, era) as client:
        (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    assert content.mime_type == "text/markdown"
    assert len(content.text.encode()) <= 20_000
    return content.text


async def test_they_are_listed_with_titles_and_descriptions(library: Library, era: str) -> None:
    async with connect(library, era) as client:
        resources = (await client.list_resources()).resources
        templates = (await client.list_resource_templates()).resource_templates
    uris = [resource.uri for resource in resources]
    assert uris == ["ui://whatworks/answer.html", "whatworks://overview", "whatworks://guide/filters"]
    names = ("checkpoint", "lora", "sampler", "tag")
    files = ("plans/{ref}", "drafts/{ref}", "profiles/{name}")
    wanted = ["whatworks://records/{ref}", *(f"whatworks://{name}s/{{name}}" for name in names)]
    wanted += [f"whatworks://{name}" for name in files]
    assert [template.uri_template for template in templates] == wanted
    for each in (*resources, *templates):
        assert each.title
        assert each.description


async def test_each_is_markdown_that_says_what_the_tool_says(library: Library, era: str) -> None:
    assert (await read(library, "whatworks://overview", era)).startswith("The library holds 62 jobs")
    record = await read(library, f"whatworks://records/{reference(make_job(900))}", era)
    assert "film_grain@0.6" in record
    for uri, words in (
        ("whatworks://checkpoints/realvisxlV50", "checkpoint:realvisxlV50"),
        ("whatworks://loras/film_grain", "lora:film_grain"),
        ("whatworks://samplers/DPM%2B%2B%202M", "DPM++ 2M"),
        ("whatworks://tags/keeper", "tag:keeper"),
    ):
        assert words in await read(library, uri, era)


async def test_the_filter_guide_knows_every_field_and_alias(library: Library) -> None:
    guide = await read(library, "whatworks://guide/filters")
    for name in (*FIELDS, *ALIASES):
        assert name in guide


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("whatworks://overveiw", "Did you mean 'whatworks://overview'?"),
        ("whatworks://records/rec:0000000000000000", "search_records"),
        ("whatworks://records/beach", "search_records"),
        ("whatworks://checkpoints/realvsi", "Nearest: realvisxlV50"),
        ("whatworks://checkpoints/a%22b", "completion"),
        ("whatworks://checkpoints/" + "x" * 300, "completion"),
        ("whatworks://records/..%2f..%2f..%2fetc%2fpasswd", "There is no resource"),
        ("whatworks://records/%2fetc%2fpasswd", "There is no resource"),
        ("whatworks://records/%00", "There is no resource"),
        ("whatworks://records/C:%5CWindows%5Csystem.ini", "There is no resource"),
        ("whatworks://records/%5C%5Chost%5Cshare", "There is no resource"),
        ("whatworks://plans/plan:0123456789abcdef", "No plan"),
        ("whatworks://drafts/draft:0123456789abcdef", "No draft"),
        ("whatworks://profiles/nothing", "profile"),
        ("whatworks://profiles/..%2f..%2fetc%2fpasswd", "There is no resource"),
        ("whatworks://guide/../../etc/passwd", "There is no resource"),
        ("file:///etc/passwd", "There is no resource"),
        ("ui://whatworks/other.html", "Did you mean"),
        ("https://example.invalid/", "There is no resource"),
    ],
)
async def test_what_is_not_there_is_a_sentence(uri: str, expected: str, library: Library, era: str) -> None:
    async with connect(library, era) as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(uri)
    said = refused.value.error.message
    assert expected in said
    assert "Traceback" not in said
    assert str(library.root) not in said
    assert "\n" not in said
    assert len(said) <= 1_000


async def test_a_crash_gives_a_number_and_no_private_text(
    rated_library: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(_: object) -> None:
        prompt = "canary prompt"
        raise ZeroDivisionError(prompt)

    monkeypatch.setattr(learning_core.answers.overview, "library_overview", crash)
    with caplog.at_level(logging.DEBUG):
        async with connect(rated_library) as client:
            with pytest.raises(MCPError) as failed:
                await client.read_resource("whatworks://overview")
    assert failed.value.error.message.startswith("Internal error ")
    assert "canary" not in failed.value.error.message + caplog.text
    assert "ZeroDivisionError" in (rated_library.cache / "crashes.log").read_text()


async def complete(library: Library, ref: Any, name: str, begun: str, hide_list: HideList | None = None) -> list[str]:
    async with connect(library, "auto", hide_list or HideList()) as client:
        return list((await client.complete(ref, {"name": name, "value": begun})).completion.values)


async def test_names_of_the_library_complete_templates_and_prompts(library: Library) -> None:
    def template(field: str) -> ResourceTemplateReference:
        return ResourceTemplateReference(uri=f"whatworks://{field}s/{{name}}")

    assert await complete(library, template("checkpoint"), "name", "re") == ["realvisxlV50", "dreamshaperXL"]
    assert await complete(library, template("lora"), "name", "FILM") == ["film_grain"]
    assert await complete(library, template("sampler"), "name", "e") == ["Euler a"]
    assert await complete(library, template("tag"), "name", "") == ["favourite", "keeper"]
    assert await complete(library, template("plan"), "name", "") == []
    assert await complete(library, template("tag"), "other", "") == []
    improving = PromptReference(name="improve_preset")
    assert await complete(library, improving, "profile", "dream") == ["dreamshaperXL"]
    designing = PromptReference(name="design_experiment")
    assert (await complete(library, designing, "parameter", "cfg"))[0] == "cfg_scale"
    assert await complete(library, PromptReference(name="explain_trends"), "per", "w") == ["week"]


async def test_no_name_is_offered_that_hides_something_or_is_hidden(library: Library) -> None:
    checkpoints = await complete(library, ResourceTemplateReference(uri="whatworks://checkpoints/{name}"), "name", "")
    assert checkpoints == ["dreamshaperXL", "realvisxlV50"]
    samplers = await complete(library, ResourceTemplateReference(uri="whatworks://samplers/{name}"), "name", "odd")
    assert samplers == []
    loras = ResourceTemplateReference(uri="whatworks://loras/{name}")
    assert await complete(library, loras, "name", "vel") == ["velvet"]
    assert await complete(library, loras, "name", "vel", HideList(words=("velvet",))) == []
