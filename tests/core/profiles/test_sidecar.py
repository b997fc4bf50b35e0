"""Sidecars load as typed profiles; missing is none, and what is wrong names file and field."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from sidecar_factory import lora_content, model_content, preset, write_sidecar

from learning_core.errors import ProfileUnusable
from learning_core.limits import PROFILE_BYTES
from learning_core.profiles.check import check_profile
from learning_core.profiles.sidecar import (
    find_lora_profile_for_name,
    find_model_profile_for_checkpoint,
    load_lora_profile,
    load_model_profile,
)


def test_load_model_profile_from_json_success(tmp_path: Path) -> None:
    minimal = {"kind": "model_profile", "version": 1, "model_name": "coast"}
    profile = load_model_profile(write_sidecar(tmp_path, minimal))
    assert profile is not None
    assert (profile.kind, profile.version, profile.model_name) == ("model_profile", 1, "coast")
    assert (profile.default_refiner_id, profile.default_hires_denoise, profile.style_profile_id) == (None, None, None)


def test_load_lora_profile_from_json_success(tmp_path: Path) -> None:
    profile = load_lora_profile(write_sidecar(tmp_path, lora_content(trigger_phrases=["soft light"])))
    assert profile is not None
    assert (profile.kind, profile.version, profile.lora_name) == ("lora_profile", 1, "add-detail-xl")
    assert profile.trigger_phrases == ["soft light"]


def test_a_missing_sidecar_is_none(tmp_path: Path) -> None:
    assert load_model_profile(tmp_path / "no.modelprofile.json") is None
    assert load_lora_profile(tmp_path / "no" / "no.loraprofile.json") is None
    assert find_model_profile_for_checkpoint(tmp_path / "coast.safetensors") is None
    assert find_lora_profile_for_name("film", [tmp_path / "not there", tmp_path]) is None


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"kind": "lora_profile"}, "kind"),
    ({"version": 2}, "version"),
    ({"version": True}, "version"),
    ({"version": None}, "version"),
    ({"model_name": 7}, "model_name"),
    ({"tags": "anime"}, "tags"),
    ({"recommended_presets": {}}, "recommended_presets"),
    ({"recommended_presets": [preset(), preset(steps=True)]}, "recommended_presets[1].steps"),
    ({"recommended_presets": [preset(resolution=[832])]}, "recommended_presets[0].resolution[1]"),
    ({"recommended_presets": [preset(resolution=832)]}, "recommended_presets[0].resolution"),
    ({"recommended_presets": [preset(cfg=None)]}, "recommended_presets[0].cfg"),
    ({"recommended_presets": [preset(lora_overlays=[{"name": "a"}])]},
     "recommended_presets[0].lora_overlays[0].weight"),
    ({"default_hires_denoise": 1.5}, "default_hires_denoise"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field"), WRONG, ids=[field for _, field in WRONG])
def test_a_wrong_shape_names_file_and_field(tmp_path: Path, changes: dict[str, Any], field: str) -> None:
    content = {**model_content(), **changes}
    path = tmp_path / "coast.modelprofile.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ProfileUnusable) as refused:
        load_model_profile(path)
    assert refused.value.field == field
    assert str(path) in str(refused.value)
    assert check_profile("model_profile", content)[0].field == field


def test_what_is_no_json_object_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "coast.modelprofile.json"
    for source in (b"", b"[]", b"\xff", b"{", b"[" * 1000):
        path.write_bytes(source)
        with pytest.raises(ProfileUnusable, match=r"coast\.modelprofile\.json"):
            load_model_profile(path)


def test_a_sidecar_may_be_of_a_megabyte_and_no_longer(tmp_path: Path) -> None:
    path = write_sidecar(tmp_path, model_content("coast"))
    path.write_bytes(path.read_bytes().ljust(PROFILE_BYTES))
    assert load_model_profile(path) is not None
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ProfileUnusable, match="larger than"):
        load_model_profile(path)


def test_a_sidecar_of_the_other_kind_is_told_for_what_it_is() -> None:
    (problem,) = check_profile("model_profile", lora_content())
    assert (problem.field, problem.reason) == ("kind", "is 'lora_profile' where 'model_profile' belongs")


def test_numbers_as_other_programs_write_them_are_read(tmp_path: Path) -> None:
    content = model_content("coast", preset(steps=32.0, cfg=7, lora_overlays=None), tags=None, learning_summary=None)
    profile = load_model_profile(write_sidecar(tmp_path, content))
    assert profile is not None
    assert profile.recommended_presets[0].steps == 32
    assert profile.recommended_presets[0].lora_overlays == []


def test_an_unknown_rating_word_is_read_and_reported() -> None:
    problems = check_profile("model_profile", model_content("coast", preset(rating="superb"), preset(source="me")))
    assert [(each.field, each.is_fatal) for each in problems] == [
        ("recommended_presets[0].rating", False),
        ("recommended_presets[0].id", False),
        ("recommended_presets[1].source", False),
        ("recommended_presets[1].id", False),
    ]


def test_a_denoise_outside_of_its_style_and_an_unknown_style_are_reported() -> None:
    outside = check_profile("model_profile", model_content(tags=["sdxl_portrait"], default_hires_denoise=0.5))
    assert [(each.field, each.is_fatal) for each in outside] == [("default_hires_denoise", False)]
    assert "0.2 to 0.35" in outside[0].reason
    unknown = check_profile("model_profile", model_content(style_profile_id="mine", default_hires_denoise=0.5))
    assert [each.field for each in unknown] == ["style_profile_id"]


def test_unknown_keys_stay_with_the_profile(tmp_path: Path) -> None:
    profile = load_model_profile(write_sidecar(tmp_path, model_content(x_user_note="keep me")))
    assert profile is not None
    assert profile.model_extra == {"x_user_note": "keep me"}


def test_the_sidecar_beside_a_checkpoint_is_found_in_any_letter_case(tmp_path: Path) -> None:
    write_sidecar(tmp_path, model_content("Coast.v1.5"))
    for name in ("Coast.v1.5.safetensors", "coast.V1.5.CKPT", "Coast.v1.5"):
        found = find_model_profile_for_checkpoint(tmp_path / name)
        assert found is not None, name


def test_a_lora_is_found_in_the_first_folder_that_has_it(tmp_path: Path) -> None:
    write_sidecar(tmp_path / "one", lora_content("other"))
    write_sidecar(tmp_path / "two", lora_content("film", target_base_type="sdxl"))
    write_sidecar(tmp_path / "three", lora_content("film", target_base_type="sd15"))
    folders = [tmp_path / name for name in ("one", "two", "three")]
    for name in ("film", "style\\film.safetensors", "style/Film"):
        found = find_lora_profile_for_name(name, folders)
        assert found is not None
        assert found.target_base_type == "sdxl"


def test_a_name_never_leads_out_of_its_folder(tmp_path: Path) -> None:
    write_sidecar(tmp_path / "outside", lora_content("secret"))
    (tmp_path / "inside").mkdir()
    for name in ("../outside/secret", "..\\outside\\secret", str(tmp_path / "outside" / "secret"), "a\0b", "..", ""):
        assert find_lora_profile_for_name(name, [tmp_path / "inside"]) is None


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs a right of its own on Windows")
def test_a_link_or_a_pipe_in_place_of_a_sidecar_is_refused(tmp_path: Path) -> None:
    real = write_sidecar(tmp_path / "real", model_content("coast"))
    link = tmp_path / "coast.modelprofile.json"
    link.symlink_to(real)
    with pytest.raises(ProfileUnusable, match="link"):
        load_model_profile(link)
    os.mkfifo(tmp_path / "pipe.modelprofile.json")
    with pytest.raises(ProfileUnusable, match="no plain file"):
        load_model_profile(tmp_path / "pipe.modelprofile.json")
