from importlib.resources import files

import pytest
from jinja2.exceptions import SecurityError, UndefinedError

from learning_core.answers.answer import RecordLine, RecordPage
from server import rendering
from server.rendering import plain, render


def page_with(prompt: str) -> RecordPage:
    line = RecordLine(ref="rec:0123456789abcdef", line="steps 20", prompt=prompt)
    return RecordPage(
        summary="1 record.", where="", items=[line], shown=1, total=1, next_cursor="", notes=[], next="Go on."
    )


def test_stored_text_is_a_value_and_never_a_template() -> None:
    text = render("answers/search_records.md.j2", page_with("{{ 7*7 }} {% for a in b %} {# gone #}"))
    assert "`{{ 7*7 }} {% for a in b %} {# gone #}`" in text


def test_stored_text_stays_on_its_line() -> None:
    text = render("answers/search_records.md.j2", page_with("beach\n# Heading\n- item"))
    assert "`beach ⏎ # Heading ⏎ - item`" in text
    assert not any(line.startswith("# Heading") for line in text.splitlines())


def test_an_answer_starts_with_its_summary_and_ends_with_the_next_step() -> None:
    lines = render("answers/search_records.md.j2", page_with("beach")).splitlines()
    assert lines[0] == "1 record."
    assert lines[-1] == "Next: Go on."


def test_templates_are_sandboxed_and_complain_about_unknown_names() -> None:
    environment = rendering._environment()
    with pytest.raises(SecurityError):
        environment.from_string("{{ ''.__class__.__mro__ }}").render()
    with pytest.raises(UndefinedError):
        environment.from_string("{{ nothing }}").render()


def test_instructions_fit_every_host_and_begin_with_what_we_answer() -> None:
    instructions = plain("instructions.md")
    assert len(instructions) <= 1_000
    assert instructions.startswith("whatworks answers which")


def test_every_template_is_found_in_the_installed_package() -> None:
    names = {path.name for path in files("prompts").joinpath("answers").iterdir()}
    assert names >= {
        "what_works.md.j2", "library_overview.md.j2", "search_records.md.j2", "get_item.md.j2", "closing.md.j2",
    }  # fmt: skip
