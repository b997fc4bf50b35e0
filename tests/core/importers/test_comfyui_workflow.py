"""Invented editor workflows: muted, bypassed, rerouted and nested nodes."""

import json

import pytest

from learning_core.errors import OverLimit
from learning_core.importers.comfyui import BEST_EFFORT, read_graph_text


class Editor:
    """Writes a workflow as the editor saves it."""

    def __init__(self):
        self.nodes, self.links = [], []

    def add(self, node_id, kind, widgets=(), mode=0, outputs=(), **inputs):
        slots = []
        for name, origin in inputs.items():
            link_id = len(self.links) + 1
            kind_of_link = name.rstrip("_").upper()
            self.links.append([link_id, origin[0], origin[1], node_id, len(slots), kind_of_link])
            slots.append({"name": name.rstrip("_"), "type": kind_of_link, "link": link_id})
        self.nodes.append(
            {
                "id": node_id, "type": kind, "mode": mode, "widgets_values": widgets, "inputs": slots,
                "outputs": [{"name": name, "type": name} for name in outputs],
            }
        )  # fmt: skip
        return self

    def replace(self, node_id, *args, **kwargs):
        self.nodes = [node for node in self.nodes if node["id"] != node_id]
        return self.add(node_id, *args, **kwargs)

    def job(self, **more):
        data = {"nodes": self.nodes, "links": self.links, "version": 0.4, **more}
        reading = read_graph_text(None, json.dumps(data))
        assert BEST_EFFORT in reading.remarks
        return reading.job


def harbour():
    return (
        Editor()
        .add(4, "CheckpointLoaderSimple", ["harbour.safetensors"])
        .add(5, "EmptyLatentImage", [640, 960, 2])
        .add(6, "CLIPTextEncode", ["harbour at dawn"], clip=(4, 1))
        .add(7, "CLIPTextEncode", ["blurry"], clip=(4, 1))
        .add(3, "KSampler", [7, "randomize", 24, 5.5, "euler", "karras", 1], model=(4, 0), positive=(6, 0),
             negative=(7, 0), latent_image=(5, 0))
        .add(8, "VAEDecode", [], samples=(3, 0), vae=(4, 2))
        .add(9, "SaveImage", ["x"], images=(8, 0))
    )  # fmt: skip


def test_widgets_are_read_by_their_place():
    job = harbour().job()
    assert (job.model, job.prompt_positive, job.prompt_negative) == (
        "harbour.safetensors",
        "harbour at dawn",
        "blurry",
    )
    assert (job.seed, job.steps, job.cfg_scale, job.sampler, job.scheduler) == (7, 24, 5.5, "euler", "karras")
    assert (job.width, job.height, job.batch_total) == (640, 960, 2)


@pytest.mark.parametrize("after", [["fixed"], [True], []])
def test_old_and_new_editors_differ_in_what_follows_the_seed(after):
    widgets = [7, *after, 24, 5.5, "euler", "karras", 1]
    editor = harbour().replace(3, "KSampler", widgets, model=(4, 0), positive=(6, 0), latent_image=(5, 0))
    assert (editor.job().steps, editor.job().scheduler) == (24, "karras")


def test_muted_nodes_did_not_run_and_bypassed_ones_hand_on_what_they_got():
    editor = (
        harbour()
        .add(10, "LoraLoaderModelOnly", ["off.safetensors", 1.0], 4, ("MODEL",), model=(11, 0))
        .add(11, "LoraLoaderModelOnly", ["on.safetensors", 0.5], 0, ("MODEL",), model=(4, 0))
        .add(12, "PreviewImage", [], 2, images=(8, 0))
        .replace(3, "KSampler", [7, "fixed", 24, 5.5, "euler", "karras", 1], model=(10, 0), positive=(6, 0),
                 negative=(7, 0), latent_image=(5, 0))
        .replace(7, "CLIPTextEncode", ["blurry"], 2, clip=(4, 1))
    )  # fmt: skip
    job = editor.job()
    assert [(lora.name, lora.weight) for lora in job.loras] == [("on.safetensors", 0.5)]
    assert (job.model, job.prompt_negative) == ("harbour.safetensors", "")


def test_reroutes_and_set_get_pairs_are_passed():
    editor = (
        harbour()
        .add(20, "Reroute", [], model=(4, 0))
        .add(21, "SetNode", ["base"], MODEL=(20, 0))
        .add(22, "GetNode", ["base"])
        .replace(3, "KSampler", [7, "fixed", 24, 5.5, "euler", "karras", 1], model=(22, 0), positive=(6, 0),
                 negative=(7, 0), latent_image=(5, 0))
    )  # fmt: skip
    assert editor.job().model == "harbour.safetensors"


def test_nodes_of_unknown_make_are_read_when_the_editor_named_their_widgets():
    editor = harbour()
    editor.nodes = [node for node in editor.nodes if node["id"] != 5]
    named = [{"name": name, "widget": {"name": name}, "link": None} for name in ("width", "height", "colour")]
    editor.nodes.append({"id": 5, "type": "TintedLatent", "widgets_values": [512, 768, "teal"], "inputs": named})
    assert (editor.job().width, editor.job().height) == (512, 768)
    editor.nodes[-1] = {"id": 5, "type": "TintedLatent", "widgets_values": {"width": 256, "height": 320}}
    assert (editor.job().width, editor.job().height) == (256, 320)


def test_sub_graphs_are_opened():
    inner = {
        "id": "f00d-cafe",
        "nodes": [
            {"id": 1, "type": "CLIPTextEncode", "widgets_values": ["inner text"],
             "inputs": [{"name": "clip", "link": 1}]},
            {"id": 2, "type": "KSampler", "widgets_values": [5, "fixed", 11, 4.0, "euler", "simple", 1],
             "inputs": [{"name": "model", "link": 2}, {"name": "positive", "link": 3},
                        {"name": "latent_image", "link": 4}]},
        ],
        "links": [
            {"id": 1, "origin_id": -10, "origin_slot": 1, "target_id": 1, "target_slot": 0},
            {"id": 2, "origin_id": -10, "origin_slot": 0, "target_id": 2, "target_slot": 0},
            {"id": 3, "origin_id": 1, "origin_slot": 0, "target_id": 2, "target_slot": 1},
            {"id": 4, "origin_id": -10, "origin_slot": 2, "target_id": 2, "target_slot": 2},
            {"id": 5, "origin_id": 2, "origin_slot": 0, "target_id": -20, "target_slot": 0},
        ],
    }  # fmt: skip
    editor = harbour().replace(3, "f00d-cafe", [], model=(4, 0), clip=(4, 1), latent=(5, 0))
    job = editor.job(definitions={"subgraphs": [inner]})
    assert (job.prompt_positive, job.steps, job.seed) == ("inner text", 11, 5)
    assert (job.model, job.width) == ("harbour.safetensors", 640)


def test_sub_graphs_that_multiply_are_refused():
    boxes = [
        {
            "id": f"box{level}",
            "nodes": [{"id": place, "type": f"box{level + 1}"} for place in range(10)],
            "links": [],
        }
        for level in range(10)
    ]
    with pytest.raises(OverLimit):
        harbour().add(50, "box0").job(definitions={"subgraphs": boxes})
    endless = {"id": "again", "nodes": [{"id": 1, "type": "again"}], "links": []}
    with pytest.raises(OverLimit):
        harbour().add(50, "again").job(definitions={"subgraphs": [endless]})
