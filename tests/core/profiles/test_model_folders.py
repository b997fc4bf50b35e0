"""Folders of models: layouts are recognised, nothing outside is read, nothing at all is written there."""

import sys
from pathlib import Path

import pytest
from sidecar_factory import lora_content, model_content, preset, write_sidecar

from learning_core.errors import ModelFoldersUnusable, ProfileUnusable
from learning_core.profiles import folders
from learning_core.profiles.collection import collect
from learning_core.profiles.configured import FILE_NAME, add_model_folder, model_folders, remove_model_folder
from learning_core.profiles.folders import search
from learning_core.profiles.sidecar import read_sidecar

NEEDS_LINKS = pytest.mark.skipif(sys.platform == "win32", reason="making links needs a right of its own on Windows")
CHECKPOINTS = {
    "A1111": ("models", "Stable-diffusion"),
    "Forge": ("models", "Stable-diffusion"),
    "ComfyUI": ("models", "checkpoints"),
    "StableNew": ("models",),
    "folder": (),
}
LORAS = {
    "A1111": ("models", "Lora"),
    "Forge": ("models", "Lora"),
    "ComfyUI": ("models", "loras"),
    "StableNew": ("loras",),
    "folder": ("styles",),
}


@pytest.mark.parametrize("layout", CHECKPOINTS)
def test_the_layout_of_a_program_is_recognised_and_searched_in_depth(layout: str, tmp_path: Path) -> None:
    if layout == "Forge":
        (tmp_path / "modules_forge").mkdir()
    checkpoints = tmp_path.joinpath(*CHECKPOINTS[layout])
    write_sidecar(checkpoints / "sdxl", model_content("Küste"))
    (checkpoints / "sdxl" / "Küste.safetensors").touch()
    write_sidecar(tmp_path.joinpath(*LORAS[layout]), lora_content("film"))
    if layout != "folder":
        write_sidecar(tmp_path / "outputs", model_content("elsewhere"))
    found = collect([tmp_path])
    assert found.searched[0].layout == layout
    assert sorted(each.path.name for each in found.sidecars) == ["Küste.modelprofile.json", "film.loraprofile.json"]
    file = found.model_file("model_profile", "küste")
    assert file is not None
    assert file.path == checkpoints / "sdxl" / "Küste.safetensors"


def test_a_profile_read_from_disk_is_found_by_file_and_by_its_own_name(tmp_path: Path) -> None:
    write_sidecar(tmp_path / "one", model_content("Nice Name", preset("first")), name="coast_v3")
    write_sidecar(tmp_path / "two", model_content("coast_v3", preset("second")))
    found = collect([tmp_path / "one", tmp_path / "two"])
    for name in ("SDXL\\coast_v3.safetensors [31e35c80fc]", "COAST_V3", "nice name"):
        profile = found.model(name)
        assert profile is not None, name
        assert profile.recommended_presets[0].id == "first"
    assert found.lora("coast_v3") is None
    assert found.near("coast_v4") == ["Nice Name"]


def test_one_bad_sidecar_costs_only_itself(tmp_path: Path) -> None:
    write_sidecar(tmp_path, model_content("good"))
    (tmp_path / "bad.modelprofile.json").write_text("{", encoding="utf-8")
    found = collect([tmp_path])
    assert [each.path.name for each in found.sidecars] == ["good.modelprofile.json"]
    assert [each.path.name for each in found.unusable] == ["bad.modelprofile.json"]


def test_searching_leaves_every_byte_and_time_as_it_is(tmp_path: Path) -> None:
    path = write_sidecar(tmp_path / "models", model_content("coast"))
    before = {each: (each.lstat().st_mtime_ns, each.lstat().st_size) for each in [path, *tmp_path.rglob("*")]}
    collect([tmp_path])
    assert {each: (each.lstat().st_mtime_ns, each.lstat().st_size) for each in [path, *tmp_path.rglob("*")]} == before


@NEEDS_LINKS
def test_links_beneath_a_folder_are_noted_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write_sidecar(outside, model_content("secret"))
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "linked").symlink_to(outside)
    (inside / "secret.modelprofile.json").symlink_to(outside / "secret.modelprofile.json")
    found = collect([inside])
    assert found.sidecars == ()
    assert "link" in str(found.unusable[0])
    assert str(outside) in found.searched[0].notes[0]
    comfy = tmp_path / "comfy"
    (comfy / "models" / "checkpoints").mkdir(parents=True)
    (comfy / "models" / "loras").symlink_to(outside)
    assert "add its target" in search(comfy).notes[0]


