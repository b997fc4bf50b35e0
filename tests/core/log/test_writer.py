import json
import logging
from pathlib import Path

import pytest

from learning_core import JobRecord, LearningWriter, job_completed


def test_each_record_is_one_line_and_stays_as_it_was_given(tmp_path: Path) -> None:
    writer = LearningWriter(tmp_path / "records.jsonl")
    record = {
        "job_id": "j1",
        "seed": 2**64 - 1,
        "prompt_positive": "beach\nat 夕焼け",
        "notes": None,
        "extra": [1],
    }
    kept = json.loads(json.dumps(record))
    assert writer.write(record)
    assert writer.write(JobRecord(job_id="j2", steps=20))
    lines = (tmp_path / "records.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert all(line.startswith("{") for line in lines)
    assert json.loads(lines[0]) == record == kept
    assert (writer.written, writer.failed) == (2, 0)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"job_id": 7},
        {"job_id": ["a"]},
        {"job_id": "a" * 513},
        {"job_id": "a", "x": {1}},
        {"job_id": "a", "x": "\ud800"},
        5,
        None,
    ],
)
def test_it_never_raises_but_logs_and_counts(record: object, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    writer = LearningWriter(tmp_path / "records.jsonl")
    with caplog.at_level(logging.WARNING, "whatworks"):
        assert writer.write(record) is False  # type: ignore[arg-type]
    assert (writer.written, writer.failed) == (0, 1)
    assert len(caplog.records) == 1
    assert not (tmp_path / "records.jsonl").exists()


def test_a_folder_in_place_of_the_file_does_not_disturb_the_pipeline(tmp_path: Path) -> None:
    (tmp_path / "records.jsonl").mkdir()
    writer = LearningWriter(tmp_path / "records.jsonl")
    assert writer.write({"job_id": "a"}) is False
    assert writer.failed == 1


def test_the_hook_is_opt_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHATWORKS_LIBRARY", raising=False)
    assert job_completed({"job_id": "a"}) is False
    monkeypatch.setenv("WHATWORKS_LIBRARY", str(tmp_path))
    assert job_completed({"job_id": "a", "learning_mode": "off"}) is False
    assert not (tmp_path / "log").exists()
    assert job_completed({"job_id": "a", "learning_mode": "passive"}) is True
    assert job_completed({"job_id": "b"}, tmp_path / "other") is True
    assert (tmp_path / "log" / "pipeline.jsonl").read_bytes().count(b"\n") == 1
    assert (tmp_path / "other" / "log" / "pipeline.jsonl").exists()
    assert job_completed("nonsense", tmp_path) is False  # type: ignore[arg-type]
