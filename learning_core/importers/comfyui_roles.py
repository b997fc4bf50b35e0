"""What an input of a ComfyUI node is for, judged by its name, so that unknown node packs can be read."""

from functools import lru_cache

_STARTS = (
    ("clip_vision", "other"), ("clip_l", "text"), ("clip_g", "text"), ("clip", "clip"), ("vae", "vae"),
    ("model", "model"), ("unet", "model"), ("latent", "latent"), ("samples", "latent"), ("stage_c", "latent"),
    ("image", "image"), ("pixel", "image"), ("mask", "mask"), ("control", "other"), ("cond", "conditioning"),
    ("text_encoder", "other"), ("text", "text"), ("prompt", "text"), ("string", "text"), ("t5xxl", "text"),
    ("wildcard", "text"), ("populated", "text"), ("caption", "text"), ("lora", "lora"), ("noise", "other"),
    ("sampler", "other"), ("sigma", "other"), ("guider", "other"), ("seed", "other"), ("step", "other"),
    ("cfg", "other"), ("guidance", "other"), ("width", "other"), ("height", "other"), ("denoise", "other"),
    ("scheduler", "other"), ("batch", "other"), ("audio", "other"), ("bbox", "other"), ("sam_model", "other"),
    ("ipadapter", "other"), ("style_model", "other"), ("upscale", "other"), ("detector", "other"),
    ("t5", "other"),
)  # fmt: skip
_ENDS = (
    ("_image", "image"), ("_images", "image"), ("_latent", "latent"), ("_mask", "mask"), ("_stack", "lora"),
    ("_lora", "lora"), ("_model", "other"), ("_opt", "other"), ("_embeds", "text"), ("_prompt", "text"),
)  # fmt: skip
_BEFORE = ("optional_", "opt_", "base_", "input_")


@lru_cache(maxsize=4096)
def role_of(name: str) -> str | None:
    """Return what an input carries (`model`, `positive`, `latent`, …), None when its name does not say."""
    key = name.casefold()
    for before in _BEFORE:
        key = key.removeprefix(before)
    for polarity in ("positive", "negative"):
        if polarity in key:
            return polarity
    for start, role in _STARTS:
        if key.startswith(start):
            return role
    for end, role in _ENDS:
        if key.endswith(end):
            return role
    return None
