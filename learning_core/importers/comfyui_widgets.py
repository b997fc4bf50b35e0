"""The widget values of a node in ComfyUI's editor workflow, which are stored by place, not by name."""

from collections.abc import Mapping, Sequence
from typing import Any

_SAMPLER = ("steps", "cfg", "sampler_name", "scheduler")
_NAMES: dict[str, tuple[str, ...]] = {
    "KSampler": ("seed", *_SAMPLER, "denoise"),
    "KSamplerAdvanced": (
        "add_noise", "noise_seed", *_SAMPLER, "start_at_step", "end_at_step", "return_with_leftover_noise",
    ),
    "KSampler (Efficient)": ("seed", *_SAMPLER, "denoise"),
    "KSamplerSelect": ("sampler_name",),
    "SamplerCustom": ("add_noise", "noise_seed", "cfg"),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "KarrasScheduler": ("steps", "sigma_max", "sigma_min", "rho"),
    "SDTurboScheduler": ("steps", "denoise"),
    "AlignYourStepsScheduler": ("model_type", "steps", "denoise"),
    "SplitSigmas": ("step",),
    "RandomNoise": ("noise_seed",),
    "CFGGuider": ("cfg",),
    "FluxGuidance": ("guidance",),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "ImageOnlyCheckpointLoader": ("ckpt_name",),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "UnetLoaderGGUF": ("unet_name",),
    "VAELoader": ("vae_name",),
    "UpscaleModelLoader": ("model_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "CLIPSetLastLayer": ("stop_at_clip_layer",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeSDXL": (
        "width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l",
    ),
    "CLIPTextEncodeSDXLRefiner": ("ascore", "width", "height", "text"),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "EmptySD3LatentImage": ("width", "height", "batch_size"),
    "EmptyMochiLatentVideo": ("width", "height", "length", "batch_size"),
    "EmptyHunyuanLatentVideo": ("width", "height", "length", "batch_size"),
    "LatentUpscale": ("upscale_method", "width", "height", "crop"),
    "LatentUpscaleBy": ("upscale_method", "scale_by"),
    "ImageScale": ("upscale_method", "width", "height", "crop"),
    "ImageScaleBy": ("upscale_method", "scale_by"),
    "ModelMergeSimple": ("ratio",),
    "LoadImage": ("image",),
    "SaveImage": ("filename_prefix",),
    "PrimitiveNode": ("value",),
}  # fmt: skip
_SEEDS = ("seed", "noise_seed")
_AFTER_GENERATION = ("fixed", "randomize", "increment", "decrement")


def widget_values(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return a node's widget values by input name; of a node of unknown make only named or lone values
    are known.

    Names come from the object that some nodes store, from the table of well-known nodes, or from the
    inputs that newer editors write for each widget.
    """
    values = node.get("widgets_values")
    if isinstance(values, dict):
        return dict(values)
    if not isinstance(values, list):
        return {}
    objects = {f"object_{place}": value for place, value in enumerate(values) if isinstance(value, dict)}
    names = _NAMES.get(str(node.get("type"))) or _named_by_inputs(node)
    if names:
        return _by_place(names, values)
    strings = [value for value in values if isinstance(value, str)]
    return {**objects, **({"value": strings[0]} if len(strings) == 1 else {})}


def _named_by_inputs(node: Mapping[str, Any]) -> tuple[str, ...]:
    slots = node.get("inputs")
    widgets = [slot.get("widget") for slot in slots if isinstance(slot, dict)] if isinstance(slots, list) else []
    names = [widget.get("name") for widget in widgets if isinstance(widget, dict)]
    return tuple(name for name in names if isinstance(name, str))


def _by_place(names: Sequence[str], values: list[Any]) -> dict[str, Any]:
    """Pair names and values; after a seed stands the editor's own choice of what to do with it next time."""
    found: dict[str, Any] = {}
    place = 0
    for name in names:
        if place >= len(values):
            break
        found[name] = values[place]
        place += 1
        if name in _SEEDS and place < len(values):
            after = values[place]
            place += isinstance(after, bool) or (isinstance(after, str) and after in _AFTER_GENERATION)
    return found
