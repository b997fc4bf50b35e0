"""Repaired copies: every usable line, nothing thrown away, nothing overwritten, nothing changed in place."""

import base64
import json
from pathlib import Path

import pytest
from library_factory import make_job, make_library, rated_jobs

from learning_core.audit import AuditChain
from learning_core.errors import TargetRefused
from learning_core.health.check import check
from learning_core.health.repair import Repair, repair
from learning_core.library import Library
from learning_core.log.events import event_line
from learning_core.log.seal import seal

OVERSIZE = b'{"job_id":"' + b"x" * (10 * 1024 * 1024) + b'"}\n'


def mend(library: Library, folder: Path) -> Repair:
    return repair(library, folder, at=1.0, actor="person")


def damage(library: Library) -> tuple[list[bytes], list[bytes]]:
    """Return the lines that are good and those that are not, as they were put into a log of all kinds of damage."""
    sealed = event_line(make_job(2))
    good = [
        event_line(make_job(1)), b"\n", b"\0\0\0" + sealed, b'{"job_id":"crlf"}\r\n',
        b'{"job_id":"newer","schema_version":9}\n', b'{"job_id":"x","steps":"no number"}\n',
    ]  # fmt: skip
    bad = [
        sealed.replace(b'"width":832', b'"width":823'), b"{broken\n", b"[1]\n", b'{"job_id":"\xff"}\n',
        b'{"steps":1}\n', OVERSIZE, b'{"job_id":"torn',
    ]  # fmt: skip
    assert bad[0] != sealed
    order = [
        good[0],
        bad[0],
        good[1],
        bad[1],
        bad[2],
        good[2],
        good[3],
        bad[3],
        bad[4],
        good[4],
        bad[5],
        good[5],
        bad[6],
    ]
    (library.log_folder / "damaged.jsonl").write_bytes(b"".join(order))
    return good, bad


def test_the_copy_holds_every_usable_line_and_the_rest_stands_beside(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(5))
    good, bad = damage(library)
    before = {path.name: path.read_bytes() for path in library.log_folder.iterdir()}
    done = mend(library, tmp_path / "copies")
    (file,) = done.files
    assert (file.kept, file.rejected) == (5, 7)
    assert (tmp_path / "copies" / "damaged.jsonl").read_bytes() == b"".join(good)
    rejected = [json.loads(line) for line in (tmp_path / "copies" / "damaged.jsonl.rejected").read_bytes().splitlines()]
    assert [base64.b64decode(each["base64"]) for each in rejected] == bad
    whole = before["damaged.jsonl"]
    for each, data in zip(rejected, bad, strict=True):
        assert whole[each["offset"] : each["offset"] + each["length"]] == data
    assert "checksum" in rejected[0]["reason"] and "unfinished" in rejected[-1]["reason"]
    assert {path.name: path.read_bytes() for path in library.log_folder.iterdir()} == before
    assert [entry.action for entry in AuditChain(library.root).entries()] == ["repair"]


def test_the_copy_in_the_place_of_the_file_makes_the_library_sound(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(5))
    data = library.own_log.read_bytes()
    library.own_log.write_bytes(data.replace(b'"steps":28', b'"steps":82', 1))
    assert not check(library).ok
    mend(library, tmp_path / "copies")
    library.own_log.rename(tmp_path / "kept.jsonl")
    (tmp_path / "copies" / "whatworks.jsonl").rename(library.own_log)
    health = check(library, deep=True)
    assert health.ok
    assert health.counts["refused_lines"] == 0
    assert library.own_log.read_bytes().count(b"\n") == data.count(b"\n") - 1


def test_a_sound_library_needs_no_copy(rated_library: Library, tmp_path: Path) -> None:
    assert mend(rated_library, tmp_path / "copies").files == []
    assert not (tmp_path / "copies").exists()


def test_a_line_of_wrong_types_under_a_true_checksum_is_left_out_of_the_copy(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    library.append_lines([seal({"kind": "job", "job_id": "x", "steps": "many"})], durable=False)
    assert any(finding.offset is not None for finding in check(library, deep=True).findings)
    (copied,) = mend(library, tmp_path / "copies").files
    assert (copied.kept, copied.rejected) == (1, 1)


def test_nothing_is_overwritten_and_nothing_goes_into_the_library(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(5))
    damage(library)
    for folder in (library.log_folder, library.log_folder / "inside", library.root / "audit", library.cache):
        with pytest.raises(TargetRefused, match="another folder"):
            mend(library, folder)
    for name in ("damaged.jsonl", "damaged.jsonl.rejected"):
        folder = tmp_path / f"with {name}"
        folder.mkdir()
        (folder / name).write_bytes(b"mine")
        with pytest.raises(TargetRefused, match="exists already"):
            mend(library, folder)
        assert [path.read_bytes() for path in folder.iterdir()] == [b"mine"]


@pytest.mark.parametrize("taken", ["second.jsonl", "second.jsonl.rejected"])
def test_a_name_that_is_taken_is_found_before_the_first_copy(tmp_path: Path, taken: str) -> None:
    library = make_library(tmp_path, rated_jobs(5))
    damage(library)
    (library.log_folder / "second.jsonl").write_bytes(b"{broken\n")
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / taken).write_bytes(b"mine")
    with pytest.raises(TargetRefused, match="exists already"):
        mend(library, tmp_path / "copies")
    assert [path.name for path in (tmp_path / "copies").iterdir()] == [taken]
