"""`whatworks embed` as a person runs it, and `--match semantic` afterwards."""

from pathlib import Path
from typing import Any

from invented_table import give_table
from model_files import model_folder

from learning_core.library import Library


def test_it_counts_without_a_table_and_embeds_with_one(filled: Any) -> None:
    ended = filled.run("embed")
    assert ended.code == 0, ended
    assert "terms in three prompts or more" in ended.out
    assert "whatworks embed --distil FOLDER" in ended.out
    give_table(Library(filled.library, filled.cache))
    assert "by the static table: " in filled.run("embed").out
    asked = filled.run("ask", "beach", "--match", "semantic", "--exclude", "portrait")
    assert asked.code == 0, asked
    assert 'without "portrait"' in asked.out


def test_a_model_folder_that_cannot_be_used_is_one_sentence(filled: Any, tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model")
    (folder / "pytorch_model.bin").write_bytes(b"x")
    ended = filled.run("embed", "--distil", str(folder))
    assert (ended.code, ended.out) == (1, "")
    assert "pytorch_model.bin may run code" in ended.err
    assert "Traceback" not in ended.err
    assert not (filled.library / "matching").exists()
