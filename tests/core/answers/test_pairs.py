"""Pairs of names: each keyword or checkpoint is told what a question about it alone is told, with its records."""

from pathlib import Path
from typing import Any

import pytest
from library_factory import make_job, make_library, rating
from questions import SAME, Event, about, ask

from learning_core.answers.pairs import Pairs, pairs
from learning_core.errors import QuestionError, UnknownValue
from learning_core.library import Library

SIXTEEN = 16


def judged(scene: str, good: float, **settings: Any) -> list[Event]:
    """Images of sixteen prompts, of which a share is rated 5 and the others 2."""
    events: list[Event] = []
    for number in range(SIXTEEN):
        fields = SAME | {"prompt_positive": f"{scene}, scene{number}"} | settings
        job = make_job(number, job_id=f"{scene}-{sorted(settings.items())}-{number}", **fields)
        events += [job, rating(job, 5 if number < good * SIXTEEN else 2)]
    return events


def asked(library: Library, *question: Any, **how: Any) -> Pairs:
    return library.ask(lambda snapshot: pairs(snapshot, *question, **how))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    events = judged("beach", 0.9, model="coast") + judged("beach", 0.2, model="town")
    events += judged("forest", 0.2, model="coast") + judged("forest", 0.9, model="town")
    events += judged("street", 0.5, model="town", loras=[{"name": "film", "weight": 0.8}])
    return make_library(tmp_path_factory.mktemp("pairs"), events)


def test_each_keyword_has_the_winner_that_its_own_images_show(library: Library) -> None:
    found = asked(library, "keyword", "checkpoint", only=["beach", "forests", "street"])
    led = {row.name: (row.parameter.status, row.parameter.ranked[0].setting) for row in found.pairs}
    assert led["beach"] == ("clear_leader", "coast")
    assert led["forest"] == ("clear_leader", "town")
    assert led["street"] == ("never_varied", "town")
    assert found.summary == "Of 3 keywords, 2 with a checkpoint that leads: beach: coast; forest: town."


def test_a_pair_says_what_a_question_about_its_keyword_says(library: Library) -> None:
    (row,) = asked(library, "keyword", "checkpoint", only=["beach"]).pairs
    assert row.parameter == about(ask(library, "beach", by=["checkpoint"]), "checkpoint")
    assert (row.images, row.prompts) == (2 * SIXTEEN, SIXTEEN)


def test_every_figure_of_a_pair_is_there_with_its_records(library: Library) -> None:
    found = asked(library, "checkpoint", "lora", only=["town"], values=9)
    (row,) = found.pairs
    assert {(each.setting, each.n) for each in row.parameter.ranked} == {("film", 16), ("(no LoRA)", 32)}
    for each in row.parameter.ranked:
        assert each.low < each.value < each.high
        assert 0.0 < each.effective_n <= each.n
        assert each.rated_share == 1.0
        assert each.mean_rating is not None
        assert 0.0 <= each.regret <= 1.0
        assert len(each.evidence) == 3
    assert row.parameter.regret == row.parameter.ranked[0].regret
    assert found.baseline_of == "all judged images"
    assert row.parameter.why[1].startswith(f"{row.parameter.strength}:")


def test_names_with_the_most_judged_images_come_first_and_small_words_are_none(library: Library) -> None:
    found = asked(library, "keyword", "lora", limit=3)
    assert [row.name for row in found.pairs] == ["beach", "forest", "street"]
    assert (found.shown, found.total) == (3, 3 + SIXTEEN)
    assert [row.name for row in asked(library, "checkpoint", "lora").pairs] == ["town", "coast"]


def test_a_filter_decides_which_images_count(library: Library) -> None:
    found = asked(library, "keyword", "checkpoint", only=["beach"], where="checkpoint:coast")
    assert (found.where, found.pairs[0].images) == ("checkpoint:coast", SIXTEEN)


def test_no_keyword_is_given_a_winner_of_its_own_where_all_share_one(tmp_path: Path) -> None:
    events = [event for scene in ("beach", "forest", "street") for event in judged(scene, 0.9, model="coast")]
    events += [event for scene in ("beach", "forest", "street") for event in judged(scene, 0.2, model="town")]
    found = asked(make_library(tmp_path, events), "keyword", "checkpoint", limit=8)
    assert {row.parameter.ranked[0].setting for row in found.pairs} == {"coast"}
    assert {row.parameter.status for row in found.pairs[3:]} == {"overall_leader"}


def test_what_cannot_be_a_pair_is_refused_with_the_reason(library: Library) -> None:
    with pytest.raises(QuestionError, match="with itself"):
        asked(library, "checkpoint", "checkpoint")
    with pytest.raises(QuestionError, match="between 1 and 100"):
        asked(library, "keyword", "lora", limit=0)
    with pytest.raises(UnknownValue, match="beach"):
        asked(library, "keyword", "lora", only=["beech"])


def test_without_a_judged_image_there_is_nothing_to_show(tmp_path: Path) -> None:
    found = asked(make_library(tmp_path, [make_job()]), "keyword", "checkpoint")
    assert (found.pairs, found.total) == ([], 0)
    assert found.summary == "No evidence: no judged image has a known keyword."
