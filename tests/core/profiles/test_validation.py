"""Looking through sidecars names every field that is wrong, and what lies out of its usual range."""

from pathlib import Path

from sidecar_factory import lora_content, model_content, preset, write_sidecar

from learning_core.profiles.validation import check_sidecars


def test_every_wrong_field_is_named_not_only_the_first(tmp_path: Path) -> None:
    path = write_sidecar(tmp_path, model_content("coast", preset(steps="many"), preset(cfg=None)))
    checked = check_sidecars([tmp_path])
    assert not checked.ok
    assert [each.file for each in checked.files] == [str(path)]
    fields = [each.field for each in checked.files[0].findings]
    assert fields == ["recommended_presets[0].steps", "recommended_presets[1].cfg"]


def test_what_can_be_used_but_is_odd_is_told(tmp_path: Path) -> None:
    path = write_sidecar(tmp_path, lora_content(recommended_weights=[{"weight": 3.5, "rating": "great"}], x_mine=1))
    text = path.read_text(encoding="utf-8").replace('"x_mine": 1', '"x_mine": NaN')
    path.write_text(text, encoding="utf-8")
    checked = check_sidecars([path])
    assert checked.ok
    assert [each.field for each in checked.files[0].findings] == [
        "x_mine",
        "recommended_weights[0].rating",
        "recommended_weights[0].weight",
    ]


def test_a_file_that_is_no_sidecar_is_noted_and_one_that_is_no_json_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "notes.json").touch()
    (tmp_path / "coast.modelprofile.json").write_bytes(b"\xff")
    checked = check_sidecars([tmp_path / "notes.json", tmp_path])
    assert "notes.json is no sidecar" in checked.notes[0]
    assert not checked.ok
    assert checked.files[0].findings[0].reason == "not UTF-8 (byte 0)"
