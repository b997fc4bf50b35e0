"""Importing real files: nothing twice, nothing lost, a broken file costs only itself."""

import json
import multiprocessing
import os
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest
from library_factory import make_library
from picture_factory import SIGNATURE, infotext, png, text_chunk, write_picture

from learning_core.importers.run import ImportProgress, ImportReport, import_paths
from learning_core.library import Library
from learning_core.limits import WRITTEN_LINE_BYTES

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return make_library(tmp_path)


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    folder = tmp_path / "outputs"
    for seed in range(3):
        write_picture(folder / f"{seed}.png", seed)
    return folder


def log(library: Library) -> bytes:
    return library.own_log.read_bytes() if library.own_log.exists() else b""


def touch(path: Path) -> None:
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))


def jobs(library: Library) -> int:
    with library.snapshot() as snapshot:
        return snapshot.jobs


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.read, report.new, report.already_known, report.unchanged


def test_a_second_import_adds_not_a_byte_and_opens_nothing(
    library: Library, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert counts(import_paths(library, [outputs])) == (3, 3, 0, 0)
    before = log(library)
    opened: list[str] = []
    really_open = Path.open

    def watched(self: Path, *arguments: Any, **options: Any) -> Any:
        opened.append(str(self))
        return really_open(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", watched)
    assert counts(import_paths(library, [outputs])) == (0, 0, 0, 3)
    assert [path for path in opened if path.startswith(str(outputs))] == []
    assert log(library) == before


def test_only_the_files_that_changed_are_read_again(library: Library, outputs: Path) -> None:
    import_paths(library, [outputs])
    touch(outputs / "1.png")
    write_picture(outputs / "new.png", 77)
    assert counts(import_paths(library, [outputs])) == (2, 1, 1, 2)


def test_a_file_is_known_from_whichever_folder_it_is_named(
    library: Library, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_paths(library, [outputs])
    monkeypatch.chdir(outputs)
    assert counts(import_paths(library, [Path("../outputs")])) == (0, 0, 0, 3)


def test_a_moved_or_copied_image_is_the_same_generation(library: Library, outputs: Path) -> None:
    import_paths(library, [outputs])
    before = log(library)
    (outputs / "kept").mkdir()
    shutil.copy(outputs / "0.png", outputs / "kept" / "copy.png")
    (outputs / "1.png").rename(outputs / "kept" / "favourite.png")
    report = import_paths(library, [outputs])
    assert (report.new, report.already_known) == (0, 2)
    assert log(library) == before


def test_two_copies_at_once_are_one_generation(library: Library, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        write_picture(tmp_path / "twins" / name, 5, ranking=4)
    report = import_paths(library, [tmp_path / "twins"])
    assert (report.read, report.new, report.already_known, report.judgements) == (2, 1, 1, 1)


@pytest.mark.parametrize("damage", ["deleted", "garbage", "folder", "cut", "other table"])
def test_a_lost_or_damaged_memory_of_files_costs_only_time(damage: str, library: Library, outputs: Path) -> None:
    import_paths(library, [outputs])
    before = log(library)
    memory = library.cache / "seen.sqlite"
    kept = memory.read_bytes()
    for path in library.cache.glob("seen.sqlite*"):
        path.unlink()
    if damage == "garbage":
        memory.write_bytes(b"not a database" * 1000)
    elif damage == "folder":
        memory.mkdir()
    elif damage == "cut":
        memory.write_bytes(kept[: len(kept) // 2])
    elif damage == "other table":
        connection = sqlite3.connect(memory)
        connection.execute("CREATE TABLE file(path)")
        connection.close()
    assert counts(import_paths(library, [outputs])) == (3, 0, 3, 0)
    assert log(library) == before
    if damage in ("deleted", "garbage", "cut"):
        assert import_paths(library, [outputs]).unchanged == 3


def test_a_log_that_was_deleted_while_the_memory_stayed_is_filled_again(library: Library, outputs: Path) -> None:
    write_events(outputs / "events.jsonl")
    import_paths(library, [outputs])
    before = log(library)
    library.own_log.unlink()
    report = import_paths(library, [outputs])
    assert (report.new, report.judgements, report.unchanged) == (3, 1, 0)
    assert sorted(log(library).splitlines()) == sorted(before.splitlines())


def write_events(path: Path) -> None:
    event = {"kind": "rating", "event_id": "e1", "job_id": "somebody-else's", "value": 4}
    path.write_text(json.dumps(event) + "\n", encoding="utf-8")


def test_a_folder_of_junk_costs_only_the_junk(library: Library, outputs: Path) -> None:
    good = (outputs / "0.png").read_bytes()
    (outputs / "half.png").write_bytes(good[:70])
    (outputs / "empty.png").write_bytes(b"")
    (outputs / "signature.png").write_bytes(SIGNATURE)
    (outputs / "bare.png").write_bytes(png())
    (outputs / "notes.md").write_text("# notes", encoding="utf-8")
    (outputs / "caption.txt").write_text("a caption", encoding="utf-8")
    (outputs / "list.json").write_text("[1, 2", encoding="utf-8")
    (outputs / "noise.bin").write_bytes(bytes(range(256)))
    (outputs / "lines.jsonl").write_text("[]\n5\n", encoding="utf-8")
    report = import_paths(library, [outputs])
    assert report.new == 3
    reasons = {Path(item.path).name: item.reason for item in report.skipped}
    assert reasons.keys() == {
        "half.png", "empty.png", "signature.png", "bare.png", "notes.md", "caption.txt", "list.json", "noise.bin",
        "lines.jsonl",
    }  # fmt: skip
    assert all(reasons.values())
    assert reasons["half.png"] == "the file ends inside a chunk"
    assert "line 1: an array" in reasons["lines.jsonl"]
    assert report.skipped_total == len(report.skipped) == 9
    assert report.files == 12


def test_a_half_written_image_is_tried_again_when_it_is_whole(library: Library, tmp_path: Path) -> None:
    whole = png(text_chunk(infotext(9)), picture=b"9")
    path = tmp_path / "late.png"
    path.write_bytes(whole[:-20])
    assert import_paths(library, [path]).new == 0
    before = path.stat()
    path.write_bytes(whole)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert import_paths(library, [path]).new == 1


def test_one_record_that_is_too_large_costs_only_itself(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    large = {"job_id": "large", "prompt_positive": "beach", "extra": "x" * WRITTEN_LINE_BYTES}
    rows = [{"job_id": "a", "prompt_positive": "beach", "steps": 1}, large, {**large, "extra": "small"},
            {"job_id": "b", "prompt_positive": "beach", "steps": 1}]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    report = import_paths(library, [path])
    assert (report.read, report.new, report.already_known) == (3, 3, 0)
    (skipped,) = report.skipped
    assert skipped.where == "line 2"
    assert "1048576" in skipped.reason


def test_the_lines_of_a_log_bring_their_jobs_and_what_was_said_of_them(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "learning.jsonl"
    rows: list[dict[str, Any]] = [
        {"job_id": "a", "prompt_positive": "beach", "steps": 20, "user_rating": 5, "notes": "soft light"},
        {"job_id": "b", "prompt_positive": "harbour", "steps": 30},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    report = import_paths(library, [path])
    assert report.by_format == {"LearningRecordV2 log": 2}
    assert (report.new, report.judgements) == (2, 2)
    with library.snapshot() as snapshot:
        assert sorted(snapshot.column("rating_sum").tolist()) == [0, 5]


def test_a_text_file_stands_for_the_image_beside_it(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "bare.png").write_bytes(png(picture=b"bare"))
    (folder / "bare.txt").write_bytes(infotext(1))
    write_picture(folder / "own.png", 2)
    (folder / "own.txt").write_bytes(infotext(2))
    (folder / "alone.txt").write_bytes(infotext(3))
    report = import_paths(library, [folder])
    assert report.new == 3
    assert report.by_format == {"infotext file": 2, "infotext image": 1}
    reasons = {Path(item.path).name: item.reason for item in report.skipped}
    assert reasons["own.txt"] == "the image beside it carries its own settings"


def test_a_review_beside_an_image_is_said_of_that_image(library: Library, tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "seen" / "a.png", 3)
    review = {"schema": "stablenew.review.v1", "user_rating": 4, "review_record_id": "r-1"}
    (picture.parent / "a.png.review.json").write_text(json.dumps(review), encoding="utf-8")
    report = import_paths(library, [picture.parent])
    assert (report.new, report.already_known, report.judgements) == (1, 1, 1)
    with library.snapshot() as snapshot:
        assert snapshot.jobs == 1
        assert snapshot.column("rating_sum").tolist() == [4]


def test_progress_is_told_for_each_file_up_to_the_total(library: Library, outputs: Path) -> None:
    told: list[ImportProgress] = []
    import_paths(library, [outputs], progress=told.append)
    assert [each.done for each in told] == [1, 2, 3]
    assert {each.total for each in told} == {3}
    assert Path(told[-1].current).name == "2.png"


def test_the_report_as_json_holds_everything(library: Library, outputs: Path) -> None:
    (outputs / "half.png").write_bytes((outputs / "0.png").read_bytes()[:70])
    write_picture(outputs / "stars.png", 8, ranking=9)
    content = json.loads(import_paths(library, [outputs]).model_dump_json())
    assert content["by_format"] == {"infotext image": 4}
    assert [content[name] for name in ("files", "read", "new", "already_known", "skipped_total")] == [5, 4, 4, 0, 1]
    assert content["skipped"][0]["path"].endswith("half.png")
    assert [Path(item["path"]).name for item in content["remarks"]] == ["stars.png"]
    assert "Ranking" in content["remarks"][0]["reason"]


@LINUX
def test_names_that_are_no_text_are_imported_and_reported(library: Library, outputs: Path) -> None:
    folder = outputs / os.fsdecode(b"d\xff")
    folder.mkdir()
    names = [b"\xff\xfe.png", b"line\nbreak.png", b"\x1b[31m.png", "\u202egnp.png".encode(), b"x" * 251 + b".png"]
    for number, name in enumerate(names):
        whole = png(text_chunk(infotext(100 + number)), picture=b"n%d" % number)
        (folder / os.fsdecode(name)).write_bytes(whole)
    (folder / os.fsdecode(b"half\xff.png")).write_bytes(whole[:70])
    review = {"run_id": "r", "metadata": {"record_kind": "review_tab_feedback", "user_rating": 4, "image_path": "d"}}
    (folder / os.fsdecode(b"log\xff.jsonl")).write_text(json.dumps(review) + "\n", encoding="utf-8")
    (folder / os.fsdecode(b"text\xff.txt")).write_bytes(infotext(300))
    report = import_paths(library, [outputs])
    assert report.new == 3 + len(names) + 2
    (skipped,) = report.skipped
    assert skipped.path.endswith("d\\udcff/half\\udcff.png")
    assert json.loads(report.model_dump_json())["skipped_total"] == 1
    before = log(library)
    assert b"\\\\udcff" in before
    assert import_paths(library, [outputs]).unchanged == 3 + len(names) + 2
    assert log(library) == before


def _import_in_a_process(root: str, folder: str) -> None:
    import_paths(make_library(Path(root)), [Path(folder)])


def test_two_importers_at_once_count_nothing_twice(tmp_path: Path, library: Library) -> None:
    folder = tmp_path / "many"
    for seed in range(150):
        write_picture(folder / f"{seed:03}.png", seed, ranking=1 + seed % 5)
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=_import_in_a_process, args=(str(tmp_path), str(folder))) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    with library.snapshot() as snapshot:
        assert snapshot.jobs == 150
        assert snapshot.column("rated").sum() == 150
        assert snapshot.column("rating_sum").sum() == sum(1 + seed % 5 for seed in range(150))
        assert snapshot.inspection.conflicts() == []
        assert snapshot.inspection.refusals() == []
