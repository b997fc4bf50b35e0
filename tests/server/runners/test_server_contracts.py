"""What we rely on holds for the recorded answers, for the fakes, and for a real server whose address is given.

`WHATWORKS_TEST_COMFYUI=http://127.0.0.1:8188` and `WHATWORKS_TEST_A1111=http://127.0.0.1:7860` name real ones; the
ComfyUI needs no model, the A1111 makes one small image with what it has loaded.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_image_servers import FakeA1111, FakeComfyUI, serving
from plan_factory import BASE, make_plan

from learning_core.errors import ServerRefused
from learning_core.plans.generation_config import StageSettings
from learning_core.plans.learning_plan import LearningRunStep
from learning_core.plans.steps import steps_of
from learning_core.recipes.comfyui import Graph, request, step_graph
from learning_core.recipes.inventory import Inventory
from server.runners.a1111 import A1111
from server.runners.address import address
from server.runners.comfyui import ComfyUI
from server.runners.connection import Connection

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "data" / "comfy_server"
PLAN = make_plan()


def servers(variable: str) -> list[Any]:
    given = os.environ.get(variable)
    real = pytest.mark.skipif(not given, reason=f"no real server: set {variable} to its address")
    return ["fake", pytest.param(given, marks=real, id="real")]


@pytest.fixture(params=servers("WHATWORKS_TEST_COMFYUI"))
def comfyui(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param != "fake":
        yield request.param
        return
    with serving(FakeComfyUI(looks=1)) as fake:
        yield fake.url


@pytest.fixture(params=servers("WHATWORKS_TEST_A1111"))
def a1111(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param != "fake":
        yield request.param
        return
    with serving(FakeA1111()) as fake:
        yield fake.url


def empty_image(step: LearningRunStep, _has: Inventory, _input: str | None = None) -> Graph:
    """Return a graph that needs no model; its colour is the step's, so that no two are the same work."""
    prefix = f"whatworks/{step.plan_id}/{step.step_id}"
    colour = int(step.step_id[-6:], 16)
    return {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": colour}},
        "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": prefix, "images": ["1", 0]}},
    }


def test_comfyui_makes_a_step_and_its_image_carries_the_ids(comfyui: str) -> None:
    step = steps_of(PLAN)[0]
    with Connection("ComfyUI", address(comfyui, elsewhere=True)) as connection:
        server = ComfyUI(connection, patience=60, make_graph=empty_image)
        server.prepare(PLAN, [step])
        made = server.make(step)
        assert server.make(step).content == made.content
        server.cancel(step)
    assert made.content.startswith(b"\x89PNG")
    assert b"learning_plan\0" in made.content
    assert step.step_id.encode() in made.content
    assert made.ended is not None


def test_comfyui_refuses_a_model_that_it_lacks_before_working(comfyui: str) -> None:
    def graph(step: LearningRunStep, _has: Inventory, _input: str | None = None) -> Graph:
        return step_graph(step)

    step = steps_of(PLAN)[1]
    with Connection("ComfyUI", address(comfyui, elsewhere=True)) as connection:
        server = ComfyUI(connection, patience=60, make_graph=graph)
        server.prepare(PLAN, [step])
        with pytest.raises(ServerRefused, match=r"HTTP 400.*ckpt_name"):
            server.make(step)


def test_a1111_makes_a_step_with_the_settings_asked_for(a1111: str) -> None:
    base = BASE.model_copy(
        update={
            "checkpoint": None, "loras": (), "clip_skip": None, "width": 64, "height": 64,
            "stages": {"txt2img": StageSettings(sampler="Euler", steps=1, cfg_scale=5.0)},
        }
    )  # fmt: skip
    plan = make_plan(base, variant_values=(1, 2))
    step = steps_of(plan)[0]
    with Connection("A1111", address(a1111, elsewhere=True)) as connection:
        server = A1111(connection, patience=300)
        server.prepare(plan, [step])
        made = server.make(step)
    assert made.content
    infotext = dict(made.texts)["parameters"]
    assert "Seed: 11" in infotext
    assert f"Steps: {step.config_for_step.stage('txt2img').steps}" in infotext


# -- the fake against the answers that were recorded from a real ComfyUI


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not beside the repository")
class TestRecorded:
    def recorded(self, name: str) -> Any:
        return json.loads((RECORDED / name).read_text(encoding="utf-8"))

    def test_our_request_has_the_shape_of_the_recorded_one(self) -> None:
        step = steps_of(PLAN)[0]
        ours, theirs = request(PLAN, step, step_graph(step)), self.recorded("prompt_request.json")
        assert ours.keys() == theirs.keys()
        chunk = ours["extra_data"]["extra_pnginfo"]["learning_plan"]
        assert chunk.keys() == theirs["extra_data"]["extra_pnginfo"]["learning_plan"].keys()

    def test_the_fake_answers_as_the_real_one_did(self) -> None:
        fake = FakeComfyUI()
        body = self.recorded("prompt_request.json")
        status, accepted = fake.answer("POST", "/prompt", {}, body)
        assert (status, accepted.keys()) == (200, self.recorded("prompt_ok.json").keys())
        _, history = fake.answer("GET", f"/history/{body['prompt_id']}", {}, None)
        (theirs,) = self.recorded("history_one.json").values()
        (ours,) = history.values()
        assert (ours.keys(), ours["status"].keys()) == (theirs.keys(), theirs["status"].keys())
        assert ours["outputs"]["9"]["images"] == theirs["outputs"]["9"]["images"]
        assert fake.answer("GET", "/queue", {}, None)[1] == self.recorded("queue.json")
        _, node = fake.answer("GET", "/object_info/KSampler", {}, None)
        names = self.recorded("object_info_KSampler.json")["KSampler"]["input"]["required"]
        assert {type(each[0]) for each in node["KSampler"]["input"]["required"].values()} == {list}
        assert isinstance(names["sampler_name"][0], list)
        assert self.recorded("system_stats.json").keys() == fake.answer("GET", "/system_stats", {}, None)[1].keys()

    def test_a_missing_model_is_refused_as_the_real_one_did(self) -> None:
        recorded = self.recorded("prompt_error_missing_model.json")
        theirs = recorded["body"]
        graph = {"4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "none.safetensors"}}}
        status, ours = FakeComfyUI().answer("POST", "/prompt", {}, {"prompt": graph})
        assert (status, ours.keys(), ours["error"]) == (
            recorded["status"],
            theirs.keys(),
            theirs["error"],
        )
        (mine,), (real, *_) = ours["node_errors"].values(), theirs["node_errors"].values()
        assert mine.keys() == real.keys()
        assert mine["errors"][0]["type"] == real["errors"][0]["type"]
