"""`demo`: the whole way through a real server, the same words each time, and nothing left behind."""

import re
import signal
import sys
from pathlib import Path
from typing import Any

import pytest


def test_it_shows_import_tools_answer_record_and_truth_the_same_each_time_and_leaves_nothing(empty: Any) -> None:
    ended = empty.run("demo")
    assert (ended.code, ended.err) == (0, ""), ended
    for fact in (
        "58 generations read, 58 new",
        "what_works",
        "search_records",
        "get_item",
        "library_overview",
        "coastlineXL_v3 is clearly better",
        "no clear winner",
        "never varied",
        "whatworks import PATH",
        "Nothing was left behind.",
    ):
        assert fact in " ".join(ended.out.split()), fact
    assert re.search(r"get_item\(refs=\[\"rec:[0-9a-f]{16}\"\]\)", ended.out)
    assert empty.run("demo").out == ended.out
    assert _files_under(empty.temporary, empty.library, empty.cache, empty.home) == []


def test_with_keep_the_library_can_be_asked_afterwards(empty: Any) -> None:
    ended = empty.run("demo", "--keep")
    assert ended.code == 0, ended
    kept = Path(ended.out.partition("Kept in ")[2].partition(";")[0])
    assert kept.parent == empty.temporary
    answer = empty.run("--library", str(kept / "library"), "ask", "beach", "--json").json()
    assert answer["matched"]["jobs"] == 36


def test_a_folder_named_server_where_it_is_started_is_not_taken_for_ours(empty: Any) -> None:
    decoy = empty.home / "server"
    decoy.mkdir()
    (decoy / "__init__.py").write_text("raise SystemExit('the wrong server')", encoding="utf-8")
    # As an installed command starts: its own folder, not the current one, is where Python looks.
    start = ["-P", "-c", "from server.cli.main import main; main()"]
    ended = empty.run("demo", start=start)
    assert ended.code == 0, ended


def test_a_server_that_does_not_start_is_a_fault_with_its_words_in_the_report(empty: Any) -> None:
    crash = "import server.demo.conversation as module\nmodule._START = 'raise SystemExit(\"planted refusal\")'"
    ended = empty.run(start=empty.planted(crash, "demo"))
    assert ended.code == 3
    report = Path(ended.err.partition("The details are in ")[2].partition("; please")[0])
    assert "planted refusal" in report.read_text(encoding="utf-8")
    assert _files_under(empty.temporary) == []


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process there")
@pytest.mark.parametrize("moment", ["1. Import", "2. An assistant asks"])
def test_an_interrupt_cleans_up(moment: str, empty: Any) -> None:
    process = empty.start("demo")
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == moment:
                break
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert _files_under(empty.temporary) == []


def _files_under(*folders: Path) -> list[Path]:
    return [path for folder in folders if folder.exists() for path in folder.rglob("*")]
