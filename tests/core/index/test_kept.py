"""Arrays kept for the next process come back as they were, or not at all."""

from pathlib import Path

import numpy as np
import pytest

from learning_core.index.kept import keep_arrays, read_arrays

ARRAYS = {
    "rates": np.array([0.25, 0.5]), "known": np.array([True, False, True]), "levels": np.array([3, 1], np.int64),
    "one": np.asarray(2.5), "none": np.zeros((0, 2)), "names": np.array(["a", "b\u00e9ta"]), "table": np.eye(3)[:, ::2],
}  # fmt: skip


def test_they_come_back_to_whom_asks_for_the_same(tmp_path: Path) -> None:
    keep_arrays(tmp_path / "kept.npz", "state 1", ARRAYS)
    found = read_arrays(tmp_path / "kept.npz", "state 1")
    assert found is not None
    assert {name: each.tolist() for name, each in found.items()} == {
        name: each.tolist() for name, each in ARRAYS.items()
    }
    assert [path.name for path in tmp_path.iterdir()] == ["kept.npz"]


def test_they_do_not_answer_for_another_state(tmp_path: Path) -> None:
    keep_arrays(tmp_path / "kept.npz", "state 1", ARRAYS)
    assert read_arrays(tmp_path / "kept.npz", "state 2") is None
    assert read_arrays(tmp_path / "other.npz", "state 1") is None


@pytest.mark.parametrize("place", range(0, 1_000, 37))
def test_a_damaged_file_gives_what_was_kept_or_nothing(place: int, tmp_path: Path) -> None:
    path = tmp_path / "kept.npz"
    keep_arrays(path, "state 1", ARRAYS)
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= 0xFF
    path.write_bytes(data)
    found = read_arrays(path, "state 1")
    assert found is None or all(found[name].tolist() == each.tolist() for name, each in ARRAYS.items() if name in found)


def test_a_folder_that_takes_no_file_is_no_error(tmp_path: Path) -> None:
    keep_arrays(tmp_path / "missing" / "kept.npz", "state 1", ARRAYS)
    assert list(tmp_path.iterdir()) == []
