"""Which step of which learning plan made a picture, as the picture itself says."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from learning_core.errors import Unreadable
from learning_core.importers.comfyui_nodes import is_prompt
from learning_core.limits import JOB_ID_CHARACTERS
from learning_core.model.job_fields import JobFields
from learning_core.text.json_text import load_json

KEYWORD = "learning_plan"
_TITLE = re.compile(rf"{KEYWORD} (\S+) (\S+)")
_UNUSABLE = f"{KEYWORD}: no usable plan and step id"


class PlanMark(Struct, frozen=True):
    """A step of a plan; `node` is the node that saved the picture, where a graph makes several pictures."""

    plan_id: str
    step_id: str
    node: str | None = None


def take_mark(fields: JobFields, mark: PlanMark) -> None:
    """Put plan and step into the fields of the picture's job."""
    fields.values.update(plan_id=mark.plan_id, step_id=mark.step_id, learning_mode="active")


def mark_in_chunk(text: str | None, remarks: list[str]) -> PlanMark | None:
    """Return the step that the chunk `learning_plan` names; one that cannot be used costs only itself, and a remark."""
    if text is None:
        return None
    try:
        said = load_json(text, what=KEYWORD)
    except Unreadable as error:
        remarks.append(str(error))
        return None
    plan_id, step_id = (said.get("plan_id"), said.get("step_id")) if isinstance(said, dict) else (None, None)
    if isinstance(said, dict) and _is_id(plan_id) and isinstance(said.get("steps"), dict):
        return None
    if not (_is_id(plan_id) and _is_id(step_id)):
        remarks.append(_UNUSABLE)
        return None
    return PlanMark(str(plan_id), str(step_id))


def mark_in_graph(prompt_text: str | None, path: str | None) -> PlanMark | None:
    """Return the step that the title of the saving node names.

    Of several such nodes the one whose file name the picture bears; raises Unreadable when none or more fit, as
    nothing else in a picture tells the images of one workflow apart.
    """
    if prompt_text is None or KEYWORD not in prompt_text:
        return None
    data = load_json(prompt_text, what="prompt")
    if isinstance(data, dict) and not is_prompt(data):
        data = data.get("prompt")
    marks = _titles(data) if is_prompt(data) else {}
    if len(marks) < 2:
        return next(iter(marks.values()), None)
    found = [mark for node_id, mark in marks.items() if _bears(path, data[node_id])]
    if len(found) != 1:
        raise Unreadable("one of several images of a plan's workflow, under another name than it was saved with")
    return found[0]


def _titles(data: Mapping[str, Any]) -> dict[str, PlanMark]:
    found = {}
    for node_id, node in data.items():
        title = node.get("_meta", {}).get("title") if isinstance(node, dict) and _has_meta(node) else None
        match = _TITLE.fullmatch(title) if isinstance(title, str) else None
        if match and _is_id(match[1]) and _is_id(match[2]):
            found[node_id] = PlanMark(match[1], match[2], node_id)
    return found


def _has_meta(node: Mapping[str, Any]) -> bool:
    return isinstance(node.get("_meta"), dict) and isinstance(node.get("inputs"), dict)


def _bears(path: str | None, node: Mapping[str, Any]) -> bool:
    """Tell whether a file has the name that a saving node gives: its prefix, a number, an ending."""
    prefix = node["inputs"].get("filename_prefix")
    if path is None or not isinstance(prefix, str):
        return False
    name = re.split(r"[\\/]", path)[-1]
    return re.match(re.escape(re.split(r"[\\/]", prefix)[-1]) + r"[_.-]", name) is not None


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= JOB_ID_CHARACTERS
