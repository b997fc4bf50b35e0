"""What was stated: words, phrases, exclusions, aliases, and what each of them brought."""

from pathlib import Path
from typing import Any

import pytest
from library_factory import make_job, make_library, rating
from questions import ask

from learning_core.answers.compare_settings import compare_settings
from learning_core.answers.drivers import drivers
from learning_core.answers.feedback import feedback_report
from learning_core.answers.summarize_trends import summarize_trends
from learning_core.answers.trends import by_period
from learning_core.errors import OverLimit, QuestionError
from learning_core.library import Library, locate
from learning_core.variables import ALIASES_VARIABLE

PROMPTS = (
    "golden hour, beach",
    "hour of golden light, beach",
    "seaside, sunset",
    "a bench in a park",
    "peach on a table",
    "beach, portrait",
)
LIST = 'beach,0,900,"seaside,sea_side"\nsunset,0,800,"sundown"\nbench,1,5,"beach"\n'


def filled(folder: Path, prompts: tuple[str, ...] = PROMPTS) -> Library:
    events: list[Any] = []
    for number, prompt in enumerate(each for each in prompts for _ in range(2)):
        job = make_job(number, prompt_positive=f"{prompt}, take {number % 2}")
        events += [job, rating(job, 1 + number % 5)]
    return make_library(folder, events)


def with_aliases(library: Library, content: bytes) -> Library:
    path = library.root.parent / "tags.csv"
    path.write_bytes(content)
    return Library(library.root, library.cache, aliases=path)


def test_exact_takes_phrases_and_words_take_words_anywhere(tmp_path: Path) -> None:
    library = filled(tmp_path)
    exact, by_words = (ask(library, [["golden hour"]], match=how) for how in ("exact", "words"))
    assert (exact.matched.jobs, by_words.matched.jobs) == (2, 4)
    assert (exact.match, by_words.match) == ("exact", "words")
    assert [(each.exact_phrase, each.all_words, each.records) for each in exact.terms] == [(2, 4, 2)]
    assert [(each.exact_phrase, each.all_words, each.records) for each in by_words.terms] == [(2, 4, 4)]


def test_excluded_words_leave_prompts_out_also_without_a_subject(tmp_path: Path) -> None:
    library = filled(tmp_path)
    answer = ask(library, "beach", exclude=["portraits"])
    assert answer.matched.jobs == 4
    assert answer.exclude == ["portraits"]
    assert 'For "beach" without "portraits"' in answer.summary
    assert ask(library, "", exclude=["beach", "seaside"]).matched.jobs == 4


def test_records_of_an_alternative_are_those_of_the_answer(tmp_path: Path) -> None:
    answer = ask(filled(tmp_path), [["beach", "seaside"], ["sunset", "golden hour"]], where="rating:>=1")
    assert answer.matched.jobs == 6
    assert [(each.term, each.how, each.records) for each in answer.terms] == [
        ("beach", "given", 4), ("seaside", "given", 2), ("sunset", "given", 2), ("golden hour", "given", 4),
    ]  # fmt: skip


def test_every_answer_that_takes_a_subject_tells_what_its_alternatives_brought(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"subject": [["beach", "seaside"]], "match": "words", "exclude": ["portrait"]}
    with filled(tmp_path).snapshot() as snapshot:
        answers = [
            drivers(snapshot, **asked).subject_terms,
            feedback_report(snapshot, **asked).terms,
            summarize_trends(snapshot, per="day", **asked).terms,
            by_period(snapshot, per="day", **asked).terms,
            compare_settings(snapshot, "steps:<25", "steps:>=25", **asked).terms,
        ]
        assert by_period(snapshot, per="day", exclude=["beach"]).jobs == 6
        assert summarize_trends(snapshot, per="day", exclude=["beach"]).total.jobs == 6
    for terms in answers:
        assert [(each.term, each.records) for each in terms] == [("beach", 4), ("seaside", 2)]


@pytest.mark.parametrize("exclude", [["!"], [" "], ["🌊"]])
def test_an_exclusion_without_a_word_is_refused(tmp_path: Path, exclude: list[str]) -> None:
    with pytest.raises(QuestionError, match="no word to leave out"):
        ask(filled(tmp_path), "beach", exclude=exclude)


