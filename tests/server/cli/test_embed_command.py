"""`whatworks embed` as a person runs it, and `--match semantic` afterwards."""

import json
from pathlib import Path
from typing import Any

from invented_table import give_table
from model_files import model_folder

from learning_core.library import Library


def test_without_a_table_it_counts_and_says_how_to_go_on(filled: Any) -> None:
    ended = filled.run("embed")
    assert ended.code == 0, ended
    assert "terms in three prompts or more" in ended.out
    assert "whatworks embed --distil FOLDER" in ended.out
    asked = filled.run("ask", "beach", "--match", "semantic")
    assert "Not widened: there are no term vectors" in asked.out


def test_near_terms_are_shown_apart(filled: Any) -> None:
    give_table(Library(filled.library, filled.cache))
    ended = filled.run("embed", "--json")
    assert json.loads(ended.out)["new_by_model"] is None
    plain = json.loads(filled.run("ask", "beach", "--json").out)
    answer = json.loads(filled.run("ask", "beach", "--match", "semantic", "--json").out)
    assert answer["match"] == "semantic"
    assert [each["how"] for each in answer["terms"]] == ["given"]
    for field in ("summary", "matched", "parameters", "tier", "often_with"):
        assert json.dumps(answer[field]) == json.dumps(plain[field])
    asked = filled.run("ask", "dusk", "--match", "semantic", "--exclude", "portrait")
    assert asked.code == 0, asked
    assert 'without "portrait"' in asked.out


def test_a_model_folder_that_cannot_be_used_is_one_sentence(filled: Any, tmp_path: Path) -> None:
    ended = filled.run("embed", "--distil", str(tmp_path / "nowhere"))
    assert (ended.code, ended.out) == (1, "")
    assert "there is no such folder" in ended.err
    folder = model_folder(tmp_path / "model")
    (folder / "pytorch_model.bin").write_bytes(b"x")
    ended = filled.run("embed", "--model", str(folder))
    assert (ended.code, ended.out) == (1, "")
    assert "pytorch_model.bin may run code" in ended.err
    assert "Traceback" not in ended.err
    assert not (filled.library / "matching").exists()
