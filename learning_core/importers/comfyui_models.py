"""What a ComfyUI sampler ran on: checkpoints, LoRAs, VAE and clip skip, found by following the links up."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from learning_core.importers.comfyui_links import as_word, integer_at, links_for, named_links, word_at
from learning_core.importers.comfyui_loras import LORA_NAME, loras_of
from learning_core.importers.comfyui_nodes import Graph, Link, Node
from learning_core.importers.comfyui_roles import role_of
from learning_core.importers.comfyui_texts import Prompt
from learning_core.model.generation import LoraUse

_CHECKPOINTS = (
    "ckpt_name", "unet_name", "base_ckpt_name", "checkpoint_name", "checkpoint", "ckpt", "gguf_name",
    "model_name", "model", "base_model", "diffusion_model", "model_path", "unet",
)  # fmt: skip
_MODEL_FILE = re.compile(r"\.(?:safetensors|ckpt|pt|pth|bin|gguf|sft)$", re.IGNORECASE)
_NO_CHECKPOINT = (
    "lora",
    "vae",
    "clip",
    "text_encoder",
    "control",
    "t5",
    "upscale",
    "embed",
    "motion",
    "ipadapter",
)
_CLIP_LAYERS = ("stop_at_clip_layer", "clip_skip", "clip_layer")
_NO_VAE = frozenset({"baked vae", "default", "automatic"})


class Models(Struct, frozen=True):
    """The checkpoints in the order of the merge, and every LoRA on the way in the order of application."""

    checkpoints: tuple[str, ...] = ()
    loras: tuple[LoraUse, ...] = ()


def models_at(graph: Graph, start: Node) -> Models:
    """Return what feeds the model input of a sampler or guider."""
    checkpoints: list[str] = []
    loras: list[LoraUse] = []
    for node in graph.upstream(start, _model_links):
        name = None if node is start and named_links(start, "model") else checkpoint_of(graph, node)
        if name is not None:
            checkpoints.append(name)
        if node is not start or not named_links(start, "model"):
            loras.extend(loras_of(graph, node))
    return Models(tuple(dict.fromkeys(checkpoints)), tuple(loras))


def checkpoint_of(graph: Graph, node: Node) -> str | None:
    """Return the file that a loader node names; a node that is fed by a model only patches it."""
    if named_links(node, "model"):
        return None
    name = word_at(graph, node, (name for name in _CHECKPOINTS if node.has(name)))
    if name is not None:
        return name
    files = (as_word(value) for key, value in node.literals.items() if not _names_another_file(key))
    return next((file for file in files if file is not None and _MODEL_FILE.search(file[-16:])), None)


def vae_at(graph: Graph, nodes: Iterable[Node]) -> str | None:
    """Return the VAE file behind the first node that is fed by a VAE; None for the checkpoint's own."""
    for start in nodes:
        if not named_links(start, "vae"):
            continue
        for node in reversed(graph.upstream(start, _vae_links)):
            name = word_at(graph, node, ("vae_name", "vae_model"))
            if name is not None:
                return None if name.casefold() in _NO_VAE else name
        return None
    return None


def clip_skip_of(graph: Graph, prompt: Prompt) -> int | None:
    """Return the clip skip behind a prompt, counted as A1111 does; None when nothing sets it."""
    for encoder in prompt.nodes:
        for node in reversed(graph.upstream(encoder, lambda node: named_links(node, "clip"))):
            layer = integer_at(graph, node, _CLIP_LAYERS)
            if layer:
                return abs(layer)
    return None


def _model_links(node: Node) -> Iterator[Link]:
    if not node.has("ckpt_name", "unet_name", "base_ckpt_name") or named_links(node, "model"):
        yield from links_for(node, "model")
    for name, link in node.links.items():
        if role_of(name) == "lora" and (name in ("lora", "loras") or not LORA_NAME.fullmatch(name)):
            yield link


def _vae_links(node: Node) -> list[Link]:
    return [] if node.has("vae_name", "ckpt_name") else links_for(node, "vae")


def _names_another_file(key: str) -> bool:
    return any(word in key.casefold() for word in _NO_CHECKPOINT)
