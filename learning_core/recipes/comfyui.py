"""Steps as graphs for ComfyUI, made of nodes that it brings along: one a step, or one workflow for a whole plan."""

import re
import uuid
from collections.abc import Sequence
from typing import Any

import orjson

from learning_core.errors import NotExpressible
from learning_core.plans.generation_config import GenerationConfig, StageSettings
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep
from learning_core.plans.parameters import Stage
from learning_core.recipes.inventory import Inventory, Kind
from learning_core.recipes.plan_chunk import KEYWORD, plan_chunk, workflow_chunk
from learning_core.text.names import graph_sampler, graph_scheduler

Node = dict[str, Any]
Graph = dict[str, Node]
Link = list[Any]

PLACE = "a ComfyUI graph"
FOLDER = "whatworks"
"""Where in its output folder ComfyUI puts what it makes for a plan."""

MODEL_ENDING = ".safetensors"
OFFLINE = Inventory("ComfyUI", {})
_SCHEDULER_UNLESS_SET = "normal"
_LATENT_METHODS = {"latent": "nearest-exact", "latent (bicubic)": "bicubic", "latent (bilinear)": "bilinear"}
_FACTOR = re.compile(r"(?<![0-9])([1-9])x|x([1-9])(?![0-9])", re.IGNORECASE)
_NAMESPACE = uuid.UUID("6f0f5f0c-6f0d-5f7b-9c84-6a1b0c3f3f5e")


def prompt_id(step: LearningRunStep) -> str:
    """Return the id under which a step is handed in: always the same, so that a second run finds the first."""
    return str(uuid.uuid5(_NAMESPACE, f"{step.plan_id}/{step.step_id}"))


def step_graph(step: LearningRunStep, has: Inventory = OFFLINE, input_image: str | None = None) -> Graph:
    """Return the graph that makes one step's image, in API form; `input_image` is its name in ComfyUI's input folder.

    Without the server's inventory, names of models get the usual ending. Raises NotExpressible, ServerLacks.
    """
    builder = _Builder(has)
    builder.add_step(step, input_image)
    return builder.graph


def request(plan: LearningPlan, step: LearningRunStep, graph: Graph) -> dict[str, Any]:
    """Return the body for POST /prompt; the plan's chunk comes back in the saved image."""
    return {
        "prompt": graph,
        "prompt_id": prompt_id(step),
        "client_id": FOLDER,
        "extra_data": {"extra_pnginfo": {KEYWORD: plan_chunk(plan, step)}},
    }


def whole_request(plan: LearningPlan, steps: Sequence[LearningRunStep]) -> dict[str, Any]:
    """Return the body for POST /prompt that makes all images of a plan at once; loaders are shared."""
    builder = _Builder(OFFLINE)
    saving = {builder.add_step(step, None): step.step_id for step in steps}
    chunk = workflow_chunk(plan, saving)
    return {"prompt": builder.graph, "client_id": FOLDER, "extra_data": {"extra_pnginfo": {KEYWORD: chunk}}}


def saving_title(step: LearningRunStep) -> str:
    """Return the title of the node that saves a step's image; it survives where a person hands the graph in."""
    return f"{KEYWORD} {step.plan_id} {step.step_id}"


