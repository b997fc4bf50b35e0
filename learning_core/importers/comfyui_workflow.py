"""ComfyUI's editor workflow turned into the graph that it would have run, best effort."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from learning_core.errors import OverLimit, Unreadable
from learning_core.importers.comfyui_nodes import Graph, Node, id_order, make_node
from learning_core.importers.comfyui_widgets import widget_values
from learning_core.limits import GRAPH_NODES

_MUTED, _BYPASSED = 2, 4
_FROM_OUTSIDE, _TO_OUTSIDE = -10, -20
_MOST_PASSES = 64
_MOST_LEVELS = 16
_MOST_SLOTS = 256
_ID_CHARACTERS = 64

Origin = tuple["_Sheet", str, int]


class _Sheet(Struct):
    """One level of a workflow: the top, or the inside of one use of a sub-graph."""

    prefix: str
    nodes: Mapping[str, dict[str, Any]]
    links: Mapping[str, tuple[str, int]]
    ends: Mapping[int, tuple[str, int]]
    outer: "_Sheet | None" = None
    outer_node: str = ""
    inside: dict[str, "_Sheet"] = field(default_factory=dict)


def is_workflow(data: Any) -> bool:
    """Say whether a JSON value is an editor workflow: an object with a list of typed nodes."""
    nodes = data.get("nodes") if isinstance(data, dict) else None
    return isinstance(nodes, list) and any(isinstance(node, dict) and "type" in node for node in nodes)


def graph_from_workflow(data: Any) -> Graph:
    """Return the graph behind an editor workflow: muted ones out, bypassed ones passed.

    Sub-graphs are opened. Widgets are named by the workflow itself or by their place in well-known nodes.
    Raises Unreadable when it is no workflow, OverLimit above GRAPH_NODES or when sub-graphs lie too deep.
    """
    if not is_workflow(data):
        raise Unreadable("workflow: no ComfyUI workflow")
    definitions = data.get("definitions")
    listed = definitions.get("subgraphs") if isinstance(definitions, dict) else None
    templates = {
        each["id"]: _sheet(each)
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict) and isinstance(each.get("id"), str)
    }
    sheets = list(_opened(_sheet(data), templates))
    named = _set_nodes(sheets)
    found = [node for sheet in sheets for node in _nodes(sheet, named)]
    return Graph({node.id: node for node in sorted(found, key=lambda node: id_order(node.id))})


def _sheet(data: Mapping[str, Any]) -> _Sheet:
    links: dict[str, tuple[str, int]] = {}
    ends: dict[int, tuple[str, int]] = {}
    listed = data.get("links")
    if isinstance(listed, dict):
        listed = list(listed.values())
    for entry in listed if isinstance(listed, list) else ():
        parts = _link_parts(entry)
        if parts is not None:
            key, origin, slot, target, target_slot = parts
            links[key] = (origin, slot)
            if target == str(_TO_OUTSIDE):
                ends[target_slot] = (origin, slot)
    return _Sheet("", _nodes_by_id(data), links, ends)


def _nodes_by_id(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    nodes = data.get("nodes")
    return {
        str(node["id"]): node
        for node in (nodes if isinstance(nodes, list) else ())
        if isinstance(node, dict) and _is_id(node.get("id")) and isinstance(node.get("type"), str)
    }


def _is_id(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and len(value) <= _ID_CHARACTERS)


def _link_parts(entry: Any) -> tuple[str, str, int, str, int] | None:
    """Return id, origin, its slot, target and its slot of a link, written as a list or as an object."""
    if isinstance(entry, dict):
        entry = [entry.get(key) for key in ("id", "origin_id", "origin_slot", "target_id", "target_slot")]
    if not isinstance(entry, list) or len(entry) < 5:
        return None
    key, origin, slot, target, target_slot = entry[:5]
    if not isinstance(slot, int) or not isinstance(target_slot, int):
        return None
    return str(key), str(origin), slot, str(target), target_slot


def _opened(top: _Sheet, templates: Mapping[str, _Sheet]) -> Iterator[_Sheet]:
    """Yield the top sheet and one sheet for each use of a sub-graph."""
    waiting, count = [(top, 0)], 0
    while waiting:
        sheet, level = waiting.pop()
        count += len(sheet.nodes)
        if count > GRAPH_NODES:
            raise OverLimit(f"workflow: more than {GRAPH_NODES} nodes")
        if level > _MOST_LEVELS:
            raise OverLimit(f"workflow: sub-graphs deeper than {_MOST_LEVELS} levels")
        yield sheet
        for node_id, node in sheet.nodes.items():
            template = templates.get(node["type"])
            if template is not None and node.get("mode") not in (_MUTED, _BYPASSED):
                place = f"{sheet.prefix}{node_id}:"
                inner = replace(template, prefix=place, outer=sheet, outer_node=node_id, inside={})
                sheet.inside[node_id] = inner
                waiting.append((inner, level + 1))


def _set_nodes(sheets: list[_Sheet]) -> dict[str, tuple[_Sheet, dict[str, Any]]]:
    """Return the `SetNode`s by the name under which `GetNode`s ask for their input."""
    return {
        name: (sheet, node)
        for sheet in sheets
        for node in sheet.nodes.values()
        if node["type"] == "SetNode" and (name := _first_widget(node)) is not None
    }


def _first_widget(node: Mapping[str, Any]) -> str | None:
    values = node.get("widgets_values")
    return values[0] if isinstance(values, list) and values and isinstance(values[0], str) else None


def _nodes(sheet: _Sheet, named: Mapping[str, tuple[_Sheet, dict[str, Any]]]) -> Iterator[Node]:
    for node_id, node in sheet.nodes.items():
        if node.get("mode") in (_MUTED, _BYPASSED) or node_id in sheet.inside:
            continue
        inputs = widget_values(node)
        for slot in _slots(node):
            origin = _ran(sheet, slot.get("link"), named) if isinstance(slot.get("name"), str) else None
            if origin is not None:
                source, origin_id, origin_slot = origin
                inputs[slot["name"]] = [source.prefix + origin_id, origin_slot]
        yield make_node(sheet.prefix + node_id, node["type"], inputs)


def _slots(node: Mapping[str, Any]) -> list[dict[str, Any]]:
    slots = node.get("inputs")
    return [slot for slot in slots[:_MOST_SLOTS] if isinstance(slot, dict)] if isinstance(slots, list) else []


def _ran(sheet: _Sheet, link: Any, named: Mapping[str, tuple[_Sheet, dict[str, Any]]]) -> Origin | None:
    """Return what really feeds a link: through bypassed nodes, Set/Get pairs and sub-graphs."""
    origin = _origin(sheet, link)
    for _ in range(_MOST_PASSES):
        if origin is None:
            return None
        here, node_id, slot = origin
        if node_id == str(_FROM_OUTSIDE):
            origin = _from_outside(here, slot)
            continue
        node = here.nodes.get(node_id)
        if node is None or node.get("mode") == _MUTED:
            return None
        if node_id in here.inside:
            inner = here.inside[node_id]
            end = inner.ends.get(slot)
            origin = None if end is None else (inner, *end)
        elif node.get("mode") == _BYPASSED:
            origin = _origin(here, _same_type_input(node, slot))
        elif node["type"] == "GetNode" and (pair := named.get(_first_widget(node) or "")) is not None:
            set_sheet, set_node = pair
            origin = _origin(set_sheet, next((each.get("link") for each in _slots(set_node)), None))
        else:
            return origin
    return None


def _origin(sheet: _Sheet, link: Any) -> Origin | None:
    found = None if link is None else sheet.links.get(str(link))
    return None if found is None else (sheet, *found)


def _from_outside(sheet: _Sheet, slot: int) -> Origin | None:
    if sheet.outer is None:
        return None
    slots = _slots(sheet.outer.nodes[sheet.outer_node])
    return _origin(sheet.outer, slots[slot].get("link")) if 0 <= slot < len(slots) else None


def _same_type_input(node: Mapping[str, Any], slot: int) -> Any:
    """Return the link that a bypassed node hands on: the first input of the output's type."""
    outputs = node.get("outputs")
    output = outputs[slot] if isinstance(outputs, list) and 0 <= slot < len(outputs) else None
    kind = output.get("type") if isinstance(output, dict) else None
    linked = (each for each in _slots(node) if each.get("link") is not None)
    return next((each["link"] for each in linked if each.get("type") == kind), None)
