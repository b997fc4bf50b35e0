"""Reads what ComfyUI writes into its pictures: the graph that ran, or at least the editor's workflow."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from learning_core.errors import OverLimit, Unreadable
from learning_core.importers.carriers import ImageFile
from learning_core.importers.comfyui_fields import job_fields
from learning_core.importers.comfyui_graph import GraphSettings, read_graph
from learning_core.importers.comfyui_nodes import Graph, graph_from_prompt, is_prompt
from learning_core.importers.comfyui_workflow import graph_from_workflow, is_workflow
from learning_core.importers.identity import image_job_id
from learning_core.importers.photo_ratings import ratings_in_metadata
from learning_core.importers.plan_marks import KEYWORD, mark_in_chunk, mark_in_graph, take_mark
from learning_core.importers.reading import Reading, Skipped
from learning_core.limits import TEXT_CHUNK_BYTES
from learning_core.model.generation import RawReference
from learning_core.model.job import JobRecord
from learning_core.model.job_fields import JobFields
from learning_core.text.json_text import load_json

READER = "comfyui/1"
_EXPORTED = Skipped("a step of a learning plan as it was exported, not an image")
BEST_EFFORT = "read from the editor workflow, best effort"

# Cameras write maker and model under the same tags: only `key:{` is ComfyUI's.
_EXIF_TAGS = frozenset({"imagedescription", *(f"exif:0x{tag:04x}" for tag in range(0x0100, 0x0111))})
_EXIF_ENTRY = re.compile(r"([A-Za-z0-9_.\-]{1,64}): ?(?=\{)")


class Picture(Struct, frozen=True):
    """What is known of the picture that carried a graph; for a graph in a file of its own, only `path`."""

    path: str | None = None
    image_hash: str | None = None
    width: int | None = None
    height: int | None = None
    modified: float | None = None


class _Source(Struct):
    """The text that was read, and how."""

    graph: Graph
    carrier: str
    text: str
    remarks: list[str] = field(default_factory=list)


def read(image: ImageFile) -> Reading | Skipped | None:
    """Return the job that made a picture, with its ratings; None when ComfyUI left nothing in it."""
    texts = comfyui_texts(image.texts)
    if not _looks_like_graph(texts.get("prompt")) and not _looks_like_graph(texts.get("workflow")):
        return None
    picture = Picture(image.path, image.image_hash, image.width, image.height, image.modified)
    try:
        job, remarks = _job(texts.get("prompt"), texts.get("workflow"), picture, texts.get(KEYWORD))
    except Unreadable as error:
        return Skipped(str(error))
    return Reading(job, ratings_in_metadata(image, job.job_id), (*image.remarks, *remarks))


def read_json_file(text: str, path: str) -> Reading | Skipped | None:
    """Return the settings in a `.json` file that holds a prompt graph or a workflow; None for other JSON.

    Such a file is a recipe, not a picture: the reading says so in its remarks. A graph that samples
    nothing is skipped, and so is what was exported from a plan: it would pass for the step's image.
    """
    if '"class_type"' not in text and '"nodes"' not in text:
        return None
    try:
        if mark_in_graph(text, path) is not None:
            return _EXPORTED
        data = _load(text, "graph")
        if is_workflow(data):
            reading = read_graph_text(None, text, Picture(path))
        elif is_prompt(data) or (isinstance(data, dict) and is_prompt(data.get("prompt"))):
            reading = read_graph_text(text, None, Picture(path))
        else:
            return None
    except Unreadable as error:
        return Skipped(str(error))
    if "no sampler in the graph" in reading.remarks:
        return Skipped("a graph without a sampler")
    return Reading(reading.job, (), ("a graph file without a picture: it may never have run", *reading.remarks))


def read_graph_text(
    prompt_text: str | None,
    workflow_text: str | None,
    picture: Picture | None = None,
    plan_text: str | None = None,
) -> Reading:
    """Return the job behind a prompt graph, or behind the workflow when there is no readable prompt graph.

    Raises Unreadable when neither is a ComfyUI graph, OverLimit when one is too large.
    """
    job, remarks = _job(prompt_text, workflow_text, picture or Picture(), plan_text)
    return Reading(job, (), remarks)


def _job(
    prompt_text: str | None, workflow_text: str | None, picture: Picture, plan_text: str | None
) -> tuple[JobRecord, tuple[str, ...]]:
    source = _source(prompt_text, workflow_text)
    mark = mark_in_graph(source.text if source.carrier == "prompt" else None, picture.path)
    if mark is not None and mark.node is not None:
        source.graph = _behind(source.graph, mark.node)
    size = (picture.width, picture.height) if picture.width and picture.height else None
    found = read_graph(source.graph, size)
    fields = JobFields(job_fields(source.graph, found), source.remarks)
    _take_picture_size(fields, found, size)
    sha256 = hashlib.sha256(source.text.encode("utf-8", "surrogatepass")).hexdigest()
    # A graph file has no picture to be known by, so its own text stands in.
    fields.values["job_id"] = image_job_id("comfyui", picture.image_hash or sha256, fields.values)
    fields.values["raw"] = RawReference(path=picture.path, carrier=source.carrier, sha256=sha256, reader=READER)
    _take_picture(fields, picture)
    mark = mark_in_chunk(plan_text, fields.remarks) or mark
    if mark is not None:
        take_mark(fields, mark)
    return fields.build(found.remarks)


def comfyui_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts under ComfyUI's own keys, also those that a WEBP holds as `key:{…}` in EXIF tags."""
    found: dict[str, str] = {}
    for name, text in texts.items():
        entry = _EXIF_ENTRY.match(text) if name.casefold() in _EXIF_TAGS else None
        if entry is not None:
            found.setdefault(entry.group(1), text[entry.end() :])
    found.update({name: text for name, text in texts.items() if not name.startswith("exif:")})
    return found


