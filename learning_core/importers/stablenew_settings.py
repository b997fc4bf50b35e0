"""Settings as StableNew writes them, in any of its shapes, as fields of a job; sentinels become absent."""

from collections.abc import Callable, Mapping
from typing import Any

from learning_core.importers.foreign_values import items, mapping, real, shown, text, texts, whole
from learning_core.model.generation import HiresFix, LoraUse, Refiner
from learning_core.model.job_fields import JobFields
from learning_core.text.names import file_stem, number, same_name
from learning_core.text.prompt import lora_uses

PIPELINE_STAGES = frozenset({"txt2img", "img2img", "inpaint", "adetailer", "upscale", "refiner", "animatediff"})
_NO_NAME = frozenset({"unknown", "none"})


def _name(value: object) -> str | None:
    written = text(value)
    return None if written is None or written.strip().casefold() in _NO_NAME else written


def _positive_whole(value: object) -> int | None:
    found = whole(value)
    return found if found is not None and found > 0 else None


def _positive_real(value: object) -> float | None:
    found = real(value)
    return found if found is not None and found > 0 else None


def actual_seed(value: object) -> int | None:
    """Return the seed exactly; -1 asks for a random one and is no seed."""
    found = whole(value)
    return found if found is not None and found >= 0 else None


_READ: tuple[tuple[str, Callable[[object], Any], tuple[str, ...]], ...] = (
    (
        "model",
        _name,
        ("primary_model", "model", "sd_model", "base_model", "sd_model_checkpoint", "model_name"),
    ),
    ("vae", _name, ("vae", "sd_vae")),
    ("sampler", _name, ("primary_sampler", "sampler_name", "sampler")),
    ("scheduler", _name, ("primary_scheduler", "scheduler")),
    ("steps", _positive_whole, ("primary_steps", "steps")),
    ("cfg_scale", _positive_real, ("primary_cfg_scale", "cfg_scale", "cfg scale")),
    ("seed", actual_seed, ("seed",)),
    ("width", _positive_whole, ("width",)),
    ("height", _positive_whole, ("height",)),
    ("clip_skip", _positive_whole, ("clip_skip", "clip skip")),
    ("prompt_positive", text, ("final_prompt", "positive_prompt", "prompt")),
    ("prompt_negative", text, ("final_negative_prompt", "negative_prompt")),
)
_SENTINELS = (None, "", 0, 0.0, -1)
_SAME_FILE = frozenset({"model", "vae"})


def settings(config: Mapping[str, Any], remarks: list[str], stage: str | None = None) -> dict[str, Any]:
    """Return the job fields that one StableNew object states; values of a wrong type are remarked."""
    found: dict[str, Any] = {}
    for name, read, keys in _READ:
        for key in keys:
            if (value := read(config.get(key))) is not None:
                found[name] = value
                break
            if _is_odd(config.get(key)):
                remarks.append(f"{name}: {shown(config[key])} is not usable, treated as unknown")
    found.update(_second_pass(config))
    found.update(_refiner(config))
    if (strength := real(config.get("denoising_strength"))) is not None and (
        found.get("hires_enabled") or (stage is not None and stage != "txt2img")
    ):
        found["denoising_strength"] = strength
    if (uses := loras(config)) is not None:
        found["loras"] = uses
    return found


def _is_odd(value: object) -> bool:
    if isinstance(value, (bool, dict, list)):
        return True
    if isinstance(value, str):
        return bool(value.strip()) and value.strip().casefold() not in _NO_NAME and value.strip() not in {"-1", "0"}
    return value not in _SENTINELS


def _second_pass(config: Mapping[str, Any]) -> dict[str, Any]:
    enabled = config.get("enable_hr")
    if not isinstance(enabled, bool):
        return {}
    if not enabled:
        return {"hires_enabled": False}
    strength, scale = real(config.get("denoising_strength")), _positive_real(config.get("hr_scale"))
    hires = HiresFix(
        upscaler=_name(config.get("hr_upscaler")),
        scale=scale,
        steps=_positive_whole(config.get("hr_second_pass_steps")),
        denoising_strength=strength,
    )
    return {"hires_enabled": True, "hires": hires, "hires_scale": scale, "hires_denoise": strength}


