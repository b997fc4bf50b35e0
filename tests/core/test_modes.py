"""Off, passive, active: the word of the run counts before that of its prompt pack, and that before the library's."""

from pathlib import Path
from typing import Any

import pytest

from learning_core.errors import Unreadable
from learning_core.hook import job_completed
from learning_core.modes import DOCUMENT, LearningModes, mode_of_record, read_modes, write_modes


def test_the_nearest_word_counts() -> None:
    modes = LearningModes(mode="off", prompt_packs={"portraits": "active"})
    assert modes.of() == "off"
    assert modes.of(prompt_pack="portraits") == "active"
    assert modes.of("passive", "portraits") == "passive"
    assert LearningModes().of(prompt_pack="unknown") == "passive"


def test_modes_are_kept_and_read_back(tmp_path: Path) -> None:
    modes = LearningModes().changed("active").changed("off", "küste")
    write_modes(tmp_path, modes)
    assert read_modes(tmp_path) == modes
    (tmp_path / DOCUMENT).write_text('{"mode": "sometimes"}', "utf-8")
    with pytest.raises(Unreadable, match="mode"):
        read_modes(tmp_path)
    assert mode_of_record(tmp_path, {}) == "passive"


@pytest.mark.parametrize(
    ("record", "logged"),
    [
        ({}, False),
        ({"learning_mode": "passive"}, True),
        ({"prompt_pack": "portraits"}, True),
        ({"prompt_pack": 3}, False),
    ],
)
def test_a_pipeline_logs_nothing_where_learning_is_off(tmp_path: Path, record: dict[str, Any], logged: bool) -> None:
    write_modes(tmp_path, LearningModes(mode="off", prompt_packs={"portraits": "passive"}))
    assert job_completed({"job_id": "a"} | record, library=tmp_path) is logged
    assert (tmp_path / "log" / "pipeline.jsonl").exists() is logged
