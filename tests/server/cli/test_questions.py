"""`ask` and `records`: answers on stdout, in words and as JSON, and what is said when there is nothing."""

from typing import Any

import pytest


def test_ask_answers_in_words_with_numbers_and_references(filled_once: Any) -> None:
    ended = filled_once.run("ask", "beach")
    assert (ended.code, ended.err) == (0, "")
    for fact in ("coastlineXL_v3", "harbour_mix", "95 %", "rec:"):
        assert fact in ended.out


def test_ask_gives_the_same_answer_as_json(filled_once: Any) -> None:
    answer = filled_once.run("ask", "beach", "--json").json()
    assert answer["subject"] == [["beach"]]
    best = answer["parameters"][0]["ranked"][0]
    assert best["setting"] == "coastlineXL_v3"
    assert best["low"] <= best["value"] <= best["high"]


def test_ask_without_a_subject_asks_the_whole_library(filled_once: Any) -> None:
    everything = filled_once.run("ask", "--json").json()["matched"]["jobs"]
    assert everything > filled_once.run("ask", "beach", "--json").json()["matched"]["jobs"]


def test_ask_takes_several_words_as_all_of_them(filled_once: Any) -> None:
    answer = filled_once.run("ask", "beach", "sunset", "--json").json()
    assert answer["subject"] == [["beach"], ["sunset"]]


@pytest.mark.parametrize("words", [("--by", "cfg", "--by", "sampler"), ("--by", "cfg_scale,sampler_name")])
def test_ask_by_takes_names_as_people_type_them(words: tuple[str, ...], filled_once: Any) -> None:
    answer = filled_once.run("ask", "beach", *words, "--json").json()
    assert [parameter["by"] for parameter in answer["parameters"]] == ["cfg_scale", "sampler"]


def test_ask_by_an_unknown_parameter_names_the_nearest(filled_once: Any) -> None:
    ended = filled_once.run("ask", "beach", "--by", "smapler")
    assert (ended.code, ended.out) == (2, "")
    assert "Did you mean 'sampler'?" in ended.err


def test_a_filter_with_a_fault_is_answered_with_a_sentence(filled_once: Any) -> None:
    ended = filled_once.run("ask", "beach", "--where", "stps:3")
    assert (ended.code, ended.out) == (1, "")
    assert "steps" in ended.err


@pytest.mark.parametrize("words", [("ask", "beach"), ("records",), ("feedback", "beach")])
def test_an_empty_library_says_what_to_do(words: tuple[str, ...], empty: Any) -> None:
    ended = empty.run(*words)
    assert ended.code == 0
    assert "Import something first: whatworks import PATH" in ended.err
    assert empty.run(*words, "--json").json()["summary"]
    assert not empty.library.exists()


def test_pages_of_records_follow_each_other_without_overlap(filled_once: Any) -> None:
    first = filled_once.run("records", "--limit", "20", "--json").json()
    second = filled_once.run("records", "--limit", "20", "--cursor", first["next_cursor"], "--json").json()
    refs = [item["ref"] for page in (first, second) for item in page["items"]]
    assert len(refs) == len(set(refs)) == 40
    assert first["total"] == 58


def test_records_are_sorted_and_filtered_as_asked(filled_once: Any) -> None:
    page = filled_once.run("records", "--where", "beach rating:>=4", "--sort", "best", "--json").json()
    assert page["total"] == 17
    assert all("rated 5" in item["line"] for item in page["items"][:3])


def test_references_show_records_in_full(filled_once: Any) -> None:
    ref = filled_once.first_ref()
    words = filled_once.run("records", ref)
    assert words.code == 0 and ref in words.out and "seed" in words.out
    assert filled_once.run("records", ref, "--json").json()["items"][0]["ref"] == ref


def test_references_and_a_filter_together_are_wrong_usage(filled_once: Any) -> None:
    ended = filled_once.run("records", "rec:0123456789abcdef", "--where", "beach")
    assert (ended.code, ended.out) == (2, "")


def test_a_garbled_cursor_is_refused_with_guidance(filled_once: Any) -> None:
    ended = filled_once.run("records", "--cursor", "nonsense")
    assert (ended.code, ended.out) == (1, "")
    assert "cursor" in ended.err


def test_a_page_of_records_speaks_of_commands_not_of_tools(filled_once: Any) -> None:
    page = filled_once.run("records", "--limit", "2")
    assert "whatworks" not in page.err
    assert "--cursor" in page.out
    for tool in ("get_item", "next_cursor", "search_records", "`"):
        assert tool not in page.out
    last = filled_once.run("records", "--where", "beach rating:5")
    assert "whatworks records REF" in last.out


def test_a_record_without_a_prompt_is_said_to_have_an_unknown_one(filled_once: Any) -> None:
    assert "prompt unknown" in filled_once.run("records", "--where", "cfg_scale:7").out


def test_a_subject_that_nothing_shows_gets_one_sentence_not_seven(filled_once: Any) -> None:
    ended = filled_once.run("ask", "zeppelin")
    assert (ended.code, ended.err) == (0, "")
    assert "No evidence: no record matches" in ended.out
    assert "checkpoint" not in ended.out


def test_a_subject_without_a_word_is_refused_with_guidance(filled_once: Any) -> None:
    ended = filled_once.run("ask", "\U0001f30a")
    assert (ended.code, ended.out) == (1, "")
    assert "no word to look for" in ended.err