def _refiner(config: Mapping[str, Any]) -> dict[str, Any]:
    enabled = config.get("refiner_enabled", config.get("use_refiner"))
    if not isinstance(enabled, bool):
        return {}
    if not enabled:
        return {"refiner_enabled": False}
    checkpoint = _name(config.get("refiner_checkpoint")) or _name(config.get("refiner_model_name"))
    refiner = Refiner(checkpoint=checkpoint, switch_at=_positive_real(config.get("refiner_switch_at")))
    return {"refiner_enabled": True, "refiner": refiner}


def loras(config: Mapping[str, Any]) -> list[LoraUse] | None:
    """Return the LoRAs that a config lists apart from its prompt, or None when it lists none."""
    for key in ("lora_tags", "lora_strengths", "lora_settings", "loras"):
        listed = config.get(key)
        if isinstance(listed, dict):
            listed = [[name, setting] for name, setting in listed.items()]
        if uses := [use for item in items(listed) for use in _lora(item)]:
            return uses
    return None


def _lora(item: object) -> list[LoraUse]:
    if isinstance(item, str):
        return lora_uses(item) or ([LoraUse(name=item)] if item.strip() else [])
    if isinstance(item, list) and len(item) == 2:
        inner = item[1]
        item = {**inner, "name": item[0]} if isinstance(inner, dict) else {"name": item[0], "weight": inner}
    stated = mapping(item)
    name = text(stated.get("name"))
    if name is None or stated.get("enabled") is False:
        return []
    weight = real(stated["weight"]) if "weight" in stated else real(stated.get("strength"))
    return [LoraUse(name=name, weight=weight)]


def overlay(fields: JobFields, found: Mapping[str, Any], carrier: str) -> None:
    """Fill what is still unknown; where a carrier of lower rank disagrees, remark it and keep the value."""
    for name, value in found.items():
        kept = fields.values.get(name)
        if kept is None:
            fields.values[name] = value
        elif not same_value(name, kept, value):
            fields.remarks.append(f"{name}: {carrier} says {shown(value)}, {shown(kept)} counts")


def same_value(name: str, one: Any, other: Any) -> bool:
    """Tell whether two carriers mean the same: file names without folder, floats without noise."""
    if isinstance(one, str) and isinstance(other, str):
        if name in _SAME_FILE:
            one, other = file_stem(one) or one, file_stem(other) or other
        return same_name(one) == same_name(other)
    if isinstance(one, float) and isinstance(other, float):
        return number(one) == number(other)
    return bool(one == other)


def loras_from_prompt(fields: JobFields) -> None:
    """Join the LoRAs listed apart with those in the prompt's tags; of one name, the listed weight counts."""
    prompt = fields.values.get("prompt_positive")
    listed = {same_name(use.name): use for use in fields.values.get("loras") or []}
    tagged = {same_name(use.name): use for use in lora_uses(prompt)} if isinstance(prompt, str) else {}
    if joined := {**tagged, **listed}:
        fields.values["loras"] = list(joined.values())


def pipeline_stage(*values: object) -> str | None:
    """Return the first value that names a stage of the pipeline; a step of a review or curation is none."""
    for value in values:
        if isinstance(value, str) and value.strip().casefold() in PIPELINE_STAGES:
            return value.strip().casefold()
    return None


def stages(value: object) -> list[str] | None:
    """Return the order of stages out of a list of names or of objects with a stage's name."""
    named = [
        mapping(part).get("stage_type") or mapping(part).get("stage") or mapping(part).get("name")
        if isinstance(part, dict)
        else part
        for part in items(value)
    ]
    return texts(named) or None
