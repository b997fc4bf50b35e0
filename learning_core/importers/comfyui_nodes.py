"""A ComfyUI graph as nodes and links, independent of what the nodes are called."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct

from learning_core.errors import OverLimit, Unreadable
from learning_core.importers.comfyui_roles import role_of
from learning_core.limits import GRAPH_NODES, NODE_INPUTS

_SELECTORS = ("select", "index", "input")
_NUMBER_AT_END = re.compile(r"(\d{1,4})$")


class Link(Struct, frozen=True):
    """An input that is fed by output number `slot` of the node `node`, which may not exist."""

    node: str
    slot: int


class Node(Struct, frozen=True, dict=True):
    """One node; inputs that a switch did not choose are left out."""

    id: str
    class_type: str
    literals: Mapping[str, Any]
    links: Mapping[str, Link]

    @cached_property
    def links_by_role(self) -> dict[str | None, list[Link]]:
        """Return the links by what their names say that they carry; under None those that do not say."""
        found: dict[str | None, list[Link]] = {}
        for name, link in self.links.items():
            found.setdefault(role_of(name), []).append(link)
        return found

    def has(self, *names: str) -> bool:
        """Say whether any of these inputs is there, as a literal or as a link."""
        return any(name in self.literals or name in self.links for name in names)


class Graph(Struct, frozen=True):
    """The nodes by id; links may be dangling or form circles."""

    nodes: Mapping[str, Node]

    def source(self, link: Link | None) -> Node | None:
        """Return the node that feeds a link, or None when it is missing."""
        return None if link is None else self.nodes.get(link.node)

    def upstream(self, start: Node, step: Callable[[Node], Iterable[Link]]) -> list[Node]:
        """Return `start` and the nodes that feed it, each once, feeding nodes before the fed ones.

        `step` says which links of a node to go up. `start` comes last; circles end where they close.
        """
        found: list[Node] = []
        seen = {start.id}
        path = [(start, iter(step(start)))]
        while path:
            node, links = path[-1]
            for link in links:
                source = self.source(link)
                if source is not None and source.id not in seen:
                    seen.add(source.id)
                    path.append((source, iter(step(source))))
                    break
            else:
                path.pop()
                found.append(node)
        return found


def graph_from_prompt(data: Any) -> Graph:
    """Return the graph of an API prompt `{id: {class_type, inputs}}`.

    Entries that are no nodes are left out. Raises Unreadable when nothing is a node, OverLimit above
    GRAPH_NODES.
    """
    if not is_prompt(data):
        raise Unreadable("prompt: no ComfyUI graph")
    if len(data) > GRAPH_NODES:
        raise OverLimit(f"prompt: more than {GRAPH_NODES} nodes")
    entries = sorted((item for item in data.items() if _is_node(item[1])), key=lambda item: id_order(item[0]))
    return Graph({node_id: make_node(node_id, entry["class_type"], entry.get("inputs")) for node_id, entry in entries})


def is_prompt(data: Any) -> bool:
    """Say whether a JSON value is an API prompt: an object with at least one node in it."""
    return isinstance(data, dict) and any(_is_node(entry) for entry in data.values())


def make_node(node_id: str, class_type: str, inputs: Any) -> Node:
    """Return a node from its inputs; no object counts as no inputs; OverLimit above NODE_INPUTS."""
    if isinstance(inputs, dict) and len(inputs) > NODE_INPUTS:
        raise OverLimit(f"prompt: a node with more than {NODE_INPUTS} inputs")
    literals: dict[str, Any] = {}
    links: dict[str, Link] = {}
    for name, value in inputs.items() if isinstance(inputs, dict) else ():
        link = as_link(value)
        if link is None:
            literals[name] = value
        else:
            links[name] = link
    return Node(node_id, class_type, literals, _chosen(literals, links))


def as_link(value: Any) -> Link | None:
    """Return the link that a two-element list `["<node id>", index]` is; any other value is a literal."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    node_id, slot = value
    if isinstance(node_id, str) and isinstance(slot, int) and not isinstance(slot, bool):
        return Link(node_id, slot)
    return None


def id_order(node_id: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts `9` before `10` and `37:0` after `37`."""
    return tuple(
        (0, int(part), "") if part.isascii() and part.isdecimal() and len(part) < 19 else (1, 0, part)
        for part in node_id.split(":")
    )


def _is_node(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("class_type"), str)


def _chosen(literals: Mapping[str, Any], links: dict[str, Link]) -> dict[str, Link]:
    """Leave out the links that a switch node did not let through."""
    if len(links) > 1 and all(name.startswith("any_") for name in links):
        first = min(links)
        return {first: links[first]}
    lowered = {name.casefold(): value for name, value in literals.items()}
    for selector in _SELECTORS:
        number = lowered.get(selector)
        if isinstance(number, int) and not isinstance(number, bool):
            picked = {name: link for name, link in links.items() if _ends_in(name, number)}
            if len(picked) == 1:
                return picked
    for selector in ("boolean", "switch"):
        side = lowered.get(selector)
        picked = {name: link for name, link in links.items() if name == ("on_true" if side else "on_false")}
        if isinstance(side, bool) and picked:
            return picked
    return links


def _ends_in(name: str, number: int) -> bool:
    digits = _NUMBER_AT_END.search(name)
    return digits is not None and int(digits.group(1)) == number
