"""`doctor`: findings with remedies, exit 1 for a problem only."""

import os
import sys
from typing import Any

import pytest
from bound_by_permissions import BOUND_BY_PERMISSIONS


def test_a_sound_library_is_in_order(filled_once: Any) -> None:
    ended = filled_once.run("doctor", "--deep")
    assert (ended.code, ended.err) == (0, "")
    assert "Everything is in order." in ended.out
    assert "PROBLEM" not in ended.out


def test_json_holds_the_same_findings_and_counts(filled_once: Any) -> None:
    health = filled_once.run("doctor", "--json").json()
    assert health["ok"] is True
    assert health["counts"]["jobs"] == 58
    assert set(health) == {"ok", "findings", "counts", "repair"}
    fields = {"level", "check", "what", "where", "file", "line", "offset", "remedy"}
    assert all(set(finding) == fields for finding in health["findings"])


def test_a_bad_line_is_named_with_its_place_and_is_no_problem(filled: Any) -> None:
    log = filled.library / "log" / "other.jsonl"
    log.write_text('{"job_id": "j", "prompt_positive": "beach"}\nnot json\n', encoding="utf-8")
    ended = filled.run("doctor")
    assert ended.code == 0, ended
    assert "other.jsonl, line 2" in ended.out
    assert "Everything is in order." not in ended.out


def test_an_empty_library_is_told_what_to_do(empty: Any) -> None:
    ended = empty.run("doctor")
    assert ended.code == 0
    assert "whatworks import PATH" in ended.out


def test_a_problem_ends_with_1_and_a_remedy(filled: Any) -> None:
    blocked = filled.home / "file"
    blocked.write_text("in the way", encoding="utf-8")
    ended = filled.run("doctor", WHATWORKS_CACHE=str(blocked))
    assert ended.code == 1
    assert "PROBLEM" in ended.out and "WHATWORKS_CACHE" in ended.out


def test_a_repaired_copy_is_written_beside_and_said_how_to_use(filled: Any) -> None:
    log = filled.library / "log" / "other.jsonl"
    data = b'{"job_id": "j"}\nnot json\n'
    log.write_bytes(data)
    ended = filled.run("doctor", "--repair", "copies")
    assert ended.code == 0, ended
    assert "1 usable line" in ended.out and "Nothing in the library was changed" in ended.out
    assert (filled.home / "copies" / "other.jsonl").read_bytes() == b'{"job_id": "j"}\n'
    assert log.read_bytes() == data
    again = filled.run("doctor", "--repair", "copies", "--json")
    assert (again.code, again.out) == (1, "")
    assert "exists already" in again.err
    repaired = filled.run("doctor", "--repair", "more copies", "--json").json()["repair"]
    assert [(file["kept"], file["rejected"]) for file in repaired["files"]] == [(1, 1)]


@pytest.mark.skipif(
    sys.platform != "linux" and (os.name != "posix" or os.geteuid() == 0), reason="needs permissions that bind"
)
def test_a_log_that_must_not_be_read_is_a_problem_with_its_name(filled: Any) -> None:
    log = filled.library / "log" / "secret.jsonl"
    log.write_text('{"job_id": "j"}\n', encoding="utf-8")
    log.chmod(0)
    for more in ((), ("--deep",)):
        ended = filled.run("doctor", *more, first=BOUND_BY_PERMISSIONS)
        assert ended.code == 1, ended
        assert "secret.jsonl" in ended.out and "permissions" in ended.out
        assert "Traceback" not in ended.err
