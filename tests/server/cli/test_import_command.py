"""`import`: files, folders and globs; counts on stdout; a report; exit codes."""

import json
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).resolve().parents[3] / "server" / "demo" / "samples"


def test_a_folder_is_read_once_and_a_second_time_adds_nothing(empty: Any) -> None:
    first = empty.run("import", str(SAMPLES), "--json").json()
    assert (first["read"], first["new"], first["judgements"], first["skipped_total"]) == (58, 58, 58, 0)
    assert sum(first["by_format"].values()) == 58
    log = (empty.library / "log" / "whatworks.jsonl").read_bytes()
    second = empty.run("import", str(SAMPLES), "--json").json()
    assert second["new"] == 0
    assert (empty.library / "log" / "whatworks.jsonl").read_bytes() == log


def test_the_counts_are_said_in_words_and_the_next_step_beside_them(empty: Any) -> None:
    ended = empty.run("import", str(SAMPLES))
    assert ended.code == 0
    assert "58 new" in ended.out and "0 skipped" in ended.out
    assert ended.err == "Now ask: whatworks ask SUBJECT\n"


def test_a_pattern_that_the_shell_left_alone_is_expanded(empty: Any) -> None:
    ended = empty.run("import", str(SAMPLES / "**" / "*.png"), "--json")
    assert ended.json()["new"] == 36


def test_a_path_that_is_not_there_costs_only_itself_and_ends_with_1(empty: Any) -> None:
    ended = empty.run("import", str(SAMPLES / "a1111"), "nowhere", "no*thing.png")
    assert ended.code == 1
    assert "20 new" in ended.out
    assert "skipped nowhere: there is no such file or folder" in ended.out
    assert "skipped no*thing.png: the pattern matches nothing" in ended.out


def test_a_broken_file_inside_a_folder_is_named_and_is_no_failure(empty: Any) -> None:
    folder = empty.home / "mixed"
    folder.mkdir()
    good = next((SAMPLES / "a1111").iterdir()).read_bytes()
    (folder / "good.png").write_bytes(good)
    (folder / "half.png").write_bytes(good[:60])
    ended = empty.run("import", "mixed", "--report", "report.json")
    assert ended.code == 0, ended
    assert "half.png" in ended.out
    report = json.loads((empty.home / "report.json").read_text(encoding="utf-8"))
    assert report["new"] == 1
    assert [Path(item["path"]).name for item in report["skipped"]] == ["half.png"]


def test_only_broken_files_are_a_failure(empty: Any) -> None:
    (empty.home / "half.png").write_bytes(b"\x89PNG\r\n\x1a\nhalf")
    ended = empty.run("import", "half.png")
    assert ended.code == 1
    assert "half.png" in ended.out


def test_a_long_list_of_skipped_files_is_cut_and_says_so(empty: Any) -> None:
    folder = empty.home / "broken"
    folder.mkdir()
    for number in range(15):
        (folder / f"{number:02}.png").write_bytes(b"\x89PNG\r\n\x1a\nhalf %d" % number)
    ended = empty.run("import", "broken")
    assert ended.out.count("skipped broken") == 10
    assert "and 5 more; --report FILE lists them" in ended.out


def test_a_report_that_cannot_be_written_is_said_after_the_import(empty: Any) -> None:
    ended = empty.run("import", str(SAMPLES / "a1111"), "--report", str(Path("no-such-folder") / "report.json"))
    assert ended.code == 1
    assert "20 new" in ended.out
    assert "report could not be written" in ended.err


def test_without_a_path_it_is_wrong_usage(empty: Any) -> None:
    assert empty.run("import").code == 2
