"""A log that a released version wrote replays for ever: the same records, the same answers, byte for byte."""

import hashlib
import json
from pathlib import Path

import pytest
from replay import FOLDER, golden_libraries, replay

from learning_core.model.judgement import JUDGEMENTS

SUMS = FOLDER / "logs.sha256"


@pytest.mark.parametrize("name", golden_libraries())
def test_a_golden_log_says_what_it_always_said(name: str, tmp_path: Path) -> None:
    found = replay(name, tmp_path)
    for file, content in found.items():
        expected = (FOLDER / name / file).read_bytes()
        assert content == expected, f"{name}/{file}; if this is meant: python tests/golden/replay.py"


def test_nobody_changed_a_golden_log() -> None:
    sums = dict(reversed(line.split("  ")) for line in SUMS.read_text(encoding="ascii").splitlines())
    logs = {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.glob("*/log/*.jsonl")}
    assert set(logs) == set(sums)
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in logs.items()} == sums


def test_the_golden_logs_hold_every_kind_of_event_sealed_and_not() -> None:
    lines = [line for path in FOLDER.glob("*/log/*.jsonl") for line in path.read_bytes().split(b"\n")]
    kinds = set()
    for line in lines:
        try:
            content = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(content, dict):
            kinds.add((content.get("kind", "job"), "crc32" in content))
    assert {(kind, True) for kind in ("job", *JUDGEMENTS)} <= kinds
    assert ("job", False) in kinds
    assert ("rating", False) in kinds


def test_lines_of_a_newer_version_are_kept_for_it_and_say_so() -> None:
    trouble = json.loads((FOLDER / "newer" / "records.json").read_bytes())["trouble"]
    reasons = [reason for *_, reason in trouble["refusals"]]
    assert sum("newer whatworks" in reason for reason in reasons) == 4
    records = json.loads((FOLDER / "newer" / "records.json").read_bytes())["records"]
    assert {"kept": True} in [record["job"].get("new_field") for record in records.values()]
