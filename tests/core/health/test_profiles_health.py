"""The check of a library tells which profiles cannot be used, and of a list of folders that says something else."""

from pathlib import Path

from library_factory import make_job, make_library
from sidecar_factory import model_content, write_sidecar

from learning_core.health.check import check
from learning_core.health.findings import Finding
from learning_core.library import Library
from learning_core.profiles.configured import FILE_NAME, add_model_folder


def about_profiles(library: Library) -> list[Finding]:
    return [each for each in check(library).findings if each.check == "profiles"]


def test_sidecars_are_checked_where_folders_are_named(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job()])
    assert about_profiles(library) == []
    write_sidecar(tmp_path / "models", model_content("good"))
    add_model_folder(library.root, tmp_path / "models")
    assert [each.level for each in about_profiles(library)] == ["ok"]
    bad = tmp_path / "models" / "bad.modelprofile.json"
    bad.write_text("{}", encoding="utf-8")
    assert [(each.level, each.file) for each in about_profiles(library)] == [("warning", str(bad))]
    assert check(library).ok


def test_a_folder_that_is_gone_and_a_list_that_is_none_are_told(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job()])
    (tmp_path / "models").mkdir()
    add_model_folder(library.root, tmp_path / "models")
    (tmp_path / "models").rmdir()
    assert [each.level for each in about_profiles(library)] == ["warning", "ok"]
    (library.root / FILE_NAME).write_text("[]", encoding="utf-8")
    assert [each.level for each in about_profiles(library)] == ["problem"]
    assert not check(library).ok
