"""Samplers in a ComfyUI graph, recognised by their inputs, and the settings that each ran with."""

import re
from collections.abc import Iterable
from typing import TypeVar

from msgspec import Struct

from learning_core.importers.comfyui_latents import Latent, latent_at
from learning_core.importers.comfyui_links import as_word, integer_at, named_links, number_at, word_at
from learning_core.importers.comfyui_nodes import Graph, Link, Node
from learning_core.importers.comfyui_roles import role_of
from learning_core.text.names import number

T = TypeVar("T")

STEPS = ("steps", "num_inference_steps", "steps_total")
SEEDS = ("seed", "noise_seed")
CFGS = ("cfg", "cfg_scale", "guidance_scale", "cfg_conds")
_SAMPLER_NAMES = ("sampler_name", "sampler")
_CUSTOM = ("guider", "sigmas", "sampler", "noise")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Sampling(Struct, frozen=True):
    """One sampler node and its settings.

    `denoise` is the share of the noise schedule that ran, 0 to 1, also where steps were skipped instead.
    `adds_noise` is False when the node carries on with what an earlier one left over.
    """

    node: Node
    guide: Node
    seed: int | None
    steps: int | None
    cfg: float | None
    sampler: str | None
    scheduler: str | None
    denoise: float
    start_at_step: int
    adds_noise: bool
    latent: Latent

    @property
    def starts_from_noise(self) -> bool:
        """Say whether nothing of an earlier picture was kept."""
        return self.adds_noise and self.denoise >= 1


def is_sampler(node: Node) -> bool:
    """Say whether a node samples: by steps, guidance and seed, or by guider, sigmas and their like."""
    return _is_plain(node) or _is_custom(node)


def sampling_of(graph: Graph, node: Node) -> Sampling:
    """Return the settings of a sampler node, those of the nodes that feed it included."""
    if _is_custom(node):
        return _custom(graph, node)
    steps = integer_at(graph, node, STEPS)
    start = integer_at(graph, node, ("start_at_step", "start_step")) or 0
    return Sampling(
        node=node,
        guide=node,
        seed=integer_at(graph, node, SEEDS),
        steps=steps,
        cfg=number_at(graph, node, CFGS),
        sampler=word_at(graph, node, _SAMPLER_NAMES),
        scheduler=word_at(graph, node, ("scheduler",)),
        denoise=_share(number_at(graph, node, ("denoise", "denoise_strength")), start, steps),
        start_at_step=start,
        adds_noise=_adds_noise(node),
        latent=latent_at(graph, node, is_sampler),
    )


def _is_plain(node: Node) -> bool:
    settings = node.has(*STEPS) and node.has(*SEEDS) and node.has(*CFGS, "sampler_name", "scheduler", "guidance")
    works_on = any(role_of(name) in ("model", "latent", "positive", None) for name in node.links)
    saves = node.has("filename_prefix", "filename") or node.class_type.startswith("Save")
    return settings and works_on and not saves


def _is_custom(node: Node) -> bool:
    fed = node.links.keys() & set(_CUSTOM)
    return ("guider" in fed and len(fed) > 1) or {"sampler", "sigmas"} <= fed


def _custom(graph: Graph, node: Node) -> Sampling:
    guider = graph.source(node.links.get("guider"))
    noise = graph.source(node.links.get("noise"))
    chooser = graph.source(node.links.get("sampler"))
    schedule, later_part = _schedule(graph, node)
    steps = integer_at(graph, schedule, STEPS) if schedule else integer_at(graph, node, STEPS)
    start = later_part if isinstance(later_part, int) else 0
    share = number_at(graph, schedule, ("denoise",)) if schedule else None
    makes_noise = _makes_noise(noise) if "noise" in node.links else _adds_noise(node)
    return Sampling(
        node=node,
        guide=guider or node,
        seed=_first(integer_at(graph, place, SEEDS) for place in (noise, node) if place),
        steps=steps,
        cfg=_first(number_at(graph, place, CFGS) for place in (node, guider) if place),
        sampler=_name_at(graph, chooser, _SAMPLER_NAMES, "Sampler"),
        scheduler=_name_at(graph, schedule, ("scheduler",), "Scheduler"),
        denoise=_share(later_part if isinstance(later_part, float) else share, start, steps),
        start_at_step=start,
        adds_noise=makes_noise,
        latent=latent_at(graph, node, is_sampler),
    )


def _schedule(graph: Graph, sampler: Node) -> tuple[Node | None, int | float | None]:
    """Return the node that made the sigmas, and what a split left of them (steps out, or the share)."""
    link = sampler.links.get("sigmas")
    left_out: int | float | None = None
    for _ in range(64):
        node = graph.source(link)
        if node is None or node.has(*STEPS):
            return node, left_out
        onward = [other for name, other in node.links.items() if name.startswith("sigmas")] or named_links(node, None)
        if not onward:
            return node, left_out
        if isinstance(link, Link) and link.slot == 1 and left_out is None:
            left_out = integer_at(graph, node, ("step",))
            left_out = number_at(graph, node, ("denoise",)) if left_out is None else left_out
        link = onward[0]
    return None, left_out


def _name_at(graph: Graph, node: Node | None, names: Iterable[str], word: str) -> str | None:
    """Return the name that a node chooses, or the one in its type: `SamplerEulerAncestral`."""
    if node is None:
        return None
    chosen = word_at(graph, node, names)
    if chosen is not None or word not in node.class_type:
        return chosen
    plain = node.class_type.removeprefix("KSampler").replace(word, "").replace(" ", "_").strip("_")
    return as_word(_CAMEL.sub("_", plain).casefold())


def _share(denoise: float | None, start: int, steps: int | None) -> float:
    if denoise is not None and denoise < 1:
        return max(0.0, number(denoise))
    if start > 0 and steps and start < steps:
        return number((steps - start) / steps)
    return 1.0


def _adds_noise(node: Node) -> bool:
    return node.literals.get("add_noise") not in (False, "disable", "disabled")


def _makes_noise(noise: Node | None) -> bool:
    return noise is None or bool(noise.literals or noise.links)


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)
