"""The LoRAs of a ComfyUI node: single loaders, stacks, loaders with objects or with `<lora:…>` tags."""

import re
from collections.abc import Iterator
from typing import Any

from learning_core.importers.comfyui_links import as_word, integer_at, number_at, word_at
from learning_core.importers.comfyui_nodes import Graph, Node
from learning_core.importers.foreign_values import real
from learning_core.model.generation import LoraUse
from learning_core.text.names import number

LORA_NAME = re.compile(r"(?:lora(?:_name)?|lora_file|lora_path)(?:_?(\d{1,4}))?|lora_(\d{1,4})_name")
"""Inputs that name a LoRA file; the group is its number in a stack."""

_TAG = re.compile(r"<(lora|lyco):([^<>:]{1,255})(?::([^<>:]{1,32}))?(?::([^<>:]{1,32}))?>")
_COUNTS = ("lora_count", "num_loras")
_MODEL_STRENGTHS = ("strength_model", "lora_model_strength", "model_strength", "strength", "lora_strength",
                    "weight", "lora_weight")  # fmt: skip
_CLIP_STRENGTHS = ("strength_clip", "lora_clip_strength", "clip_strength")
_NUMBERED_MODEL = ("lora_{}_model_strength", "model_str_{}", "model_weight_{}", "strength_model_{}",
                   "model_strength_{}")  # fmt: skip
_NUMBERED_SIMPLE = (
    "lora_{}_strength",
    "lora_wt_{}",
    "strength_{}",
    "lora_strength_{}",
    "weight_{}",
    "lora_weight_{}",
)
_NUMBERED_CLIP = (
    "lora_{}_clip_strength",
    "clip_str_{}",
    "clip_weight_{}",
    "strength_clip_{}",
    "clip_strength_{}",
)
_NUMBERED_SWITCHES = ("switch_{}", "on_{}", "enabled_{}", "lora_{}_on", "toggle_{}")


def loras_of(graph: Graph, node: Node) -> list[LoraUse]:
    """Return the LoRAs that one node applies, in its order; switched-off and `None` entries are left out.

    Weights are rounded to 6 significant digits: editors write 0.30000000000000004.
    """
    if node.literals.get("toggle") in (False, "off", "Off", "Disabled"):
        return []
    found = [*_object_loras(node), *_named_loras(graph, node)]
    return found or list(_tagged_loras(node))


def _object_loras(node: Node) -> Iterator[LoraUse]:
    for value in node.literals.values():
        if isinstance(value, dict) and "lora" in value:
            yield from _from_object(value)
        listed = value.get("__value__") if isinstance(value, dict) else value
        for entry in listed if isinstance(listed, list) else ():
            if isinstance(entry, dict) and ("lora" in entry or "strength" in entry):
                yield from _from_object(entry)


def _from_object(entry: dict[str, Any]) -> Iterator[LoraUse]:
    name = as_word(entry.get("lora", entry.get("name")))
    on = entry.get("on", entry.get("active", True))
    if name is not None and on is not False:
        clip = real(entry.get("strengthTwo", entry.get("clipStrength")))
        yield _use(name, real(entry.get("strength")), clip)


def _named_loras(graph: Graph, node: Node) -> Iterator[LoraUse]:
    count = integer_at(graph, node, _COUNTS)
    for key in (*node.literals, *node.links):
        match = LORA_NAME.fullmatch(key)
        if match is None or (key in node.links and key in ("lora", "loras")):
            continue
        name = word_at(graph, node, (key,))
        digits = match.group(1) or match.group(2)
        if name is None or (digits and not _is_on(node, digits, count)):
            continue
        if digits:
            yield _use(name, _numbered(graph, node, digits), _numbered_clip(graph, node, digits))
        else:
            yield _use(name, number_at(graph, node, _MODEL_STRENGTHS), number_at(graph, node, _CLIP_STRENGTHS))


def _is_on(node: Node, digits: str, count: int | None) -> bool:
    if count is not None and int(digits) > count:
        return False
    switches = (node.literals.get(name.format(digits)) for name in _NUMBERED_SWITCHES)
    return not any(switch is False or (isinstance(switch, str) and switch.casefold() == "off") for switch in switches)


def _numbered(graph: Graph, node: Node, digits: str) -> float | None:
    simple = any(node.literals.get(mode) == "simple" for mode in ("input_mode", "mode"))
    names = (*_NUMBERED_SIMPLE, *_NUMBERED_MODEL) if simple else (*_NUMBERED_MODEL, *_NUMBERED_SIMPLE)
    return number_at(graph, node, (name.format(digits) for name in names))


def _numbered_clip(graph: Graph, node: Node, digits: str) -> float | None:
    if any(node.literals.get(mode) == "simple" for mode in ("input_mode", "mode")):
        return None
    return number_at(graph, node, (name.format(digits) for name in _NUMBERED_CLIP))


def _tagged_loras(node: Node) -> Iterator[LoraUse]:
    for key, value in node.literals.items():
        if isinstance(value, str) and not (key == "wildcard_text" and node.literals.get("populated_text")):
            for match in _TAG.finditer(value):
                kind = "lycoris" if match.group(1) == "lyco" else "lora"
                use = _use(match.group(2), real(match.group(3) or 1), real(match.group(4)))
                yield use.model_copy(update={"kind": kind})


def _use(name: str, weight: float | None, text_encoder_weight: float | None) -> LoraUse:
    return LoraUse(
        name=name,
        weight=None if weight is None else number(weight),
        text_encoder_weight=None if text_encoder_weight is None else number(text_encoder_weight),
    )