@pytest.mark.parametrize("asked", [{"exclude": [f"w{n}" for n in range(25)]}, {"exclude": ["x" * 101]}])
def test_too_many_or_too_long_exclusions_are_refused(tmp_path: Path, asked: dict[str, Any]) -> None:
    with pytest.raises(OverLimit, match=r"at most 24|longer than 100"):
        ask(filled(tmp_path), "beach", **asked)


@pytest.mark.parametrize("subject", ["x" * 10_000, [[f"w{n}" for n in range(10_000)]], "🌊🌊"])
def test_a_subject_beyond_bounds_is_refused_in_a_sentence(tmp_path: Path, subject: Any) -> None:
    library = filled(tmp_path)
    for how in ("exact", "words", "semantic"):
        with pytest.raises((OverLimit, QuestionError), match=r"at most|no word"):
            ask(library, subject, match=how)


@pytest.mark.parametrize("how", ["exact", "words", "semantic"])
def test_other_scripts_are_answered(tmp_path: Path, how: str) -> None:
    library = filled(tmp_path)
    for subject in ("海辺 夕焼け", "пляж закат", "שקיעה", "x" * 99):
        assert ask(library, subject, match=how, by=["steps"]).matched.jobs == 0


def test_words_often_beside_the_subject_are_told_and_never_counted(tmp_path: Path) -> None:
    prompts = [*(f"beach, surf, {n}, plain" for n in range(6)), *(f"forest, moss, {n}, plain" for n in range(30))]
    answer = ask(make_library(tmp_path, [make_job(n, prompt_positive=p) for n, p in enumerate(prompts)]), "beach")
    assert [(each.term, each.prompts, each.share, each.share_elsewhere) for each in answer.often_with] == [
        ("surf", 6, 1.0, 0.0)
    ]
    assert answer.matched.jobs == 6


def test_aliases_count_both_ways_and_are_listed_as_such(tmp_path: Path) -> None:
    library = with_aliases(filled(tmp_path), LIST.encode("utf-8-sig"))
    answer = ask(library, "beach")
    assert [(each.term, each.how, each.records) for each in answer.terms] == [
        ("beach", "given", 6), ("seaside", "alias", 2),
    ]  # fmt: skip
    assert answer.matched.jobs == 8
    assert [each.term for each in ask(library, "sundown").terms if each.how == "alias"] == ["sunset"]
    assert any("Aliases are those of tags.csv (sha256 " in note for note in answer.notes)


def test_aliases_neither_touch_phrases_nor_exact_questions_nor_other_categories(tmp_path: Path) -> None:
    library = with_aliases(filled(tmp_path), LIST.encode())
    assert {each.how for each in ask(library, '"beach"').terms} == {"given"}
    assert ask(library, "beach", match="exact").matched.jobs == 6
    assert "bench" not in {each.term for each in ask(library, "beach").terms}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"job_id,model\nx,y\n", "its lines are not"),
        (b'beach,0,1,"' + b"x" * 200_000 + b'"\n', "field larger than"),
    ],
)
def test_a_list_that_is_none_costs_only_itself(tmp_path: Path, content: bytes, reason: str) -> None:
    library = filled(tmp_path)
    plain = ask(library, "beach")
    answer = ask(with_aliases(library, content), "beach")
    (note,) = [each for each in answer.notes if "tag aliases" in each]
    assert reason in note
    assert str(tmp_path) not in note
    assert answer.model_copy(update={"notes": plain.notes}) == plain


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    library = filled(tmp_path)
    gone = Library(library.root, library.cache, aliases=tmp_path / "gone.csv")
    assert any("gone.csv: No such file" in note for note in ask(gone, "beach").notes)


def test_a_setting_names_the_list(tmp_path: Path) -> None:
    library = filled(tmp_path)
    (tmp_path / "tags.csv").write_text(LIST, encoding="utf-8")
    environment = {ALIASES_VARIABLE: str(tmp_path / "tags.csv"), "WHATWORKS_CACHE": str(tmp_path / "other")}
    found = locate(library.root, environment=environment, data_folder=tmp_path, cache_folder=tmp_path)
    assert ask(found, "beach").matched.jobs == 8
