import json
from typing import Any


def test_two_settings_are_set_against_each_other(filled: Any) -> None:
    ended = filled.run("compare", 'sampler:"Euler a"', 'sampler:"DPM++ 2M"')
    assert ended.code == 0, ended
    assert ended.out.startswith("Not separable with 26 and 26 judged images.")
    for line in ("all judged images", "same prompt", "at equal cfg_scale", "mean stars", "Why: Rests on", "Next: Make"):
        assert line in ended.out
    assert max(map(len, ended.out.splitlines())) <= 110


def test_json_holds_the_whole_answer(filled: Any) -> None:
    ended = filled.run("compare", "cfg:<6", "cfg:>=6", "--subject", "portrait,beach", "--where", "rating:>=1", "--json")
    assert ended.code == 0, ended
    answer = json.loads(ended.out)
    assert answer["subject"] == [["portrait", "beach"]]
    assert answer["where"] == "rating:>=1"
    assert {"verdict", "strength", "a", "b", "difference", "at_equal", "runtime", "why", "next"} <= set(answer)
    assert any("picks by the outcome itself" in note for note in answer["notes"])


def test_a_question_put_wrongly_says_what_to_do(filled: Any) -> None:
    ended = filled.run("compare", "", "steps:20")
    assert ended.code != 0
    assert "A has no filter. Say what to compare" in ended.err
    ended = filled.run("compare", "steps:20")
    assert ended.code == 2


def test_a_library_without_records_says_so(empty: Any) -> None:
    ended = empty.run("compare", "steps:20", "steps:30")
    assert ended.code == 0, ended
    assert "Nothing to compare" in ended.out
