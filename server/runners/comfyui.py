"""ComfyUI over its HTTP routes: /system_stats, /object_info, /prompt, /history, /queue, /interrupt, /view, /upload."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from learning_core.errors import NotThatServer, ServerOutOfMemory, ServerRefused, ServerSlow
from learning_core.model.quantities import LARGEST_RUNTIME, LARGEST_TIME
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep
from learning_core.recipes.comfyui import Graph, prompt_id, request, step_graph
from learning_core.recipes.input_image import read_input
from learning_core.recipes.inventory import Inventory, Kind, resources
from server.runners.connection import Connection, is_out_of_memory, one_line
from server.runners.image_server import Made

_LISTS: dict[Kind, tuple[str, str]] = {
    "checkpoint": ("CheckpointLoaderSimple", "ckpt_name"),
    "VAE": ("VAELoader", "vae_name"),
    "LoRA": ("LoraLoader", "lora_name"),
    "sampler": ("KSampler", "sampler_name"),
    "scheduler": ("KSampler", "scheduler"),
    "upscaler": ("UpscaleModelLoader", "model_name"),
}
SHORTEST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
"""Seconds between two looks at a running step; they grow from the shortest to the longest."""

LOST_LOOKS = 3
"""So often in a row a step may be neither waiting, running nor done: the queue and the history are two answers."""

MakeGraph = Callable[[LearningRunStep, Inventory, str | None], Graph]


class ComfyUI:
    """One ComfyUI; `patience` is how many seconds one image may take, `make_graph` turns a step into a graph."""

    def __init__(
        self, connection: Connection, *, patience: float, make_graph: MakeGraph = step_graph,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self.name = connection.name
        self._connection = connection
        self._patience = patience
        self._make_graph = make_graph
        self._sleep = sleep
        self._plan: LearningPlan | None = None
        self._has = Inventory(self.name, {})
        self._input_image: str | None = None
        self._handed_in: dict[str, str] = {}

    def prepare(self, plan: LearningPlan, steps: list[LearningRunStep], input_image: Path | None = None) -> None:
        """As ImageServer says; the input image of a plan is uploaded here."""
        stats = self._connection.get("/system_stats", "its system statistics")
        if not (isinstance(stats, dict) and isinstance(stats.get("system"), dict)):
            raise NotThatServer(self.name, "this is no ComfyUI")
        self._plan = plan
        self._has = self._inventory()
        for step in steps:
            self._make_graph(step, self._has, plan.base_config.input_image)
        if input_image is not None:
            self._input_image = self._upload(input_image)

    def make(self, step: LearningRunStep) -> Made:
        """As ImageServer says; a step that an earlier run handed in is taken up where it is."""
        entry = self._entry(prompt_id(step))
        if entry is not None and _failed(entry):
            self._connection.post("/history", {"delete": [prompt_id(step)]}, "to forget a failed step")
            entry = None
        if entry is None:
            self._hand_in(step)
            entry = self._finished(step)
        self._refuse_failure(entry, step)
        started, ended = _times(entry)
        return Made(self._picture(entry, step), started, ended)

    def cancel(self, step: LearningRunStep) -> None:
        """As ImageServer says."""
        wanted = self._id(step)
        running, waiting = self._queue()
        if wanted in waiting:
            self._connection.post("/queue", {"delete": [wanted]}, "to take a step back")
        elif wanted in running:
            self._connection.post("/interrupt", {"prompt_id": wanted}, "to stop a step")

    def _id(self, step: LearningRunStep) -> str:
        return self._handed_in.get(step.step_id) or prompt_id(step)

    def _inventory(self) -> Inventory:
        nodes = {node: self._connection.get(f"/object_info/{node}", f"its list of {node}") for node in _node_classes()}
        names = {kind: _listed(nodes[node], node, field) for kind, (node, field) in _LISTS.items()}
        return Inventory(self.name, {kind: resources(*found) for kind, found in names.items() if found is not None})

    def _upload(self, path: Path) -> str:
        answer = self._connection.upload("/upload/image", path.name, read_input(path), "the input image")
        name = answer.get("name") if isinstance(answer, dict) else None
        if not isinstance(name, str):
            raise NotThatServer(self.name, "it does not say under which name it keeps the input image")
        folder = answer.get("subfolder")
        return f"{folder}/{name}" if isinstance(folder, str) and folder else name

    def _hand_in(self, step: LearningRunStep) -> None:
        running, waiting = self._queue()
        if prompt_id(step) in running | waiting:
            return
        assert self._plan is not None  # noqa: S101  prepare comes first
        graph = self._make_graph(step, self._has, self._input_image)
        answer = self._connection.post("/prompt", request(self._plan, step, graph), _what(step))
        given = answer.get("prompt_id") if isinstance(answer, dict) else None
        if not isinstance(given, str):
            raise NotThatServer(self.name, "it took a step without naming it")
        # Older servers name what they are given themselves.
        self._handed_in[step.step_id] = given

    def _finished(self, step: LearningRunStep) -> dict[str, Any]:
        """Wait for a step and return its entry in the history."""
        wanted, waited, pause, lost = self._id(step), 0.0, SHORTEST_PAUSE, 0
        while (entry := self._entry(wanted)) is None:
            running, waiting = self._queue()
            lost = 0 if wanted in running | waiting else lost + 1
            if lost >= LOST_LOOKS:
                raise ServerRefused(self.name, _what(step), "it is neither waiting, running nor done there any more")
            if waited >= self._patience:
                raise ServerSlow(self.name, f"finished {_what(step)}", self._patience)
            self._sleep(pause)
            waited += pause
            pause = min(1.5 * pause, LONGEST_PAUSE)
        return entry

    def _entry(self, wanted: str) -> dict[str, Any] | None:
        history = self._connection.get(f"/history/{wanted}", "its history")
        entry = history.get(wanted) if isinstance(history, dict) else None
        return entry if isinstance(entry, dict) else None

    def _queue(self) -> tuple[set[str], set[str]]:
        queue = self._connection.get("/queue", "its queue")
        queue = queue if isinstance(queue, dict) else {}
        return _ids(queue.get("queue_running")), _ids(queue.get("queue_pending"))

    def _refuse_failure(self, entry: dict[str, Any], step: LearningRunStep) -> None:
        if not _failed(entry):
            return
        said = _said_in(entry)
        if is_out_of_memory(said):
            raise ServerOutOfMemory(self.name, _what(step))
        raise ServerRefused(self.name, _what(step), one_line(said) or "it was stopped there")

    def _picture(self, entry: dict[str, Any], step: LearningRunStep) -> bytes:
        outputs = entry.get("outputs")
        found = [
            image
            for output in (outputs.values() if isinstance(outputs, dict) else ())
            for image in _images(output)
            if isinstance(image, dict) and image.get("type") == "output" and isinstance(image.get("filename"), str)
        ]
        if not found:
            raise ServerRefused(self.name, _what(step), "it finished without saving an image")
        named = {name: str(found[-1].get(name) or "") for name in ("filename", "subfolder", "type")}
        return self._connection.fetch("/view", named, "the finished image")


def _images(output: Any) -> list[Any]:
    images = output.get("images") if isinstance(output, dict) else None
    return images if isinstance(images, list) else []


def _node_classes() -> list[str]:
    return sorted({node for node, _ in _LISTS.values()})


def _listed(answer: Any, node: str, field: str) -> tuple[str, ...] | None:
    """Return the choices of an input, None where a server lists none: `[[names], {…}]` or `["COMBO", {options}]`."""
    try:
        kind, *more = answer[node]["input"]["required"][field]
        names = more[0]["options"] if kind == "COMBO" else kind
    except (KeyError, TypeError, ValueError, IndexError):
        return None
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else None


def _ids(queue: Any) -> set[str]:
    items = queue if isinstance(queue, list) else []
    return {item[1] for item in items if isinstance(item, list) and len(item) > 1 and isinstance(item[1], str)}


def _failed(entry: dict[str, Any]) -> bool:
    status = entry.get("status")
    return isinstance(status, dict) and status.get("status_str") == "error"


def _messages(entry: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    status = entry.get("status")
    messages = status.get("messages") if isinstance(status, dict) else None
    pairs = [each for each in messages if isinstance(each, list)] if isinstance(messages, list) else []
    return [(str(pair[0]), pair[1]) for pair in pairs if len(pair) == 2 and isinstance(pair[1], dict)]


def _said_in(entry: dict[str, Any]) -> str:
    for kind, about in _messages(entry):
        if kind == "execution_interrupted":
            return "it was stopped there"
        if kind == "execution_error":
            words = (about.get(name) for name in ("exception_type", "exception_message"))
            return ": ".join(word for word in words if isinstance(word, str) and word)
    return ""


def _times(entry: dict[str, Any]) -> tuple[float | None, float | None]:
    """Return when a step began and ended; the server tells milliseconds, and nothing of a step it had in its cache.

    Times that no clock shows are none.
    """
    times = {kind: about.get("timestamp") for kind, about in _messages(entry)}
    started, ended = times.get("execution_start"), times.get("execution_success")
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in (started, ended)):
        return None, None
    assert started is not None and ended is not None  # noqa: S101  looked at above
    if not (0 <= started <= ended <= 1000 * LARGEST_TIME and ended - started <= 1000 * LARGEST_RUNTIME):
        return None, None
    return started / 1000, ended / 1000


def _what(step: LearningRunStep) -> str:
    return f"image {step.position} ({step.step_id})"
