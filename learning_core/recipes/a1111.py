"""Steps as requests to A1111, Forge or SD.Next: POST /sdapi/v1/txt2img or img2img."""

from typing import Any

from learning_core.errors import NotExpressible
from learning_core.plans.generation_config import GenerationConfig
from learning_core.plans.learning_plan import LearningRunStep
from learning_core.recipes.infotext import tagged_prompt
from learning_core.recipes.inventory import Inventory

PLACE = "a request to A1111"


def request_path(step: LearningRunStep) -> str:
    """Return the route for a step; raises NotExpressible for a first stage that the API cannot start with."""
    first = step.stage_sequence[0]
    if first not in ("txt2img", "img2img"):
        raise NotExpressible(PLACE, f"{first} alone leaves no settings in its image there; use ComfyUI")
    if "img2img" in step.stage_sequence[1:]:
        raise NotExpressible(PLACE, "img2img after txt2img takes two requests; use ComfyUI")
    return f"/sdapi/v1/{first}"


def request(step: LearningRunStep, has: Inventory, input_image: str | None = None) -> dict[str, Any]:
    """Return the body for a step, in the server's own names; `input_image` is the base64 text for img2img.

    What the plan does not set is left out, so that the server's own settings hold. The override lasts for this image
    only. Raises NotExpressible, ServerLacks.
    """
    first = step.stage_sequence[0]
    config, main = step.config_for_step, step.config_for_step.stage(first)
    body = {
        "prompt": _with_server_loras(config, has),
        "negative_prompt": config.negative_prompt or "",
        "seed": config.seed,
        "steps": main.steps,
        "cfg_scale": main.cfg_scale,
        "sampler_name": None if main.sampler is None else has.find("sampler", main.sampler),
        "scheduler": None if main.scheduler is None else has.find("scheduler", main.scheduler),
        "width": config.width,
        "height": config.height,
        "batch_size": 1,
        "n_iter": 1,
        "override_settings": _override(config, has),
        "override_settings_restore_afterwards": True,
        "save_images": False,
        "send_images": True,
        "force_task_id": f"{step.plan_id}/{step.step_id}",
        **(_hires(config, has) if "upscale" in step.stage_sequence else {}),
        **(_detailer(config) if "adetailer" in step.stage_sequence else {}),
    }
    if first == "img2img":
        body |= {"init_images": [input_image], "denoising_strength": main.denoising_strength}
    return {name: value for name, value in body.items() if value is not None}


def _with_server_loras(config: GenerationConfig, has: Inventory) -> str:
    found = tuple(lora.model_copy(update={"name": has.find("LoRA", lora.name)}) for lora in config.loras)
    return tagged_prompt(config.model_copy(update={"loras": found}))


def _override(config: GenerationConfig, has: Inventory) -> dict[str, Any]:
    settings = {
        "sd_model_checkpoint": None if config.checkpoint is None else has.find("checkpoint", config.checkpoint),
        "sd_vae": None if config.vae is None else has.find("VAE", config.vae),
        "CLIP_stop_at_last_layers": config.clip_skip,
        "samples_format": "png",
    }
    return {name: value for name, value in settings.items() if value is not None}


def _hires(config: GenerationConfig, has: Inventory) -> dict[str, Any]:
    hires = config.stage("upscale")
    return {
        "enable_hr": True,
        "hr_scale": hires.scale,
        "hr_upscaler": None if hires.upscaler is None else has.find("upscaler", hires.upscaler),
        "hr_second_pass_steps": hires.steps,
        "hr_sampler_name": None if hires.sampler is None else has.find("sampler", hires.sampler),
        "hr_scheduler": None if hires.scheduler is None else has.find("scheduler", hires.scheduler),
        "hr_cfg": hires.cfg_scale,
        "denoising_strength": hires.denoising_strength,
    }


def _detailer(config: GenerationConfig) -> dict[str, Any]:
    detailer = config.stage("adetailer")
    if detailer.detector is None:
        raise NotExpressible(PLACE, "adetailer needs a detector, such as face_yolov8n.pt")
    unit: dict[str, Any] = {"ad_model": detailer.detector}
    optional = {
        "ad_confidence": detailer.confidence,
        "ad_denoising_strength": detailer.denoising_strength,
        "ad_steps": detailer.steps,
        "ad_cfg_scale": detailer.cfg_scale,
        "ad_sampler": detailer.sampler,
        "ad_scheduler": detailer.scheduler,
    }
    unit |= {name: value for name, value in optional.items() if value is not None}
    unit |= {f"ad_use_{name}": True for name in ("steps", "cfg_scale", "sampler") if f"ad_{name}" in unit}
    return {"alwayson_scripts": {"ADetailer": {"args": [True, False, unit]}}}
