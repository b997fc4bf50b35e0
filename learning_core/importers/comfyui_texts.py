"""The prompts of a ComfyUI graph: the texts that reach a sampler as positive or as negative."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct, field

from learning_core.errors import OverLimit
from learning_core.importers.comfyui_links import named_links, number_at
from learning_core.importers.comfyui_nodes import Graph, Link, Node
from learning_core.importers.comfyui_roles import role_of
from learning_core.limits import PROMPT_CHARACTERS

Polarity = Literal["positive", "negative"]
Leaf = tuple[str, str]

_MODEL_FILE = re.compile(r"\.(?:safetensors|ckpt|pt|pth|bin|gguf|onnx|sft)$", re.IGNORECASE)
_IMAGE_FILE = re.compile(r"\.(?:png|jpe?g|webp|gif|bmp|mp4|webm|txt)$", re.IGNORECASE)
_SETTING_ENDS = (
    "_name", "_mode", "_type", "_format", "_style", "_file", "_path", "_method", "_normalization",
    "_interpretation", "_encoder", "_prefix", "_box", "_parser",
)  # fmt: skip
_OTHER_TEXTS = (
    "value",
    "text",
    "prompt",
    "string",
    "str",
    "bert",
    "mt5xl",
    "llama",
    "user_prompt",
    "tags",
    "opt_text",
)
_DELIMITERS = ("delimiter", "separator", "delim")
_BUILT_CHARACTERS = 10 * PROMPT_CHARACTERS


class Prompt(Struct, frozen=True):
    """A prompt as it reached the sampler; `text` is None when no text was found, "" when it was empty.

    `leaves` are the node inputs that the text came from, `nodes` those that it passed, the nearest to the
    sampler last; `template` is the text before its wildcards were filled in; `erased` says that a zero-
    out node was met.
    """

    text: str | None = None
    template: str | None = None
    leaves: frozenset[Leaf] = frozenset()
    nodes: tuple[Node, ...] = ()
    erased: bool = False


class _Walk(Struct):
    polarity: Polarity
    start: Node
    texts: dict[str, str] = field(default_factory=dict)
    leaves: set[Leaf] = field(default_factory=set)
    template: str | None = None
    characters: int = 0


def prompt_at(graph: Graph, start: Node, polarity: Polarity) -> Prompt:
    """Return the prompt of one polarity at a sampler or guider.

    Raises OverLimit when the graph would build a text longer than PROMPT_CHARACTERS.
    """
    walk = _Walk(polarity, start)
    nodes = graph.upstream(start, lambda node: _links(walk, node))
    for node in nodes:
        text = _text_of(walk, node)
        if text is not None:
            walk.texts[node.id] = text
    return Prompt(
        text=walk.texts.get(start.id),
        template=walk.template,
        leaves=frozenset(walk.leaves),
        nodes=tuple(nodes),
        erased=any(_erases(node) for node in nodes),
    )


def prompts_at(graph: Graph, start: Node) -> tuple[Prompt, Prompt]:
    """Return the positive and the negative prompt at a sampler or guider.

    A negative that comes from the positive's own text, was zeroed, or cannot be given there at all, is
    "": it was empty for the sampler. Without any text both are None.
    """
    positive = prompt_at(graph, start, "positive")
    negative = prompt_at(graph, start, "negative")
    if positive.text is None and negative.text is None:
        return positive, negative
    same = negative.text is not None and negative.leaves == positive.leaves
    absent = negative.text is None and (negative.erased or not _has_negative(start, negative))
    if positive.text is not None and (same or absent):
        negative = Prompt(text="", nodes=negative.nodes)
    return positive, negative


def distilled_guidance(graph: Graph, prompt: Prompt) -> float | None:
    """Return the guidance that was written into the prompt's conditioning, the one nearest to the sampler."""
    for node in reversed(prompt.nodes):
        if node.has("guidance"):
            return number_at(graph, node, ("guidance",))
    return None


def _has_negative(start: Node, negative: Prompt) -> bool:
    return bool(named_links(start, "negative")) or len(negative.nodes) > 1


def _erases(node: Node) -> bool:
    return "zeroout" in node.class_type.casefold().replace("_", "").replace(" ", "")


def _links(walk: _Walk, node: Node) -> Iterator[Link]:
    return (part for _, part in _parts(walk, node) if isinstance(part, Link))


