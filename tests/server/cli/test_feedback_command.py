"""`feedback`: the report in words and as JSON, and stored text that stays text."""

import json
from typing import Any

import pytest


@pytest.fixture
def judged(empty: Any) -> Any:
    """A library of four attempts, two of which were passed, with feedback of a hostile kind."""
    log = empty.library / "log"
    log.mkdir(parents=True)
    lines: list[dict[str, Any]] = []
    for number in range(4):
        lines.append({"job_id": f"j{number}", "prompt_positive": f"beach {number // 2}", "sampler": "Euler a"})
        lines.append({
            "kind": "validation", "event_id": f"v{number}", "job_id": f"j{number}", "score": 20.0 * number + 10,
            "passed": number > 1, "validator": "realism", "issues": ["Extra fingers", "extra finger"][number % 2 :],
        })  # fmt: skip
    said = {"kind": "feedback", "event_id": "f", "job_id": "j0", "category": "\x1b[31mhands", "text": "{{7*7}}, <b>"}
    text = "".join(json.dumps(line) + "\n" for line in [*lines, said])
    (log / "pipeline.jsonl").write_text(text, encoding="utf-8")
    return empty


def test_the_report_answers_in_words_with_numbers_and_references(judged: Any) -> None:
    ended = judged.run("feedback")
    assert (ended.code, ended.err) == (0, "")
    for fact in ("2 of 4 with a verdict passed", "realism", "extra finger", "insufficient", "rec:", "Why:", "Next:"):
        assert fact in ended.out
    assert "\x1b" not in ended.out and "{{7*7}}" in ended.out


def test_the_report_is_the_same_as_json(judged: Any) -> None:
    answer = judged.run("feedback", "beach", "--where", "sampler:euler", "--limit", "1", "--json").json()
    assert (answer["attempts"], answer["passing"]["good"], answer["issues_total"]) == (4, 2, 3)
    assert [each["mentions"] for each in answer["issues"]] == [6]


def test_a_filter_with_a_fault_ends_with_a_sentence(judged: Any) -> None:
    ended = judged.run("feedback", "--where", "stps:3")
    assert (ended.code, ended.out) == (1, "")
    assert "steps" in ended.err
