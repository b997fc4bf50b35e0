"""Styles: what the refiner and the second pass start from where a profile does not say it."""

import re

from msgspec import Struct

from learning_core.profiles.profile import ModelProfile


class StyleProfile(Struct, frozen=True):
    """Defaults of one style; the denoising strength of the second pass lies from `least_` to `greatest_`, 0 to 1.

    Refiners and upscalers are named as the pipeline names them.
    """

    style_profile_id: str
    label: str
    model_family: str
    default_refiner_id: str
    default_hires_upscaler_id: str
    default_hires_denoise: float
    least_hires_denoise: float
    greatest_hires_denoise: float
    also_called: tuple[str, ...] = ()

    @property
    def hires_denoise_range(self) -> str:
        """Return the range of the second pass's denoising strength in words."""
        return f"{self.least_hires_denoise:g} to {self.greatest_hires_denoise:g}"

    def suits(self, hires_denoise: float) -> bool:
        """Tell whether a denoising strength of the second pass lies in the range of the style."""
        return self.least_hires_denoise <= hires_denoise <= self.greatest_hires_denoise


STYLES = (
    StyleProfile("sdxl_realism", "SDXL, realistic", "sdxl", "sdxl_refiner_default", "Latent", 0.25, 0.2, 0.4),
    StyleProfile(
        "sdxl_portrait", "SDXL, portraits", "sdxl", "sdxl_portrait_refiner", "ESRGAN_4x", 0.2, 0.2, 0.35,
        also_called=("sdxl_portrait_realism",),
    ),
    StyleProfile("sdxl_stylized", "SDXL, stylized", "sdxl", "sdxl_stylized_refiner", "4x-UltraSharp", 0.35, 0.3, 0.5),
    StyleProfile("sd15_realism", "SD 1.5, realistic", "sd15", "sd15_refiner_default", "Latent", 0.3, 0.2, 0.4),
    StyleProfile("anime", "Anime", "sd15", "anime_refiner", "4x-UltraSharp", 0.4, 0.35, 0.6),
)  # fmt: skip
"""Styles by StableNew's names: defaults as its code had them, ranges as its specification of styles gave them."""

_STYLE_OF = {name: style for style in STYLES for name in (style.style_profile_id, *style.also_called)}
_WORD = re.compile(r"[a-z0-9]+")


def style_named(name: str | None) -> StyleProfile | None:
    """Return the style of that id, in any letter case; None when there is none."""
    return None if name is None else _STYLE_OF.get(name.strip().casefold())


def style_of(profile: ModelProfile) -> StyleProfile | None:
    """Return the style that a profile names: by its own field, else its first tag that is one, else its base type."""
    named = (style_named(each) for each in (profile.style_profile_id, *profile.tags, profile.base_type))
    return next((style for style in named if style is not None), None)


def style_in_name(checkpoint: str) -> StyleProfile | None:
    """Return the one style whose words all stand in a checkpoint's name as words of their own; None if not just one.

    `sdxl_portrait_model` is a portrait model; `wd15` and `animated` are no word of any style.
    """
    words = set(_WORD.findall(checkpoint.casefold()))
    found = [style for style in STYLES if set(style.style_profile_id.split("_")) <= words]
    return found[0] if len(found) == 1 else None
