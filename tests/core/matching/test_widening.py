"""Near terms: which count, which are only named, and that what was stated stays what it was."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from invented_table import give_table, silent, widened_library
from library_factory import make_job, rating
from questions import about, ask

from learning_core.answers.answer import WhatWorks
from learning_core.answers.widened import TIERS
from learning_core.library import Library
from learning_core.matching.embed import embed
from learning_core.matching.expansion import RULES, Rule
from learning_core.matching.widening import STATIC_TABLE, STATIC_VECTORS
from learning_core.model.generation import Experiment

PROMPTS = (
    "beach, dusk",
    "seaside, twilight",
    "shore, dusk",
    "coast, nightfall",
    "beachy, dusk",
    "bench, dusk",
    "peach, dusk",
    "car, storm",
    "carne, storm",
    "automobile, gale",
    "red, storm",
    "crimson, storm",
    "dark forest, storm",
    "woods, storm",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return widened_library(tmp_path_factory.mktemp("widened"), PROMPTS)


def copied(library: Library, folder: Path) -> Library:
    """Return a library of the same log and table whose matching files may be changed."""
    copy = Library(folder / "library", folder / "cache")
    for source, target in (
        (library.log_folder, copy.log_folder),
        (library.matching.inputs / STATIC_TABLE, copy.matching.inputs / STATIC_TABLE),
        (library.matching.cache / STATIC_VECTORS, copy.matching.cache / STATIC_VECTORS),
    ):
        target.mkdir(parents=True)
        for path in source.iterdir():
            (target / path.name).write_bytes(path.read_bytes())
    return copy


def stated(answer: WhatWorks) -> dict[str, Any]:
    """Return all of an answer but what near terms add to it."""
    said = answer.model_dump(mode="json", exclude={"widened", "related_not_counted", "match"})
    said["terms"] = [each for each in said["terms"] if each["how"] != "semantic"]
    said["notes"] = [
        each
        for each in said["notes"]
        if not each.startswith(
            (
                "Near terms",
                "Widened by",
                "Not widened",
                f'"{answer.subject[0][0]}" is' if answer.subject else "Near terms",
            )
        )
    ]
    return said


def near(answer: WhatWorks) -> dict[str, int]:
    return {each.term: each.records for each in answer.terms if each.how == "semantic"}


def test_near_terms_are_listed_with_similarity_and_what_they_brought(library: Library) -> None:
    answer = ask(library, "beach", match="semantic")
    assert near(answer) == {"beachy": 3, "seaside": 3, "shore": 3}
    assert [(each.term, each.similarity) for each in answer.terms] == [
        ("beach", None), ("beachy", 0.9929), ("seaside", 0.9449), ("shore", 0.8581),
    ]  # fmt: skip
    assert [(each.term, each.similarity, each.prompts) for each in answer.related_not_counted] == [("coast", 0.6408, 3)]
    assert answer.matched.jobs == 3
    assert answer.widened is not None
    assert (answer.widened.matched.jobs, answer.widened.added) == (12, 9)
    assert "Widened by 3 semantic terms" in " ".join(answer.notes)


@pytest.mark.parametrize("subject", ["beach", "zeppelin", "beach dusk", ""])
def test_the_stated_tier_is_the_same_with_and_without_a_table(library: Library, tmp_path: Path, subject: str) -> None:
    without = Library(library.root, library.cache)
    bare = copied(library, tmp_path)
    for path in (bare.matching.inputs / STATIC_TABLE).iterdir():
        path.unlink()
    answers = [ask(library, subject, match="semantic"), ask(bare, subject, match="semantic"), ask(without, subject)]
    assert json.dumps(stated(answers[0])) == json.dumps(stated(answers[1])) == json.dumps(stated(answers[2]))
    assert answers[1].widened is None


def test_words_and_exact_do_not_look_at_the_table(library: Library, tmp_path: Path) -> None:
    bare = copied(library, tmp_path)
    (bare.matching.inputs / STATIC_TABLE / "manifest.json").write_bytes(b"torn")
    for how in ("exact", "words"):
        said, other = (ask(each, "beach", match=how).model_dump_json() for each in (library, bare))
        assert said == other
        assert "Near terms" not in said


def test_look_alikes_never_count(library: Library) -> None:
    assert not {"bench", "peach"} & set(near(ask(library, "beach", match="semantic")))
    answer = ask(library, "car", match="semantic")
    assert set(near(answer)) == {"automobile"}
    assert [each.term for each in answer.related_not_counted] == ["carne"]


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        ("red", "words for colour"),
        ([["dark forest"]], "words for colour"),
        ("zeppelin", "knows no part of it"),
        ([["one two of many words here"]], "words for colour"),
        ([["beach at dusk by the stormy sea"]], "more than 4 words"),
        ("海辺", "knows no part of it"),
    ],
)
def test_what_is_not_widened_says_why(library: Library, subject: Any, why: str) -> None:
    answer = ask(library, subject, match="semantic")
    assert near(answer) == {}
    assert answer.widened is None
    assert any(why in note for note in answer.notes)


def test_a_quoted_phrase_is_only_itself(library: Library) -> None:
    assert near(ask(library, '"beach"', match="semantic")) == {}


def test_given_synonyms_are_not_found_a_second_time(library: Library) -> None:
    answer = ask(library, [["beach", "seaside"]], match="semantic")
    assert near(answer) == {"beachy": 3, "shore": 3}
    assert answer.matched.jobs == 6


def test_an_excluded_word_is_no_near_term(library: Library) -> None:
    answer = ask(library, "beach", match="semantic", exclude=["seaside"])
    assert near(answer) == {"beachy": 3, "shore": 3}


def test_no_more_terms_count_than_the_cap_allows(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(near(ask(library, "beach", match="semantic"))) > 1
    monkeypatch.setitem(RULES, "static", Rule(RULES["static"].threshold, 1))
    answer = ask(library, "beach", match="semantic")
    assert len(near(answer)) == 1
    assert {each.term for each in answer.related_not_counted} & {"seaside", "shore"}


def test_facets_are_widened_one_by_one_and_then_anded(library: Library) -> None:
    answer = ask(library, [["beach"], ["dusk"]], match="semantic")
    assert answer.matched.jobs == 3
    assert answer.widened is not None
    assert answer.widened.matched.jobs == 12
    assert near(answer) == {"beachy": 3, "seaside": 3, "shore": 3, "twilight": 3, "nightfall": 0}


def test_near_terms_never_lift_a_tier(tmp_path: Path) -> None:
    library = widened_library(tmp_path, ["beach", "seaside"])
    study: dict[str, Any] = {"experiment_id": "e", "focus_parameter": "steps", "evidence": "controlled"}
    for number, (steps, stars) in enumerate([(20, 1), (30, 5), (30, 5), (40, 5)]):
        experiment = Experiment(focus_value=steps, **study)
        job = make_job(500 + number, prompt_positive=f"seaside, x{number}", steps=steps, experiment=experiment)
        library.append([job, rating(job, stars)], durable=False)
    assert about(ask(library, "seaside"), "steps").tier == "experiment_strong"
    answer = ask(library, "beach", match="semantic")
    assert about(answer, "steps").tier == "review_only"
    assert answer.widened is not None
    highest = {each.by: TIERS.index(each.tier) for each in answer.parameters}
    assert all(TIERS.index(each.tier) <= highest[each.by] for each in answer.widened.parameters)
    assert answer.widened.tier == "review_only"


def test_a_context_leaves_of_near_terms_what_it_leaves_of_stated_ones(tmp_path: Path) -> None:
    library = widened_library(tmp_path, ["beach", "seaside"])
    kinds: tuple[dict[str, Any], ...] = ({"motion_status": "applied"}, {"refinement_policy": "gentle"})
    for number, prompt in enumerate(("beach", "beach", "seaside", "seaside", "seaside")):
        kind = kinds[0] if number < 3 else kinds[1]
        job = make_job(800 + number, prompt_positive=f"{prompt}, context {number}", **kind)
        library.append([job, rating(job, 4)], durable=False)
    embed(library, silent)
    for context, jobs, with_near in (("motion:applied", 2, 3), ("refinement:gentle", 5, 11), ("people:yes", 5, 11)):
        answer = ask(library, "beach", match="semantic", context=context)
        assert stated(answer) == stated(ask(library, "beach", context=context))
        assert answer.widened is not None
        assert (answer.matched.jobs, answer.widened.matched.jobs) == (jobs, with_near), context
        assert answer.context.split("|")[3] == context


def test_new_prompts_are_matched_and_the_answer_says_that_their_words_have_no_vectors(tmp_path: Path) -> None:
    library = widened_library(tmp_path, ["beach", "seaside"])
    library.append([make_job(700, prompt_positive="seaside, lighthouse")], durable=False)
    answer = ask(library, "beach", match="semantic")
    assert near(answer) == {"seaside": 4}
    assert any("rest on 6 of 7 prompts" in note for note in answer.notes)
    embed(library, silent)
    assert not any("rest on" in note for note in ask(library, "beach", match="semantic").notes)


def damage(name: str) -> Callable[[Library], None]:
    def spoil(library: Library) -> None:
        table, terms = library.matching.inputs / STATIC_TABLE, library.matching.cache / STATIC_VECTORS
        if name == "another table":
            give_table(library, dimension=16, model_sha256="1" * 64)
            (table / "manifest.json").write_bytes((table / "manifest.json").read_bytes())
            rows = table / "table.npy"
            rows.write_bytes(rows.read_bytes()[:-1] + b"\x07")
        elif name == "another dimension":
            give_table(library, dimension=24)
        elif name == "torn":
            content = (terms / "term_vectors.npy").read_bytes()
            (terms / "term_vectors.npy").write_bytes(content[: len(content) // 2])
        elif name == "manifest torn":
            (terms / "manifest.json").write_bytes(b'{"files": {')
        elif name == "no terms":
            (terms / "terms.json").unlink()
        elif name == "no cache":
            for path in terms.iterdir():
                path.unlink()
        elif name == "outside":
            manifest = json.loads((terms / "manifest.json").read_bytes())
            manifest["files"] = {"../../../etc/passwd": "0" * 64}
            (terms / "manifest.json").write_text(json.dumps(manifest))
        else:
            manifest = json.loads((terms / "manifest.json").read_bytes())
            (terms / "manifest.json").write_text(json.dumps(manifest | {"method": 0}))

    return spoil


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        ("another table", "is not the file that its manifest names"),
        ("another dimension", "those of another static table"),
        ("torn", "term_vectors.npy cannot be used"),
        ("manifest torn", "manifest.json cannot be used: it is damaged"),
        ("no terms", "terms.json cannot be used: No such file"),
        ("no cache", "has no term vectors yet"),
        ("outside", "names a file outside its folder"),
        ("another version", "another version of whatworks made it"),
    ],
)
def test_unusable_vectors_cost_only_the_widening_and_are_made_anew(
    library: Library, tmp_path: Path, spoiled: str, said: str
) -> None:
    copy = copied(library, tmp_path)
    damage(spoiled)(copy)
    answer = ask(copy, "beach", match="semantic")
    assert near(answer) == {}
    assert answer.widened is None
    assert answer.matched == ask(library, "beach").matched
    (note,) = [each for each in answer.notes if said in each]
    assert "whatworks embed" in note
    assert str(tmp_path) not in note
    if spoiled == "another table":
        give_table(copy)
    embed(copy, silent)
    assert near(ask(copy, "beach", match="semantic")) == {"beachy": 3, "seaside": 3, "shore": 3}
