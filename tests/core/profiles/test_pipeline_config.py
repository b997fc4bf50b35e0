"""The settings a run starts with: the person's word first, then priors, then the defaults of the engine."""

from pathlib import Path
from typing import Any

import pytest
from sidecar_factory import lora_content, model_content, preset, write_sidecar

from learning_core.errors import BadSetting
from learning_core.profiles.collection import Collection, collect
from learning_core.profiles.pipeline_config import ENGINE_DEFAULTS, build_pipeline_config_with_profiles
from learning_core.profiles.precedence import LAYERS, Layer, Said, settle

DETAIL = preset(sampler="DPM++ 2M Karras", scheduler=None, lora_overlays=[{"name": "add-detail-xl", "weight": 0.3}])


@pytest.fixture
def profiles(tmp_path: Path) -> Collection:
    write_sidecar(tmp_path, model_content("coastlineXL_v3", DETAIL, tags=["sdxl_realism"]))
    weights = [{"label": "soft", "weight": 0.8, "rating": "best"}]
    write_sidecar(tmp_path, lora_content("film", recommended_weights=weights))
    write_sidecar(tmp_path, lora_content("old", target_base_type="sd15"))
    return collect([tmp_path])


def test_build_pipeline_config_with_profiles_applies_suggested_preset(profiles: Collection) -> None:
    config = build_pipeline_config_with_profiles("coastlineXL_v3.safetensors", ["film", "old"], {}, profiles=profiles)
    assert (config.sampler, config.scheduler, config.steps, config.cfg_scale) == ("DPM++ 2M", "Karras", 32, 6.5)
    assert (config.width, config.height) == (832, 1216)
    assert config.lora_weights == {"add-detail-xl": 0.3, "film": 0.8}
    assert [each.name for each in config.origin.left_out] == ["old"]
    assert (config.refiner, config.hires_upscaler, config.hires_denoise) == ("sdxl_refiner_default", "Latent", 0.25)


def test_build_pipeline_config_with_profiles_respects_user_overrides(profiles: Collection) -> None:
    overrides = {"cfg": 5.5, "steps": 22, "loras": {"Film": 0.1}, "seed": 7}
    config = build_pipeline_config_with_profiles("coastlineXL_v3", ["film"], overrides, profiles=profiles)
    assert (config.cfg_scale, config.steps, config.sampler) == (5.5, 22, "DPM++ 2M")
    assert config.lora_weights == {"Film": 0.1, "add-detail-xl": 0.3}
    assert config.model_dump()["seed"] == 7


def test_build_pipeline_config_with_profiles_falls_back_without_profiles() -> None:
    config = build_pipeline_config_with_profiles("coastlineXL_v3", ["film"], {})
    told = config.model_dump(exclude_none=True)
    assert told == {"checkpoint": "coastlineXL_v3", "lora_weights": {}, **ENGINE_DEFAULTS}


def test_a_checkpoint_whose_name_says_its_style_starts_from_that_style() -> None:
    config = build_pipeline_config_with_profiles("sdxl_portrait_model", [], {})
    assert (config.refiner, config.hires_upscaler, config.hires_denoise) == ("sdxl_portrait_refiner", "ESRGAN_4x", 0.2)
    explicit = build_pipeline_config_with_profiles("sdxl_portrait_model", [], {"refiner_model_name": "mine"})
    assert (explicit.refiner, explicit.hires_upscaler) == ("mine", "ESRGAN_4x")


def test_a_lora_with_a_profile_gets_its_weight_though_the_checkpoint_has_none(profiles: Collection) -> None:
    config = build_pipeline_config_with_profiles("another", ["film", "nobody"], {}, profiles=profiles)
    assert config.lora_weights == {"film": 0.8}
    assert config.steps == ENGINE_DEFAULTS["steps"]


def test_a_lora_in_two_spellings_is_one(profiles: Collection) -> None:
    config = build_pipeline_config_with_profiles(
        "coastlineXL_v3", ["FILM.safetensors"], {"loras": [{"name": "Film", "weight": 0.1}]}, profiles=profiles,
        last_run={"lora_weights": {"film": 0.9, "Add-Detail-XL": 0.2}},
    )  # fmt: skip
    assert config.lora_weights == {"Film": 0.1, "Add-Detail-XL": 0.2}


