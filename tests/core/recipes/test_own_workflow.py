"""A person's own workflow gets the settings of a step where they stand, and is refused where that is not clear."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from fake_image_servers import CHECKPOINTS, SAMPLERS, SCHEDULERS, saved_by_comfyui
from library_factory import make_library
from plan_factory import BASE, make_plan

from learning_core.errors import NotExpressible, ServerLacks
from learning_core.importers.run import import_paths
from learning_core.plans.attribution import attribute
from learning_core.plans.filing import file_plan
from learning_core.plans.steps import steps_of
from learning_core.recipes.inventory import Inventory, resources
from learning_core.recipes.own_workflow import OwnWorkflow

HAS = Inventory(
    "ComfyUI",
    {
        "checkpoint": resources(*CHECKPOINTS),
        "sampler": resources(*SAMPLERS),
        "scheduler": resources(*SCHEDULERS),
    },
)
PLAIN = BASE.model_copy(update={"loras": (), "clip_skip": None})
OWN: dict[str, Any] = {
    "10": {"class_type": "UNETLoader", "inputs": {"unet_name": "harbour_mix.safetensors", "weight_dtype": "default"}},
    "11": {"class_type": "DualCLIPLoader", "inputs": {"clip_name1": "a.safetensors", "clip_name2": "b.safetensors"}},
    "12": {"class_type": "PrimitiveNode", "inputs": {"value": 3}},
    "20": {"class_type": "CLIPTextEncode", "inputs": {"text": "old words", "clip": ["11", 0]}},
    "21": {"class_type": "CLIPTextEncode", "inputs": {"text": "ugly", "clip": ["11", 0]}},
    "30": {"class_type": "CFGGuider", "inputs": {
        "cfg": 3.0, "model": ["10", 0], "positive": ["20", 0], "negative": ["21", 0]}},
    "31": {"class_type": "RandomNoise", "inputs": {"noise_seed": 3}},
    "32": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
    "33": {"class_type": "BasicScheduler", "inputs": {
        "scheduler": "normal", "steps": 8, "denoise": 1.0, "model": ["10", 0]}},
    "34": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
    "40": {"class_type": "SamplerCustomAdvanced", "inputs": {
        "noise": ["31", 0], "guider": ["30", 0], "sampler": ["32", 0], "sigmas": ["33", 0],
        "latent_image": ["34", 0]}},
    "50": {"class_type": "VAEDecode", "inputs": {"samples": ["40", 0], "vae": ["10", 2]}},
    "60": {"class_type": "SaveImage", "inputs": {"filename_prefix": "mine/a", "images": ["50", 0]}},
}  # fmt: skip


def test_each_setting_goes_where_it_stands_and_nothing_else_changes(tmp_path: Path) -> None:
    plan = make_plan(PLAIN)
    own = OwnWorkflow(json.dumps(OWN))
    for step in steps_of(plan):
        graph = own.graph(step, HAS)
        main = step.config_for_step.stage("txt2img")
        wanted = copy.deepcopy(OWN)
        for node_id, name, value in (
            ("10", "unet_name", "SDXL/coast.safetensors"), ("20", "text", step.config_for_step.prompt),
            ("21", "text", "blurry, low quality"), ("30", "cfg", 6.5), ("31", "noise_seed", 11),
            ("32", "sampler_name", "dpmpp_2m"), ("33", "scheduler", "karras"), ("33", "steps", main.steps),
            ("34", "width", 832), ("34", "height", 1216),
        ):  # fmt: skip
            wanted[node_id]["inputs"][name] = value
        assert {node_id: node["inputs"] for node_id, node in graph.items()} == {
            node_id: node["inputs"] for node_id, node in wanted.items()
        }


def test_its_images_come_home(tmp_path: Path) -> None:
    plan = make_plan(PLAIN)
    library = make_library(tmp_path)
    file_plan(library, plan, now=1.0, event_id="filed")
    own = OwnWorkflow(json.dumps({"prompt": OWN}))
    for step in steps_of(plan):
        image = saved_by_comfyui({"prompt": own.graph(step, HAS)}, "60")
        (tmp_path / f"{step.position}.png").write_bytes(image)
    import_paths(library, sorted(tmp_path.glob("*.png")))
    assert len(library.ask(lambda snapshot: attribute(snapshot, plan)).images) == plan.size


def changed(**nodes: Any) -> str:
    return json.dumps({**OWN, **{node_id.lstrip("n"): node for node_id, node in nodes.items()}})


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("not json", "not JSON"),
        ('{"nodes": [], "links": []}', "API form"),
        (
            changed(n33={"class_type": "ManualSigmas", "inputs": {"sigmas": "14.6, 7.1, 0.0"}}),
            "stands nowhere in it",
        ),
    ],
)
def test_a_workflow_without_a_place_for_a_setting_is_refused(text: str, word: str) -> None:
    with pytest.raises(NotExpressible, match=word):
        OwnWorkflow(text).graph(steps_of(make_plan(PLAIN))[0], HAS)


def test_a_setting_that_stands_in_two_places_is_refused() -> None:
    text = changed(
        n20={"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["11", 0]}},
        n22={"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["11", 0]}},
        n23={"class_type": "ConditioningConcat", "inputs": {
            "conditioning_to": ["20", 0], "conditioning_from": ["22", 0]}},
        n30={**OWN["30"], "inputs": {**OWN["30"]["inputs"], "positive": ["23", 0]}},
    )  # fmt: skip
    with pytest.raises(NotExpressible, match="prompt stands in 2 places"):
        OwnWorkflow(text).graph(steps_of(make_plan(PLAIN))[0], HAS)


def test_a_model_that_the_server_lacks_is_named() -> None:
    with pytest.raises(ServerLacks, match="checkpoint"):
        OwnWorkflow(json.dumps(OWN)).graph(
            steps_of(make_plan(PLAIN.model_copy(update={"checkpoint": "nothing-like-it"})))[0], HAS
        )


def test_loras_of_a_plan_do_not_go_into_a_workflow_silently() -> None:
    with pytest.raises(NotExpressible, match="LoRAs"):
        OwnWorkflow(json.dumps(OWN)).graph(steps_of(make_plan(BASE))[0], HAS)
