"""What is told of profiles: a line each, one in full, and for every setting who decides it and what else was said."""

from pathlib import Path

import pytest
from sidecar_factory import lora_content, model_content, preset, write_sidecar

from learning_core.drafts.targets import find_base
from learning_core.errors import ProfileUnusable, UnknownField, UnknownProfile
from learning_core.profiles.collection import Collection, collect
from learning_core.profiles.telling import explain_config, profile_in_full, profiles_in

OVERLAY = preset(lora_overlays=[{"name": "film", "weight": 0.7}])


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    write_sidecar(tmp_path / "one", model_content("coast", preset("p1", "good"), OVERLAY, tags=["anime"], x_mine=1))
    write_sidecar(tmp_path / "two", model_content("Coast", preset("other")))
    weights = [{"label": "soft", "weight": 0.8, "rating": "best"}]
    write_sidecar(tmp_path / "one", lora_content("film", recommended_weights=weights))
    (tmp_path / "two" / "bad.loraprofile.json").write_text("[]", encoding="utf-8")
    return collect([tmp_path / "one", tmp_path / "two"])


def test_each_profile_has_a_line_and_what_it_hides_is_said(collection: Collection) -> None:
    told = profiles_in(collection)
    assert [(each.name, each.best, each.rating) for each in told.profiles] == [
        ("coast", "daily", "best"),
        ("film", "0.8", "best"),
    ]
    assert told.profiles[0].style == "anime"
    assert [Path(each).parent.name for each in told.profiles[0].hides] == ["two"]
    assert "bad.loraprofile.json" in told.unusable[0]
    assert [each.sidecars for each in told.folders] == [2, 2]


def test_a_profile_is_shown_with_its_unknown_keys(collection: Collection) -> None:
    shown = profile_in_full(collection.any_named("coast.safetensors")[0])
    assert (shown.suggested, shown.style, shown.unknown_keys) == ("daily", "anime", ["x_mine"])
    assert len(shown.sha256) == 64
    with pytest.raises(UnknownProfile, match="Nearest: coast"):
        collection.any_named("coats")


def test_why_a_weight_is_so_names_all_that_was_said(collection: Collection) -> None:
    told = explain_config(collection, "coast", ["film"], {}, only=["film"])
    (film,) = told.settings
    assert (film.value, film.layer) == (0.8, "profile")
    assert [each.value for each in film.instead_of] == [0.7, 0.6]
    told = explain_config(collection, "coast", ["film"], {"loras": {"film": 0}}, only=["lora film"])
    assert [each.value for each in told.settings[0].instead_of] == [0.8, 0.7, 0.6]


def test_a_setting_that_nobody_gives_is_refused_and_a_missing_profile_noted(collection: Collection) -> None:
    with pytest.raises(UnknownField):
        explain_config(collection, "coast", [], {}, only=["stpes"])
    told = explain_config(collection, "nothing", [], {})
    assert told.profile is None
    assert "no profile for nothing" in told.notes[0]


def test_a_profile_that_cannot_be_used_is_not_taken_for_none(collection: Collection, tmp_path: Path) -> None:
    (tmp_path / "two" / "Torn.modelprofile.json").write_text('{"kind": "model_profile"}', encoding="utf-8")
    read = collect([tmp_path / "one", tmp_path / "two"])
    with pytest.raises(ProfileUnusable, match=r"bad\.loraprofile\.json.*an array"):
        read.any_named("bad")
    told = explain_config(read, "torn.safetensors", ["bad"], {})
    assert "Torn.modelprofile.json cannot be used" in told.notes[0]
    assert "bad.loraprofile.json cannot be used" in told.notes[-1]
    with pytest.raises(ProfileUnusable, match="Torn"):
        find_base(read, "model:torn")
    assert {each.layer for each in told.settings} == {"engine_default"}