def test_a_sampler_with_its_schedule_glued_on_overrides_both(profiles: Collection) -> None:
    config = build_pipeline_config_with_profiles(
        "coastlineXL_v3", [], {"sampler_name": "Euler a Exponential"}, profiles=profiles
    )
    assert (config.sampler, config.scheduler) == ("Euler a", "Exponential")
    automatic = build_pipeline_config_with_profiles("coastlineXL_v3", [], {"scheduler": "Automatic"}, profiles=profiles)
    assert (automatic.sampler, automatic.scheduler) == ("DPM++ 2M", "Automatic")


def test_a_denoise_out_of_its_style_is_kept_and_said(profiles: Collection) -> None:
    config = build_pipeline_config_with_profiles("coastlineXL_v3", [], {"hires_denoise": 0.0}, profiles=profiles)
    assert config.hires_denoise == 0.0
    assert "0.2 to 0.4" in config.origin.notes[-1]


@pytest.mark.parametrize(
    ("overrides", "field"),
    [({"steps": "many"}, "steps"), ({"sampler": "Euler", "scheduler": 5}, "scheduler"),
     ({"steps": True}, "steps"), ({"cfg": float("nan")}, "cfg_scale"),
     ({"size": 7}, "size"), ({"width": 0}, "width"), ({"cfg": 5, "cfg_scale": 6}, "cfg_scale"),
     ({"loras": ["film"]}, "lora_weights"),
     ({"loras": {"film": "much"}}, "lora_weights film"), ({"hires_denoise": 2}, "hires_denoise")],
)  # fmt: skip
def test_a_value_that_no_pipeline_can_use_is_refused_by_field(overrides: dict[str, Any], field: str) -> None:
    with pytest.raises(BadSetting, match=rf"The setting {field}\b"):
        build_pipeline_config_with_profiles("coast", [], overrides)


def test_the_checkpoint_is_that_of_the_question_and_further_settings_are_kept_whatever_their_names() -> None:
    further = {"settled": 1, "notes": "mine", "origin": "x", "seed": 2**70}
    config = build_pipeline_config_with_profiles("coast", [], further, last_run={"model": "another", "steps": 9})
    assert (config.checkpoint, config.steps) == ("coast", 9)
    assert {name: config.model_dump()[name] for name in further} == further
    assert "another" not in str(config)


CASES: list[tuple[dict[Layer, Any], Any, Layer | None]] = [
    ({"override": 1, "last_run": 2, "user_preset": 3, "profile": 4, "style": 5, "engine_default": 6}, 1, "override"),
    ({"last_run": 2, "user_preset": 3, "profile": 4, "style": 5, "engine_default": 6}, 2, "last_run"),
    ({"user_preset": 3, "profile": 4, "style": 5, "engine_default": 6}, 3, "user_preset"),
    ({"profile": 4, "style": 5, "engine_default": 6}, 4, "profile"),
    ({"style": 5, "engine_default": 6}, 5, "style"),
    ({"engine_default": 6}, 6, "engine_default"),
    ({"override": None, "profile": 4, "engine_default": 6}, 4, "profile"),
    ({"override": 0, "profile": 4}, 0, "override"),
    ({"last_run": "", "profile": "x"}, "", "last_run"),
    ({"user_preset": False, "engine_default": True}, False, "user_preset"),
    ({"profile": None}, None, None),
    ({}, None, None),
]


@pytest.mark.parametrize(("given", "value", "layer"), CASES)
def test_the_first_layer_that_says_anything_decides(given: dict[Layer, Any], value: Any, layer: Layer | None) -> None:
    for order in (LAYERS, LAYERS[::-1]):
        settled = settle([("field", Said(each, given[each])) for each in order if each in given])
        if layer is None:
            assert settled == {}
            continue
        assert (settled["field"].said.value, settled["field"].said.layer) == (value, layer)
        assert len(settled["field"].passed_over) == sum(each is not None for each in given.values()) - 1


def test_every_field_tells_who_decided_it(profiles: Collection) -> None:
    config = build_pipeline_config_with_profiles(
        "coastlineXL_v3", ["film"], {"steps": 22}, profiles=profiles, last_run={"cfg_scale": 8}, user_preset={"cfg": 9}
    )
    assert config.origin.settled["steps"].said.layer == "override"
    assert [each.value for each in config.origin.settled["steps"].passed_over] == [32, 20]
    assert [each.layer for each in config.origin.settled["cfg_scale"].passed_over] == [
        "user_preset",
        "profile",
        "engine_default",
    ]
    assert config.origin.settled["lora film"].said.reason == "recommended weight soft of its profile, rated best"