def _looks_like_graph(text: str | None) -> bool:
    if text is None or not text[:64].lstrip("\ufeff \t\r\n").startswith("{"):
        return False
    return '"class_type"' in text or ('"nodes"' in text and '"type"' in text)


def _source(prompt_text: str | None, workflow_text: str | None) -> _Source:
    failure: Unreadable | None = None
    if prompt_text is not None:
        try:
            return _Source(_prompt_graph(prompt_text), "prompt", prompt_text)
        except Unreadable as error:
            failure = error
    if workflow_text is None:
        raise failure or Unreadable("no ComfyUI graph")
    graph = graph_from_workflow(_load(workflow_text, "workflow"))
    remarks = [] if failure is None else [str(failure)]
    return _Source(graph, "workflow", workflow_text, [*remarks, BEST_EFFORT])


def _prompt_graph(text: str) -> Graph:
    data = _load(text, "prompt")
    # A request to the server wraps the graph.
    if not is_prompt(data) and isinstance(data, dict) and is_prompt(data.get("prompt")):
        data = data["prompt"]
    return graph_from_prompt(data)


def _behind(graph: Graph, node_id: str) -> Graph:
    """Return the part of a graph that made what one node saved."""
    return Graph({node.id: node for node in graph.upstream(graph.nodes[node_id], lambda node: node.links.values())})


def _load(text: str, what: str) -> Any:
    if len(text) > TEXT_CHUNK_BYTES:
        raise OverLimit(f"{what}: longer than {TEXT_CHUNK_BYTES // 1024 // 1024} MB")
    return load_json(text, what=what)


def _take_picture_size(fields: JobFields, found: GraphSettings, size: tuple[int, int] | None) -> None:
    """Use the picture's own size where the graph has none, unless it was scaled after sampling."""
    if size and len(found.stages) == 1 and not found.resized and fields.values.get("width") is None:
        fields.values["width"], fields.values["height"] = size


def _take_picture(fields: JobFields, picture: Picture) -> None:
    if picture.image_hash is not None:
        fields.values["image_hash"] = picture.image_hash
        fields.values["output_paths"] = None if picture.path is None else [picture.path]
    if picture.modified is not None:
        fields.values["timestamp_end"] = picture.modified
        fields.values["timestamp_source"] = "file_modified"
