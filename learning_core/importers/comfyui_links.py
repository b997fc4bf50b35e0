"""The links of a ComfyUI node by what they carry, and the values behind linked inputs."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from learning_core.importers.comfyui_nodes import Graph, Link, Node
from learning_core.importers.comfyui_roles import role_of
from learning_core.importers.foreign_values import real, whole

T = TypeVar("T")

MOST_HOPS = 8
"""Most nodes between an input and the literal that feeds it."""

_ANY_VALUE = ("value", "int", "float", "number", "string", "text", "any")
_COMPUTES = ("expression", "operation", "op", "operator", "formula")


def links_for(node: Node, *roles: str) -> list[Link]:
    """Return the links that carry one of the roles, or, when there is none, those whose name says nothing.

    Pipes, contexts, reroutes and switches have such names, so this passes through them.
    """
    return named_links(node, *roles) or named_links(node, None)


def named_links(node: Node, *roles: str | None) -> list[Link]:
    """Return the links whose name tells one of the roles, in the order of the inputs."""
    if len(roles) == 1:
        return node.links_by_role.get(roles[0], [])
    return [link for name, link in node.links.items() if role_of(name) in roles]


def number_at(graph: Graph, node: Node, names: Iterable[str]) -> float | None:
    """Return the finite number behind the first of these inputs that has one, following links."""
    return _value_at(graph, node, tuple(names), real)


def integer_at(graph: Graph, node: Node, names: Iterable[str]) -> int | None:
    """Return the exact integer behind the first of these inputs that has one, following links."""
    return _value_at(graph, node, tuple(names), whole)


def word_at(graph: Graph, node: Node, names: Iterable[str]) -> str | None:
    """Return the name (of a file, sampler, …) behind the first input that has one, following links."""
    return _value_at(graph, node, tuple(names), as_word)


def as_word(value: Any) -> str | None:
    """Return a name, also one wrapped as `{"content": name}`; empty, `None` and their like are missing."""
    if isinstance(value, dict):
        value = value.get("content")
    if not isinstance(value, str) or value.strip().casefold() in ("", "none", "undefined", "null"):
        return None
    return value


def _value_at(graph: Graph, node: Node, names: tuple[str, ...], read: Callable[[Any], T | None]) -> T | None:
    for name in names:
        value = _follow(graph, node.links[name], names, read) if name in node.links else read(node.literals.get(name))
        if value is not None:
            return value
    return None


def _follow(graph: Graph, link: Link, names: tuple[str, ...], read: Callable[[Any], T | None]) -> T | None:
    for _ in range(MOST_HOPS):
        node = graph.source(link)
        if node is None or any(name in node.literals for name in _COMPUTES):
            return None
        onward: Link | None = None
        for name in (*names, *_ANY_VALUE):
            if name in node.links:
                onward = node.links[name]
                break
            value = read(node.literals.get(name))
            if value is not None:
                return value
        if onward is None:
            values = [value for value in map(read, node.literals.values()) if value is not None]
            if len(values) == 1 and not node.links:
                return values[0]
            unnamed = named_links(node, None) or list(node.links.values())
            if values or len(unnamed) != 1:
                return None
            onward = unnamed[0]
        link = onward
    return None