@NEEDS_LINKS
def test_the_named_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    write_sidecar(tmp_path / "real", model_content("coast"))
    (tmp_path / "named").symlink_to(tmp_path / "real")
    assert collect([tmp_path / "named"]).model("coast") is not None


@NEEDS_LINKS
def test_a_folder_swapped_for_a_link_after_the_search_is_not_entered(tmp_path: Path) -> None:
    write_sidecar(tmp_path / "outside", model_content("coast"))
    write_sidecar(tmp_path / "inside" / "sub", model_content("coast"))
    (file,) = search(tmp_path / "inside").sidecars
    (tmp_path / "inside" / "sub").rename(tmp_path / "moved")
    (tmp_path / "inside" / "sub").symlink_to(tmp_path / "outside")
    with pytest.raises(ProfileUnusable, match="link"):
        read_sidecar(file.root, file.parts, "model_profile")


@pytest.mark.parametrize(
    "parts", [("..", "x.modelprofile.json"), ("a/b",), ("a\\b",), ("",), (".",), ("x\0y",), ("/etc",)]
)
def test_a_part_that_is_a_path_is_refused(parts: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(ProfileUnusable, match="leads elsewhere"):
        read_sidecar(tmp_path, parts, "model_profile")


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be made on Windows")
def test_hostile_file_names_are_only_names(tmp_path: Path) -> None:
    for name in ("$(touch owned)", "{{7*7}}", "a\nb", "..", "\x1b[31m", "caf\u0065\u0301"):
        write_sidecar(tmp_path, model_content("x"), name=name)
    found = collect([tmp_path])
    assert len(found.sidecars) == 6
    assert found.model("{{7*7}}") is not None
    assert sorted(tmp_path.iterdir()) == sorted(each.path for each in found.sidecars)


def test_what_is_no_folder_here_is_noted(tmp_path: Path) -> None:
    assert search(tmp_path / "gone").notes
    elsewhere = Path("relative/models") if sys.platform == "win32" else Path("D:\\sd\\models")
    assert "no absolute path" in search(elsewhere).notes[0]


def test_a_folder_without_end_is_given_up_with_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MODEL_FOLDER_ENTRIES", 10)
    monkeypatch.setattr(folders, "MODEL_FOLDER_DEPTH", 3)
    deep = tmp_path / "deep" / "a" / "b" / "c"
    deep.mkdir(parents=True)
    assert "deeper than 3" in search(tmp_path / "deep" / "..").notes[0]
    for number in range(30):
        (tmp_path / f"{number}.modelprofile.json").touch()
    found = search(tmp_path)
    assert "more than 10 entries" in found.notes[-1]
    assert len(found.sidecars) < 10


def test_named_folders_are_kept_in_order_and_once(tmp_path: Path) -> None:
    library = tmp_path / "library"
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        assert add_model_folder(library, tmp_path / name)
    assert not add_model_folder(library, tmp_path / "a" / ".." / "b")
    assert model_folders(library) == [tmp_path / "b", tmp_path / "a"]
    assert remove_model_folder(library, tmp_path / "b")
    assert not remove_model_folder(library, tmp_path / "b")
    assert model_folders(library) == [tmp_path / "a"]


def test_what_is_no_folder_is_not_added(tmp_path: Path) -> None:
    for path in (tmp_path / "gone", Path("a\0b")):
        with pytest.raises(ModelFoldersUnusable):
            add_model_folder(tmp_path, path)
    assert not (tmp_path / FILE_NAME).exists()


def test_a_list_of_folders_that_says_something_else_names_file_and_field(tmp_path: Path) -> None:
    for content, what in (
        ("[]", "array"),
        ('{"version": 2}', "version"),
        ('{"version": 1, "folders": [3]}', "folders"),
    ):
        (tmp_path / FILE_NAME).write_text(content, encoding="utf-8")
        with pytest.raises(ModelFoldersUnusable, match=what) as refused:
            model_folders(tmp_path)
        assert FILE_NAME in str(refused.value)
