import json
from importlib.resources import files
from typing import Any

import pytest
from jinja2.exceptions import SecurityError, UndefinedError

from learning_core.answers.answer import InPlans, Matched, Parameter, RecordLine, RecordPage, WhatWorks
from server import rendering
from server.rendering import fill, plain


def page_with(prompt: str) -> dict[str, Any]:
    line = RecordLine(ref="rec:0123456789abcdef", line="steps 20", prompt=prompt)
    page = RecordPage(
        summary="1 record.", where="", items=[line], shown=1, total=1, next_cursor="", notes=[], next="Go on."
    )
    return page.model_dump(mode="json")


def test_stored_text_is_a_value_and_never_a_template() -> None:
    text = fill("answers/search_records.md.j2", page_with("{{ 7*7 }} {% for a in b %} {# gone #}"))
    assert "`{{ 7*7 }} {% for a in b %} {# gone #}`" in text


def test_stored_text_stays_on_its_line() -> None:
    text = fill("answers/search_records.md.j2", page_with("beach\n# Heading\n- item"))
    assert "`beach ⏎ # Heading ⏎ - item`" in text
    assert not any(line.startswith("# Heading") for line in text.splitlines())


def test_an_answer_starts_with_its_summary_and_ends_with_the_next_step() -> None:
    lines = fill("answers/search_records.md.j2", page_with("beach")).splitlines()
    assert lines[0] == "1 record."
    assert lines[-1] == "Next: Go on."


def test_templates_are_sandboxed_and_complain_about_unknown_names() -> None:
    environment = rendering._environment()
    with pytest.raises(SecurityError):
        environment.from_string("{{ ''.__class__.__mro__ }}").render()
    with pytest.raises(UndefinedError):
        environment.from_string("{{ nothing }}").render()


def test_of_content_a_template_reaches_the_fields_and_nothing_else() -> None:
    environment = rendering._environment()
    named_like_methods = {"items": [1], "keys": "k", "__class__": "c"}
    assert environment.from_string("{{ a.items[0] }} {{ a.keys }}").render(a=named_like_methods) == "1 k"
    for field in ("values", "pop", "__init__"):
        with pytest.raises(UndefinedError):
            environment.from_string(f"{{{{ a.{field} }}}}").render(a=named_like_methods)


@pytest.mark.parametrize(
    ("value", "printed"), [(0.1, "0.1"), (5.0, "5.0"), (1e-7, "1e-07"), (True, "true"), (None, "–"), (12, "12")]
)
def test_numbers_are_printed_as_json_writes_them(value: object, printed: str) -> None:
    assert rendering._environment().from_string("{{ a }}").render(a=value) == printed
    assert value is None or json.loads(printed) == value


def test_instructions_fit_every_host_and_begin_with_what_we_answer() -> None:
    instructions = plain("instructions.md")
    assert len(instructions) <= 1_000
    assert instructions.startswith("whatworks answers which")


def test_every_template_is_found_in_the_installed_package() -> None:
    names = {path.name for path in files("prompts").joinpath("answers").iterdir()}
    assert names >= {
        "what_works.md.j2", "library_overview.md.j2", "search_records.md.j2", "get_item.md.j2", "closing.md.j2",
    }  # fmt: skip


def test_what_plans_found_stands_apart_from_all_images_of_a_value() -> None:
    tested = [
        InPlans(setting="film|8", n=2, good=2, mean_rating=5.0),
        InPlans(setting="6", n=1, good=0, mean_rating=None),
    ]
    parameter = Parameter(
        by="cfg_scale", status="too_thin", strength="none", sentence="Thin.", why=[], tier="experiment_strong",
        regret=None, baseline=0.5, baseline_n=4, unknown=0, ranked=[], shown=0, total=2, controlled=tested,
    )  # fmt: skip
    matched = Matched(jobs=4, prompts=4, rated=4, judged=0, selected=0, mean_rating=4.0)
    answer = WhatWorks(
        summary="Thin.", subject=[], where="", context="any||||selected", matched=matched, terms=[],
        outcome="rated_4_or_5", baseline_of="all", automation_eligible=["cfg_scale"], tier="experiment_strong",
        parameters=[parameter], notes=[], next="Go on.",
    )  # fmt: skip
    lines = fill("answers/what_works.md.j2", answer.model_dump(mode="json")).splitlines()
    found = next(line for line in lines if line.startswith("In plans that varied only cfg_scale: "))
    assert found.endswith(f": `film\\|8` n 2, good 2, mean 5.0; `6` n 1, good 0, mean {rendering.UNKNOWN}.")


def test_what_a_template_includes_stands_in_its_place() -> None:
    source = rendering._source("answers/search_records.md.j2")
    assert "{% include" not in source
    assert rendering._source("answers/closing.md.j2") in source
