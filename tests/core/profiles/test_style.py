"""Styles: their defaults lie in their own ranges, and a profile or a name leads to one style or to none."""

import pytest
from sidecar_factory import model_content

from learning_core.profiles.profile import ModelProfile
from learning_core.profiles.style import STYLES, style_in_name, style_of


def profile(**changes: object) -> ModelProfile:
    return ModelProfile.model_validate(model_content(**changes))


@pytest.mark.parametrize(
    ("tag", "refiner", "upscaler", "denoise"),
    [("sdxl_realism", "sdxl_refiner_default", "Latent", 0.25),
     ("sdxl_portrait", "sdxl_portrait_refiner", "ESRGAN_4x", 0.2),
     ("sd15_realism", "sd15_refiner_default", "Latent", 0.3), ("anime", "anime_refiner", "4x-UltraSharp", 0.4)],
)  # fmt: skip
def test_a_tag_gives_the_defaults_of_its_style(tag: str, refiner: str, upscaler: str, denoise: float) -> None:
    style = style_of(profile(tags=["mine", tag]))
    assert style is not None
    assert (style.default_refiner_id, style.default_hires_upscaler_id) == (refiner, upscaler)
    assert style.default_hires_denoise == denoise


def test_nothing_known_gives_no_style() -> None:
    assert style_of(profile(tags=["mine"], base_type="unknown")) is None


def test_the_field_of_its_own_beats_the_tags() -> None:
    style = style_of(profile(tags=["anime"], style_profile_id="sdxl_stylized"))
    assert style is not None
    assert style.style_profile_id == "sdxl_stylized"


def test_every_default_lies_in_the_range_of_its_style() -> None:
    for style in STYLES:
        assert 0 <= style.least_hires_denoise <= style.default_hires_denoise <= style.greatest_hires_denoise <= 1


@pytest.mark.parametrize(
    ("name", "style"),
    [("sdxl_portrait_model", "sdxl_portrait"), ("My-SDXL.Realism v2", "sdxl_realism"), ("anime-mix", "anime"),
     ("crowd_wd15", None), ("animated", None), ("sdxl_base", None), ("sdxl_realism_anime", None), ("", None)],
)  # fmt: skip
def test_a_name_gives_a_style_only_by_whole_words_and_only_one(name: str, style: str | None) -> None:
    found = style_in_name(name)
    assert (found.style_profile_id if found else None) == style
