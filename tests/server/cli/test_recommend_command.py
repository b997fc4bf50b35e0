"""`recommend`: what to take for a prompt in words and as JSON, and what is said when there is nothing."""

from typing import Any


def test_recommend_says_in_words_what_to_take_or_try(filled_once: Any) -> None:
    ended = filled_once.run("recommend", "a beach at golden hour")
    assert (ended.code, ended.err) == (0, "")
    for fact in ("coastlineXL_v3", "checkpoint:", "sampler:", "with these words", "rec:", "Next:"):
        assert fact in ended.out


def test_recommend_gives_the_same_answer_as_json(filled_once: Any) -> None:
    answer = filled_once.run("recommend", "beach", "--limit", "1", "--json").json()
    assert answer["checkpoint"]["candidates"][0]["value"] == "coastlineXL_v3"
    assert answer["checkpoint"]["shown"] == 1
    assert [each["by"] for each in answer["preset"]] == ["sampler", "scheduler", "steps", "cfg_scale", "size"]


def test_recommend_lists_names_that_are_not_known(filled_once: Any) -> None:
    ended = filled_once.run("recommend", "beach", "--checkpoint", "harbor_mix", "--lora", "\x1b[31mred")
    assert ended.code == 0
    assert "Not known: checkpoint harbor_mix. Nearest: harbour_mix." in ended.out
    assert "\x1b" not in ended.out


def test_recommend_points_out_a_wrong_filter(filled_once: Any) -> None:
    ended = filled_once.run("recommend", "beach", "--where", "stps:3")
    assert (ended.code, ended.out) == (1, "")
    assert "steps" in ended.err


def test_an_empty_library_recommends_nothing_and_says_what_to_do(empty: Any) -> None:
    ended = empty.run("recommend", "beach")
    assert ended.code == 0
    assert "nothing is recommended" in ended.out
    assert "whatworks import PATH" in ended.err