class _Builder:
    """Nodes by id, counted from 1; what two steps have in common is one node."""

    def __init__(self, has: Inventory) -> None:
        self.graph: Graph = {}
        self._has = has
        self._known: dict[bytes, str] = {}

    def add_step(self, step: LearningRunStep, input_image: str | None) -> str:
        """Add what makes one image and return the id of the node that saves it."""
        config = step.config_for_step
        model, clip, vae = self._models(config)
        positive = self._node("CLIPTextEncode", text=config.prompt or "", clip=clip)
        negative = self._node("CLIPTextEncode", text=config.negative_prompt or "", clip=clip)
        picture: Link | None = None
        for stage in step.stage_sequence:
            if stage == "adetailer":
                raise NotExpressible(
                    PLACE, "ComfyUI brings no nodes for adetailer; hand in a workflow of yours with --workflow"
                )
            start = self._start(stage, config, picture, input_image)
            settings = config.stage(stage)
            if stage == "upscale" and settings.denoising_strength is None:
                picture = start
                continue
            latent = start if stage == "txt2img" else [self._node("VAEEncode", pixels=start, vae=vae), 0]
            sampled = self._sampled(stage, config, (model, [positive, 0], [negative, 0], latent))
            picture = [self._node("VAEDecode", samples=[sampled, 0], vae=vae), 0]
        prefix = f"{FOLDER}/{step.plan_id}/{step.step_id}"
        return self._add("SaveImage", {"filename_prefix": prefix, "images": picture}, saving_title(step))

    def _models(self, config: GenerationConfig) -> tuple[Link, Link, Link]:
        if config.checkpoint is None:
            raise NotExpressible(PLACE, "its base settings name no checkpoint, and a graph has to")
        loader = self._node("CheckpointLoaderSimple", ckpt_name=self._file("checkpoint", config.checkpoint))
        model, clip, vae = [loader, 0], [loader, 1], [loader, 2]
        for lora in config.loras:
            with_lora = self._node(
                "LoraLoader", lora_name=self._file("LoRA", lora.name), strength_model=lora.weight,
                strength_clip=lora.weight, model=model, clip=clip,
            )  # fmt: skip
            model, clip = [with_lora, 0], [with_lora, 1]
        if config.clip_skip is not None and config.clip_skip > 1:
            clip = [self._node("CLIPSetLastLayer", stop_at_clip_layer=-config.clip_skip, clip=clip), 0]
        if config.vae is not None:
            vae = [self._node("VAELoader", vae_name=self._file("VAE", config.vae)), 0]
        return model, clip, vae

    def _start(self, stage: Stage, config: GenerationConfig, picture: Link | None, input_image: str | None) -> Link:
        """Return what a stage works on: an empty latent, or the picture so far, enlarged where it is an upscale."""
        if stage == "txt2img":
            if not (config.width and config.height):
                raise NotExpressible(PLACE, "its base settings have no size, and a graph has to")
            return [self._node("EmptyLatentImage", width=config.width, height=config.height, batch_size=1), 0]
        if picture is None:
            name = input_image or (config.input_image or "").replace("\\", "/").rpartition("/")[2]
            picture = self._sized(config, [self._node("LoadImage", image=name), 0])
        return self._enlarged(config.stage("upscale"), picture) if stage == "upscale" else picture

    def _sized(self, config: GenerationConfig, picture: Link) -> Link:
        """Return the input image in the size that the plan holds fixed, stretched as A1111 does it, else as it is."""
        if not (config.width and config.height):
            return picture
        size = {"width": config.width, "height": config.height, "crop": "disabled"}
        return [self._node("ImageScale", upscale_method="lanczos", image=picture, **size), 0]

    def _enlarged(self, settings: StageSettings, picture: Link) -> Link:
        if settings.scale is None:
            raise NotExpressible(PLACE, "its base settings have no scale for upscale, and a graph has to")
        name = settings.upscaler
        if name is None or name.casefold() in _LATENT_METHODS:
            method = _LATENT_METHODS.get((name or "latent").casefold())
            return [self._node("ImageScaleBy", upscale_method=method, scale_by=settings.scale, image=picture), 0]
        loader = self._node("UpscaleModelLoader", model_name=self._has.find("upscaler", name))
        enlarged = self._node("ImageUpscaleWithModel", upscale_model=[loader, 0], image=picture)
        by_model = _factor_in(name)
        if by_model is None:
            raise NotExpressible(PLACE, f"the factor of the upscaler {name!r} does not stand in its name, as in 4x-…")
        share = settings.scale / by_model
        return [self._node("ImageScaleBy", upscale_method="area", scale_by=share, image=[enlarged, 0]), 0]

    def _sampled(self, stage: Stage, config: GenerationConfig, fed: tuple[Link, Link, Link, Link]) -> str:
        settings = _complete(stage, config)
        model, positive, negative, latent = fed
        return self._node(
            "KSampler",
            seed=config.seed,
            steps=settings.steps,
            cfg=settings.cfg_scale,
            sampler_name=self._has.find("sampler", graph_sampler(settings.sampler or "")),
            scheduler=self._has.find("scheduler", graph_scheduler(settings.scheduler or _SCHEDULER_UNLESS_SET)),
            denoise=settings.denoising_strength,
            model=model, positive=positive, negative=negative, latent_image=latent,
        )  # fmt: skip

    def _file(self, kind: Kind, name: str) -> str:
        return self._has.find(kind, name) if kind in self._has.has else name + MODEL_ENDING

    def _node(self, class_type: str, **inputs: Any) -> str:
        key = orjson.dumps([class_type, inputs], option=orjson.OPT_SORT_KEYS)
        if key not in self._known:
            self._known[key] = self._add(class_type, inputs)
        return self._known[key]

    def _add(self, class_type: str, inputs: dict[str, Any], title: str | None = None) -> str:
        node_id = str(len(self.graph) + 1)
        self.graph[node_id] = {"class_type": class_type, "inputs": inputs}
        if title is not None:
            self.graph[node_id]["_meta"] = {"title": title}
        return node_id


def _complete(stage: Stage, config: GenerationConfig) -> StageSettings:
    """Return all that a sampler needs; the second pass takes over from the first what it does not set itself."""
    own, first = config.stage(stage), config.stage("txt2img")
    settings = first.model_copy(update=own.model_dump(exclude_none=True)) if stage == "upscale" else own
    if stage == "txt2img":
        settings = settings.model_copy(update={"denoising_strength": 1.0})
    needed = ("steps", "cfg_scale", "sampler", "denoising_strength")
    missing = [name for name in needed if getattr(settings, name) is None]
    if missing:
        raise NotExpressible(PLACE, f"its base settings have no {', '.join(missing)} for {stage}, and a graph has to")
    return settings


def _factor_in(name: str) -> float | None:
    """Return the factor of an upscaler from its name, `4x-UltraSharp` or `RealESRGAN_x2`, None when it has none."""
    found = _FACTOR.search(name)
    return float(found.group(1) or found.group(2)) if found else None
