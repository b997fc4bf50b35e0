"""A person's own ComfyUI workflow, with the settings of a step put where they stand in it, and nowhere else.

Where a setting stands is found by trying: a value of the graph is replaced, and the graph is read again by the same
reader that reads finished images. A place counts only when that changes the one setting, to what was wanted.
"""

import copy
from collections.abc import Iterator
from typing import Any

import orjson

from learning_core.errors import NotExpressible, Unreadable
from learning_core.importers.comfyui import Picture, read_graph_text
from learning_core.importers.comfyui_nodes import is_prompt
from learning_core.model.job import JobRecord
from learning_core.plans.generation_config import GenerationConfig
from learning_core.plans.job_config import config_of_job, known_settings
from learning_core.plans.learning_plan import LearningRunStep
from learning_core.recipes.comfyui import Graph, saving_title
from learning_core.recipes.inventory import Inventory, Kind
from learning_core.text.json_text import load_json
from learning_core.text.names import graph_sampler, graph_scheduler, same_name

PLACE = "your workflow"
_KINDS: dict[str, Kind] = {"checkpoint": "checkpoint", "vae": "VAE", "sampler": "sampler", "scheduler": "scheduler"}
_WRITTEN = {"sampler": graph_sampler, "scheduler": graph_scheduler}


class OwnWorkflow:
    """A workflow in API form; raises NotExpressible when it is none."""

    def __init__(self, text: str) -> None:
        try:
            data = load_json(text, what="the workflow")
        except Unreadable as error:
            raise NotExpressible(PLACE, str(error)) from error
        if isinstance(data, dict) and is_prompt(data.get("prompt")):
            data = data["prompt"]
        if not is_prompt(data):
            raise NotExpressible(PLACE, "the file is no workflow in API form; in ComfyUI choose Export (API)")
        self._graph: Graph = data
        self._before = _read(data)
        self._places: dict[str, tuple[str, str]] = {}

    def graph(self, step: LearningRunStep, has: Inventory, _input_image: str | None = None) -> Graph:
        """Return the workflow with the settings of a step.

        Raises NotExpressible for a setting that stands nowhere in it or in several places, ServerLacks.
        """
        graph = copy.deepcopy(self._graph)
        now = known_settings(self._before)
        for name, wanted in _wanted(step).items():
            if not _same(now.get(name), wanted):
                node_id, field = self._place(name, now.get(name), wanted, has)
                graph[node_id]["inputs"][field] = _written(name, wanted, has)
        made = known_settings(_read(graph))
        wrong = [name for name, wanted in _wanted(step).items() if not _same(made.get(name), wanted)]
        if wrong:
            raise NotExpressible(PLACE, f"with the settings of the plan in it, it does not say {', '.join(wrong)}")
        _mark(graph, step)
        return graph

    def _place(self, name: str, now: Any, wanted: Any, has: Inventory) -> tuple[str, str]:
        if name not in self._places:
            found = list(self._found(name, now, wanted, has))
            if len(found) != 1:
                how = "stands nowhere in it" if not found else f"stands in {len(found)} places of it"
                raise NotExpressible(PLACE, f"{name} {how}, so it cannot be set to {wanted}")
            self._places[name] = found[0]
        return self._places[name]

    def _found(self, name: str, now: Any, wanted: Any, has: Inventory) -> Iterator[tuple[str, str]]:
        before = known_settings(self._before)
        written = _written(name, wanted, has)
        for node_id, node in self._graph.items():
            for field, value in _literals(node):
                if type(value) is bool or isinstance(value, str) != isinstance(written, str):
                    continue
                graph = {**self._graph, node_id: {**node, "inputs": {**node["inputs"], field: written}}}
                after = known_settings(_read(graph))
                changed = {each for each in before.keys() | after.keys() if before.get(each) != after.get(each)}
                if changed == {name} and _same(after.get(name), wanted) and not _same(now, wanted):
                    yield node_id, field


def _literals(node: Any) -> list[tuple[str, Any]]:
    inputs = node.get("inputs") if isinstance(node, dict) else None
    return [(name, value) for name, value in inputs.items() if isinstance(value, str | int | float)] if inputs else []


def _read(graph: Graph) -> GenerationConfig:
    try:
        reading = read_graph_text(orjson.dumps(graph).decode(), None, Picture())
    except Unreadable as error:
        raise NotExpressible(PLACE, str(error)) from error
    job: JobRecord | None = reading.job
    return config_of_job(job.model_dump(mode="json")) if job is not None else GenerationConfig()


def _wanted(step: LearningRunStep) -> dict[str, Any]:
    """Return the settings of a step that a graph has places for; what the plan leaves open stays as it is there."""
    wanted = known_settings(step.config_for_step)
    return {name: value for name, value in wanted.items() if name != "input_image" and value != ()}


def _written(name: str, wanted: Any, has: Inventory) -> Any:
    plain = name.rpartition(".")[2]
    if plain in _WRITTEN:
        return has.find(_KINDS[plain], _WRITTEN[plain](wanted))
    if plain in _KINDS:
        return has.find(_KINDS[plain], wanted)
    if plain == "clip_skip":
        return -wanted
    if plain == "loras":
        raise NotExpressible(PLACE, "LoRAs cannot be put into it; apply them there, and leave them out of the plan")
    return wanted


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, str) and isinstance(wanted, str):
        return same_name(found) == same_name(wanted)
    return bool(found == wanted)


def _mark(graph: Graph, step: LearningRunStep) -> None:
    """Put the title that names the step on the one node that saves, where there is one."""
    saving = [node for node in graph.values() if str(node.get("class_type")).startswith("Save")]
    if len(saving) == 1:
        saving[0]["_meta"] = {"title": saving_title(step)}
