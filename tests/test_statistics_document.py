"""The worked example of docs/statistics.md is what whatworks makes of it."""

import re
from pathlib import Path

import pytest
from library_factory import make_job, make_library, rating
from questions import SAME, Event, ask

from server.terminal.answer import what_works

DOCUMENT = (Path(__file__).resolve().parents[1] / "docs" / "statistics.md").read_text(encoding="utf-8")


def events_of_the_table() -> list[Event]:
    table = re.search(r"<!-- counts -->\n(.*?)\n\n", DOCUMENT, re.DOTALL)
    assert table is not None
    head, _, *lines = ([cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines())
    events: list[Event] = []
    for prompt, *counts in lines:
        for model, count in zip(head[1:], counts, strict=True):
            good, images = map(int, count.split(" of ")) if count else (0, 0)
            for number in range(images):
                identity = f"{prompt}-{model}-{number}"
                job = make_job(0, job_id=identity, **SAME | {"model": model, "prompt_positive": prompt})
                events += [job, rating(job, 5 if number < good else 2)]
    return events


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> str:
    library = make_library(tmp_path_factory.mktemp("document"), events_of_the_table())
    return what_works(ask(library, by=["checkpoint"]), why=True)


def test_the_table_is_the_example_that_the_statistics_are_tested_by() -> None:
    assert len(events_of_the_table()) == 2 * 58


def test_the_answer_shown_is_the_one_given(answer: str) -> None:
    shown = re.search(r"<!-- answer -->\n```\n(.*?)```", DOCUMENT, re.DOTALL)
    assert shown is not None
    assert re.sub(r"rec:\w+", "rec", f"{answer}\n") == re.sub(r"rec:\w+", "rec", shown[1])


def test_the_figures_in_the_text_are_those_of_the_answer(answer: str) -> None:
    assert "15 of 18" in answer and round(100 * 15 / 18) == 83
    assert "5 of 14" in answer and round(100 * 5 / 14) == 36
    assert "effective images 9.2 and 7.3, prompts 5 and 4" in answer