def _parts(walk: _Walk, node: Node) -> list[tuple[str, Link | str]]:
    """Return what the node's text is made of: links to go up, and texts of its own."""
    if _erases(node):
        return []
    named = _named(node, walk.polarity)
    if named:
        return named
    if node is walk.start and any(role_of(name) in ("positive", "negative") for name in node.links):
        return []
    conditioning = [(name, link) for name, link in node.links.items() if role_of(name) == "conditioning"]
    if conditioning:
        return [*conditioning]
    return _string_parts(walk, node)


def _string_parts(walk: _Walk, node: Node) -> list[tuple[str, Link | str]]:
    if "populated_text" in node.literals or "populated_text" in node.links:
        return _populated(walk, node)
    texts = [*_named(node, "text"), *_other_texts(node)]
    if texts:
        one_series = len({name[:4] for name, _ in texts}) == 1
        return sorted(texts, key=lambda part: (len(part[0]), part[0])) if one_series else texts
    unnamed = [(name, link) for name, link in node.links.items() if role_of(name) is None]
    if unnamed or node is walk.start:
        return [*unnamed]
    return _sole_string(node)


def _named(node: Node, role: str) -> list[tuple[str, Link | str]]:
    links = ((name, link) for name, link in node.links.items() if role_of(name) == role)
    return [*links, *_strings(node, (name for name in node.literals if role_of(name) == role))]


def _other_texts(node: Node) -> list[tuple[str, Link | str]]:
    names = [name for name in _OTHER_TEXTS if role_of(name) != "text"]
    links = ((name, node.links[name]) for name in names if name in node.links)
    return [*links, *_strings(node, (name for name in names if name in node.literals))]


def _strings(node: Node, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        value = node.literals[name]
        if isinstance(value, str) and _is_text(name, value):
            yield name, value


def _is_text(name: str, value: str) -> bool:
    ending = value[-16:].strip()
    if name.casefold().endswith(_SETTING_ENDS) or name.casefold() in _DELIMITERS:
        return False
    return not (len(value) < 260 and (_MODEL_FILE.search(ending) or _IMAGE_FILE.search(ending)))


def _sole_string(node: Node) -> list[tuple[str, Link | str]]:
    """Return the only string of a node of unknown make, unless it handles files or pictures."""
    strings = [(name, value) for name, value in node.literals.items() if isinstance(value, str)]
    if len(strings) != 1 or any(role_of(name) in ("image", "latent", "model") for name in node.links):
        return []
    name, value = strings[0]
    return [(name, value)] if role_of(name) in (None, "positive", "negative") and _is_text(name, value) else []


def _populated(walk: _Walk, node: Node) -> list[tuple[str, Link | str]]:
    """Take the text that ran; the text with its wildcards is a template."""
    link = node.links.get("populated_text")
    if link is not None:
        return [("populated_text", link)]
    populated, wildcard = node.literals["populated_text"], node.literals.get("wildcard_text")
    if isinstance(populated, str) and populated.strip():
        if walk.polarity == "positive" and isinstance(wildcard, str) and wildcard not in ("", populated):
            walk.template = wildcard
        return [("populated_text", populated)]
    return _named(node, "text")


def _text_of(walk: _Walk, node: Node) -> str | None:
    pieces: list[str] = []
    parts = _parts(walk, node)
    for name, part in parts:
        text = walk.texts.get(part.node) if isinstance(part, Link) else part
        if text is None:
            continue
        if isinstance(part, str):
            walk.leaves.add((node.id, name))
        pieces.append(text)
    if not pieces:
        return None
    filled = [piece for piece in pieces if piece.strip()] or pieces[:1]
    size = sum(map(len, filled))
    walk.characters += size
    if size > PROMPT_CHARACTERS or walk.characters > _BUILT_CHARACTERS:
        raise OverLimit(f"longer than {PROMPT_CHARACTERS} characters", field=f"{walk.polarity} prompt")
    if _joins_strings(node, parts):
        return _glue(node).join(filled)
    # An encoder's parts, and the conditionings of several, often repeat one text for each of its models.
    return "\n".join(dict.fromkeys(filled))


def _glue(node: Node) -> str:
    for name in _DELIMITERS:
        glue = node.literals.get(name)
        if isinstance(glue, str) and len(glue) <= 16:
            return glue.replace("\\n", "\n")
    return ", "


def _joins_strings(node: Node, parts: list[tuple[str, Link | str]]) -> bool:
    encodes = bool(named_links(node, "clip"))
    return not encodes and all(role_of(name) in ("text", None) for name, _ in parts)
