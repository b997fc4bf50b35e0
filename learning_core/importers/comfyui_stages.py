"""Several ComfyUI samplers as stages of one picture: which one began it, and what the others did."""

from typing import Literal

from msgspec import Struct

from learning_core.importers.comfyui_latents import size_at
from learning_core.importers.comfyui_links import named_links, number_at, word_at
from learning_core.importers.comfyui_models import models_at
from learning_core.importers.comfyui_nodes import Graph, Node
from learning_core.importers.comfyui_samplers import Sampling
from learning_core.model.generation import HiresFix, Refiner
from learning_core.text.names import number

StageKind = Literal["main", "hires", "refiner", "adetailer", "upscale", "another"]

_DETECTORS = ("bbox_detector", "segs", "guide_size", "segm_detector_opt", "detector")
_SCALINGS = ("upscale_by", "upscale_model", "upscale_factor")


class Stage(Struct, frozen=True):
    """One sampler and its part in the picture; `another` starts from noise too (a composition)."""

    kind: StageKind
    sampling: Sampling


def stages_of(graph: Graph, samplings: list[Sampling]) -> list[Stage]:
    """Return the stages in the order of `samplings` (feeding before fed); one of them is `main`."""
    if not samplings:
        return []
    main = _main(samplings)
    return [Stage("main" if each is main else _kind(graph, main, each), each) for each in samplings]


def hires_of(graph: Graph, main: Sampling, second: Sampling) -> HiresFix:
    """Return the second pass over a picture: what it changed against the first."""
    size, first_size = size_at(graph, second.node), main.latent.size
    width, height = size if size is not None else (None, None)
    scale = number(size[0] / first_size[0]) if size and first_size and first_size[0] else None
    checkpoints = models_at(graph, second.guide).checkpoints
    return HiresFix(
        upscaler=_upscaler(graph, second.node),
        scale=scale,
        steps=second.steps,
        denoising_strength=second.denoise if second.denoise < 1 else None,
        cfg_scale=None if second.cfg is None else number(second.cfg),
        sampler=second.sampler,
        scheduler=second.scheduler,
        checkpoint=checkpoints[0] if checkpoints else None,
        width=width,
        height=height,
    )


def scripted_hires(graph: Graph, main: Node) -> HiresFix | None:
    """Return the second pass that a script node hands to an all-in-one sampler, None without one."""
    script = graph.source(main.links.get("script"))
    if script is None or not script.has("hires_steps"):
        return None
    steps, scale = number_at(graph, script, ("hires_steps",)), number_at(graph, script, ("upscale_by",))
    denoise = number_at(graph, script, ("denoise",))
    return HiresFix(
        upscaler=word_at(graph, script, ("latent_upscaler", "pixel_upscaler")),
        scale=None if scale is None else number(scale),
        steps=None if steps is None else int(steps),
        denoising_strength=None if denoise is None else number(denoise),
    )


def refiner_of(graph: Graph, second: Sampling) -> Refiner:
    """Return the checkpoint that finished the picture and when it took over."""
    checkpoints = models_at(graph, second.guide).checkpoints
    share = number(second.start_at_step / second.steps) if second.steps and second.start_at_step else None
    left = max(0, second.steps - second.start_at_step) if second.steps else None
    return Refiner(checkpoint=checkpoints[0] if checkpoints else None, switch_at=share, steps=left)


def _main(samplings: list[Sampling]) -> Sampling:
    from_noise = [each for each in samplings if each.starts_from_noise]
    fresh = [each for each in from_noise if not each.latent.from_sampler]
    firsts = [each for each in samplings if not each.latent.from_sampler]
    return (fresh or from_noise or firsts or samplings)[0]


def _kind(graph: Graph, main: Sampling, other: Sampling) -> StageKind:
    if other.node.has(*_DETECTORS):
        return "adetailer"
    if other.node.has(*_SCALINGS) and not named_links(other.node, "latent"):
        return "upscale"
    if not other.adds_noise:
        same = models_at(graph, main.guide).checkpoints == models_at(graph, other.guide).checkpoints
        return "another" if same else "refiner"
    return "another" if other.starts_from_noise and not other.latent.from_sampler else "hires"


def _upscaler(graph: Graph, start: Node) -> str | None:
    """Return how the picture was enlarged right before a sampler: a model's file or a method's name."""
    node: Node | None = start
    for _ in range(16):
        links = named_links(node, "latent") or named_links(node, "image") if node else []
        node = graph.source(links[0]) if links else None
        if node is None:
            return None
        loader = graph.source(node.links.get("upscale_model"))
        name = word_at(graph, loader, ("model_name",)) if loader else word_at(graph, node, ("upscale_method",))
        if name is not None:
            return name
    return None
