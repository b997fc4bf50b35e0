"""`pairs`: the answer in words and as JSON, and what is said when there is too little."""

from typing import Any


def test_pairs_answers_in_words(filled_once: Any) -> None:
    ended = filled_once.run("pairs", "keyword", "checkpoint", "--limit", "2", "--why")
    assert (ended.code, ended.err) == (0, "")
    assert "judged images of" in ended.out
    assert "--limit or --only shows them" in ended.out
    assert "Next:" in ended.out


def test_pairs_gives_the_same_answer_as_json(filled_once: Any) -> None:
    answer = filled_once.run("pairs", "checkpoint", "lora", "--json").json()
    assert (answer["rows"], answer["by"]) == ("checkpoint", "lora")
    assert {"name", "images", "prompts", "parameter"} <= set(answer["pairs"][0])


def test_pairs_of_an_empty_library_says_how_to_begin(empty: Any) -> None:
    ended = empty.run("pairs", "keyword", "checkpoint")
    assert ended.code == 0
    assert "No evidence" in ended.out


def test_a_pair_of_unknown_names_is_an_error_in_a_sentence(filled_once: Any) -> None:
    ended = filled_once.run("pairs", "keyword", "lora", "--only", "nowhere")
    assert (ended.code, ended.out) == (1, "")
    assert "nowhere" in ended.err
    assert filled_once.run("pairs", "keyword", "smapler").code == 2


def test_a_context_that_is_none_is_an_error_in_a_sentence(filled_once: Any) -> None:
    ended = filled_once.run("ask", "beach", "--context", "steps:20")
    assert ended.code == 1
    assert "no part of a context" in ended.err
