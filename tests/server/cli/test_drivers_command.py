"""`drivers`: the answer in words and as JSON, and what is said when there is too little."""

from typing import Any


def test_drivers_answers_in_words_or_says_what_is_missing(filled_once: Any) -> None:
    ended = filled_once.run("drivers")
    assert (ended.code, ended.err) == (0, "")
    assert "judged image" in ended.out
    assert "Next:" in ended.out


def test_drivers_gives_the_same_answer_as_json(filled_once: Any) -> None:
    answer = filled_once.run("drivers", "beach", "--json").json()
    assert answer["subject"] == [["beach"]]
    assert answer["judgement"] in ("stars", "selected")
    assert {"shares", "terms", "negative_terms", "why", "never_varied"} <= set(answer)


def test_drivers_of_an_empty_library_says_how_to_begin(empty: Any) -> None:
    ended = empty.run("drivers")
    assert ended.code == 0
    assert "No evidence" in ended.out
    assert "whatworks import" in ended.err


def test_drivers_with_a_wrong_filter_is_an_error_in_a_sentence(filled_once: Any) -> None:
    ended = filled_once.run("drivers", "--where", "smapler:euler")
    assert (ended.code, ended.out) == (1, "")
    assert "sampler" in ended.err
