"""How a command ends: expected error 1, bug 3 with a report, interrupted 130."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

CRASH = """
import learning_core.answers.what_works as module
def broken(*arguments, **options):
    raise RuntimeError("planted \\x1b[31m fault")
module.what_works = broken
"""
SLOW = """
import sys, time
import learning_core.answers.what_works as module
def slow(*arguments, **options):
    print("ready", file=sys.stderr, flush=True)
    time.sleep(100)
module.what_works = slow
"""


def test_an_expected_error_is_one_sentence_on_stderr(filled_once: Any) -> None:
    ended = filled_once.run("records", "rec:0123456789abcdef")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("Error: No record 'rec:0123456789abcdef'.")
    assert "Traceback" not in ended.err


def test_a_fault_of_our_own_ends_with_3_and_leaves_a_report(filled_once: Any) -> None:
    ended = filled_once.run(start=filled_once.planted(CRASH, "ask", "beach"))
    assert (ended.code, ended.out) == (3, "")
    assert "Traceback" not in ended.err and "\x1b" not in ended.err
    report = _report_named_in(ended.err)
    assert report.parent == filled_once.cache / "reports"
    text = report.read_text(encoding="utf-8")
    assert "RuntimeError: planted" in text and "Traceback" in text and "['ask', 'beach']" in text
    if os.name == "posix":
        assert report.stat().st_mode & 0o077 == 0


def test_a_report_goes_elsewhere_when_the_cache_cannot_hold_it(filled_once: Any, tmp_path: Path) -> None:
    ended = filled_once.run(start=filled_once.planted(CRASH, "paths"))
    assert ended.code == 0
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    crash = "import server.place\nserver.place.find_library = lambda chosen: 1 / 0"
    ended = filled_once.run(start=filled_once.planted(crash, "ask"), WHATWORKS_CACHE=str(blocked))
    assert ended.code == 3
    assert _report_named_in(ended.err).parent == filled_once.temporary


def test_a_cache_that_cannot_be_written_is_an_expected_error(filled_once: Any, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    ended = filled_once.run("ask", "beach", WHATWORKS_CACHE=str(blocked))
    assert (ended.code, ended.out) == (1, "")
    assert "WHATWORKS_CACHE" in ended.err


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process there")
def test_an_interrupt_ends_with_130_and_no_traceback(filled_once: Any) -> None:
    process = filled_once.start(start=filled_once.planted(SLOW, "ask", "beach"))
    with process:
        assert process.stderr is not None
        assert process.stderr.readline().strip() == "ready"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "Interrupted." in err and "Traceback" not in err


def _report_named_in(text: str) -> Path:
    return Path(text.partition("The details are in ")[2].partition("; please")[0])
