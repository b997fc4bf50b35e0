"""A ComfyUI graph's settings as the fields of a job record."""

from typing import Any

from learning_core.importers.comfyui_graph import GraphSettings
from learning_core.importers.comfyui_links import number_at
from learning_core.importers.comfyui_nodes import Graph, Node
from learning_core.importers.comfyui_samplers import Sampling
from learning_core.importers.comfyui_stages import Stage, hires_of, refiner_of, scripted_hires
from learning_core.text.names import number


def job_fields(graph: Graph, found: GraphSettings) -> dict[str, Any]:
    """Return JobRecord fields, names as the graph spells them; unknown ones are absent or None."""
    main = found.main
    if main is None:
        return {"source_tool": "comfyui"}
    checkpoints = list(found.models.checkpoints)
    template = found.positive.template
    width, height = main.latent.size or (None, None)
    return {
        "source_tool": "comfyui",
        "prompt_positive": found.positive.text,
        "prompt_negative": found.negative.text,
        "prompt_template": template if template != found.positive.text else None,
        "model": checkpoints[0] if checkpoints else None,
        "merged_checkpoints": checkpoints if len(checkpoints) > 1 else None,
        "loras": list(found.models.loras),
        "vae": found.vae,
        "sampler": main.sampler,
        "scheduler": main.scheduler,
        "steps": main.steps,
        "cfg_scale": _rounded(main.cfg),
        "distilled_cfg_scale": _rounded(found.distilled_guidance),
        "seed": main.seed if main.seed is not None and main.seed >= 0 else None,
        "width": width,
        "height": height,
        "batch_total": main.latent.batch_size,
        "clip_skip": found.clip_skip,
        "denoising_strength": main.denoise if main.latent.from_picture and main.denoise < 1 else None,
        "stage": _main_stage(main),
        **_other_stages(graph, found, main),
    }


def _main_stage(main: Sampling) -> str:
    latent = main.latent
    if latent.frames is not None and latent.frames > 1:
        return "img2video" if latent.from_picture else "txt2video"
    if latent.from_picture and latent.masked:
        return "inpaint"
    return "img2img" if latent.from_picture and main.denoise < 1 else "txt2img"


def _other_stages(graph: Graph, found: GraphSettings, main: Sampling) -> dict[str, Any]:
    second = _first(found, "hires")
    hires = hires_of(graph, main, second) if second else scripted_hires(graph, main.node)
    refining = _first(found, "refiner")
    upscaling = _first(found, "upscale")
    names = [_stage_name(stage, main) for stage in found.stages]
    return {
        "hires": hires,
        "hires_enabled": hires is not None,
        "hires_denoise": hires.denoising_strength if hires else None,
        "hires_scale": hires.scale if hires else None,
        "refiner": refiner_of(graph, refining) if refining else None,
        "refiner_enabled": refining is not None,
        "upscale_enabled": upscaling is not None,
        "upscale_denoise": upscaling.denoise if upscaling else None,
        "upscale_scale": _upscale_factor(graph, upscaling.node) if upscaling else None,
        "adetailer_enabled": _first(found, "adetailer") is not None,
        "stage_sequence": names if len(names) > 1 else None,
    }


def _first(found: GraphSettings, kind: str) -> Sampling | None:
    return next((stage.sampling for stage in found.stages if stage.kind == kind), None)


def _stage_name(stage: Stage, main: Sampling) -> str:
    if stage.kind in ("main", "another"):
        return _main_stage(stage.sampling if stage.kind == "main" else main)
    return stage.kind


def _upscale_factor(graph: Graph, node: Node) -> float | None:
    return _rounded(number_at(graph, node, ("upscale_by", "upscale_factor")))


def _rounded(value: float | None) -> float | None:
    return None if value is None else number(value)
