"""A1111, Forge and SD.Next over their HTTP routes: /sdapi/v1/sd-models, samplers, …, txt2img, img2img, interrupt."""

import base64
import binascii
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from learning_core.errors import NotThatServer, ServerRefused
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep
from learning_core.recipes.a1111 import request, request_path
from learning_core.recipes.input_image import read_input
from learning_core.recipes.inventory import Inventory, Kind, Resource, resources
from learning_core.recipes.plan_chunk import KEYWORD, plan_chunk
from server.runners.connection import Connection
from server.runners.image_server import Made

_LISTS: dict[Kind, tuple[str, str, str]] = {
    "checkpoint": ("sd-models", "title", "model_name"),
    "VAE": ("sd-vae", "model_name", "model_name"),
    "LoRA": ("loras", "name", "name"),
    "sampler": ("samplers", "name", "name"),
    "scheduler": ("schedulers", "label", "label"),
    "upscaler": ("upscalers", "name", "name"),
}
"""The route of each list, the field that is shown of an entry, and the one that it is asked for by."""

_ALWAYS_THERE: dict[Kind, tuple[str, ...]] = {"upscaler": ("Latent", "Latent (bicubic)", "Latent (nearest-exact)")}


class A1111:
    """One A1111 or relative of it; `patience` is how many seconds one image may take."""

    def __init__(self, connection: Connection, *, patience: float) -> None:
        self.name = connection.name
        self._connection = connection
        self._patience = patience
        self._plan: LearningPlan | None = None
        self._has = Inventory(self.name, {})
        self._input_image: str | None = None

    def prepare(self, plan: LearningPlan, steps: list[LearningRunStep], input_image: Path | None = None) -> None:
        """As ImageServer says."""
        self._plan = plan
        self._has = self._inventory()
        if input_image is not None:
            self._input_image = base64.b64encode(read_input(input_image)).decode("ascii")
        for step in steps:
            request_path(step)
            request(step, self._has, self._input_image)

    def make(self, step: LearningRunStep) -> Made:
        """As ImageServer says; the server answers when the image is finished."""
        assert self._plan is not None  # noqa: S101  prepare comes first
        what = f"image {step.position} ({step.step_id})"
        body = request(step, self._has, self._input_image)
        answer = self._connection.post(request_path(step), body, what, seconds=self._patience)
        images = answer.get("images") if isinstance(answer, dict) else None
        if not isinstance(images, list) or not images or not isinstance(images[0], str):
            raise ServerRefused(self.name, what, "its answer holds no image")
        texts = [(KEYWORD, json.dumps(plan_chunk(self._plan, step)))]
        if infotext := _infotext(answer.get("info")):
            texts.append(("parameters", infotext))
        return Made(self._decoded(images[0]), texts=tuple(texts))

    def cancel(self, step: LearningRunStep) -> None:
        """As ImageServer says."""
        progress = self._connection.get("/sdapi/v1/progress?skip_current_image=true", "its progress")
        if isinstance(progress, dict) and progress.get("current_task") in (None, f"{step.plan_id}/{step.step_id}"):
            self._connection.post("/sdapi/v1/interrupt", {}, "to stop a step")

    def _inventory(self) -> Inventory:
        found: dict[Kind, tuple[Resource, ...]] = {}
        for kind, (route, title, name) in _LISTS.items():
            try:
                answer = self._connection.get(f"/sdapi/v1/{route}", f"its list of {route}")
            except ServerRefused:
                # Each relative leaves some lists out; without checkpoints it is none of them.
                if kind == "checkpoint":
                    raise
                continue
            if isinstance(answer, list):
                found[kind] = (*resources(*_ALWAYS_THERE.get(kind, ())), *_listed(answer, title, name))
        if "checkpoint" not in found:
            raise NotThatServer(self.name, "this is no A1111 with its API switched on (--api)")
        return Inventory(self.name, found)

    def _decoded(self, text: str) -> bytes:
        try:
            return base64.b64decode(text.partition(",")[2] if text.startswith("data:") else text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise NotThatServer(self.name, "its image is not base64 text") from error


def _listed(answer: list[Any], title: str, name: str) -> Iterator[Resource]:
    """Yield the entries of a list; a relative that does not tell the name is asked by the title."""
    for each in answer:
        shown = each.get(title) if isinstance(each, dict) else None
        if isinstance(shown, str):
            asked = each.get(name)
            yield Resource(shown, asked if isinstance(asked, str) and asked else shown)


def _infotext(info: Any) -> str:
    """Return the infotext of the first image from the answer's `info`, which is JSON as text; empty without one."""
    try:
        told = json.loads(info) if isinstance(info, str) else info
        text = told["infotexts"][0]
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return ""
    return text if isinstance(text, str) else ""
