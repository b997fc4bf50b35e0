"""`trends`: periods, values and changes in words and as JSON, with and without Unicode."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

DAY = 86_400.0


@pytest.fixture
def three_weeks(empty: Any, make_library: Callable[[Any, Sequence[Mapping[str, Any]]], None]) -> Any:
    jobs = [
        {
            "job_id": f"j{number}",
            "prompt_positive": f"beach {number % 12}",
            "model": ("coast", "bad\x1b[31m")[number % 2],
            "sampler": "Euler a",
            "timestamp_end": 1_760_000_000.0 + DAY * (35 if number >= 24 else 0) + number,
            "user_rating": 5 if number >= 24 else 2,
            "total_runtime_sec": 10.0,
        }
        for number in range(48)
    ]
    make_library(empty, jobs)
    return empty


def test_trends_show_periods_gaps_and_the_change(three_weeks: Any) -> None:
    ended = three_weeks.run("trends", "--split", "checkpoint")
    assert (ended.code, ended.err) == (0, "")
    for fact in ("2025-10-06", "4 weeks without records", "2025-11-10", "10 s (n 24)", "later half", "coast", "Next:"):
        assert fact in ended.out
    assert "\x1b" not in ended.out


def test_trends_give_the_same_answer_as_json(three_weeks: Any) -> None:
    answer = three_weeks.run("trends", "beach", "--per", "month", "--json").json()
    assert [period["start"] for period in answer["periods"]] == ["2025-10-01", "2025-11-01"]
    assert answer["changes"][0]["verdict"] == "scale_may_have_drifted"
    assert answer["subject"] == [["beach"]]


def test_a_terminal_without_unicode_gets_plain_bars(three_weeks: Any) -> None:
    ended = three_weeks.run("trends", PYTHONIOENCODING="ascii")
    assert ended.code == 0
    assert ended.out.isascii()
    assert "good  |_@|" in ended.out


def test_an_unknown_parameter_names_the_nearest(three_weeks: Any) -> None:
    ended = three_weeks.run("trends", "--split", "chekpoint")
    assert (ended.code, ended.out) == (2, "")
    assert "Did you mean 'checkpoint'?" in ended.err


def test_an_empty_library_says_what_to_do(empty: Any) -> None:
    ended = empty.run("trends")
    assert (ended.code, ended.out.splitlines()[0]) == (0, "The library is empty.")
    assert "Import something first: whatworks import PATH" in ended.err
    assert not empty.library.exists()
