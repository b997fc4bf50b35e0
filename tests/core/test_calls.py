import os
import stat
from pathlib import Path

import pytest

from learning_core.calls import Call, CallLog

NOVEMBER = 1_762_000_000.0
DECEMBER = 1_765_000_000.0


def call(number: int, at: float = NOVEMBER) -> Call:
    return Call(
        at=at + number, client="test 1", revision="2026-07-28", tool="what_works", arguments="0" * 16,
        outcome="answered", refs=["rec:0123456789abcdef"], bytes=100 + number, ms=1.5,
    )  # fmt: skip


def test_calls_are_appended_by_month_and_read_newest_first(tmp_path: Path) -> None:
    log = CallLog(tmp_path)
    written = [call(0), call(1), call(0, DECEMBER), call(1, DECEMBER)]
    for each in written:
        log.append(each)
    assert sorted(path.name for path in log.folder.iterdir() if path.suffix == ".jsonl") == [
        "2025-11.jsonl",
        "2025-12.jsonl",
    ]
    assert log.newest(3) == [written[3], written[2], written[1]]
    assert list(log.every()) == written


def test_what_is_no_call_is_passed_over(tmp_path: Path) -> None:
    log = CallLog(tmp_path)
    log.append(call(0))
    with (log.folder / "2025-11.jsonl").open("ab") as file:
        file.write(b'not json\n{"at": "soon"}\n[]\n')
    log.append(call(1))
    with (log.folder / "2025-11.jsonl").open("ab") as file:
        file.write(b'{"torn')
    assert log.newest(10) == [call(1), call(0)]
    log.append(call(2))
    assert log.newest(10) == [call(2), call(1), call(0)]


def test_nothing_is_made_where_there_is_no_library(tmp_path: Path) -> None:
    CallLog(tmp_path / "mistyped").append(call(0))
    assert list(tmp_path.iterdir()) == []
    assert CallLog(tmp_path / "mistyped").newest(5) == []


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    log = CallLog(tmp_path)
    before = os.umask(0)
    try:
        log.append(call(0))
    finally:
        os.umask(before)
    assert stat.S_IMODE((log.folder / "2025-11.jsonl").stat().st_mode) == 0o600
