"""Real picture files with ComfyUI's metadata in them, made on the spot, and graphs broken at random."""

import hashlib
import json
import time
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from learning_core.errors import Unreadable
from learning_core.importers.carriers import read_image
from learning_core.importers.comfyui import (
    BEST_EFFORT,
    Picture,
    comfyui_texts,
    read,
    read_graph_text,
    read_json_file,
)
from learning_core.importers.reading import Reading, Skipped

PROMPT = {
    "3": {"class_type": "KSampler", "inputs": {
        "seed": 7, "steps": 30, "cfg": 6.5, "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": 1.0,
        "model": ["10", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "coast.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 832, "height": 1216, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["20", 0], "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["40", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x", "images": ["8", 0]}},
    "10": {"class_type": "Power Lora Loader (rgthree)", "inputs": {
        "lora_1": {"on": True, "lora": "a.safetensors", "strength": 0.8}, "model": ["4", 0], "clip": ["4",
            1]}},
    "20": {"class_type": "Text Concatenate", "inputs": {"text_a": "beach", "text_b": "sunset",
        "delimiter": ", "}},
    "40": {"class_type": "SamplerCustomAdvanced", "inputs": {
        "noise": ["41", 0], "guider": ["42", 0], "sampler": ["43", 0], "sigmas": ["44", 0],
            "latent_image": ["45", 0]}},
    "41": {"class_type": "RandomNoise", "inputs": {"noise_seed": 9}},
    "42": {"class_type": "CFGGuider", "inputs": {"cfg": 2, "model": ["10", 0], "positive": ["6", 0],
                                                "negative": ["7", 0]}},
    "43": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
    "44": {"class_type": "BasicScheduler", "inputs": {"scheduler": "simple", "steps": 10, "denoise": 0.5,
                                                     "model": ["4", 0]}},
    "45": {"class_type": "LatentUpscale", "inputs": {"width": 1248, "height": 1824, "samples": ["3", 0]}},
}  # fmt: skip
WORKFLOW = {
    "nodes": [
        {"id": 1, "type": "KSampler", "widgets_values": [3, "fixed", 9, 2.0, "lcm", "simple", 1],
         "inputs": [{"name": "positive", "link": 1}]},
        {"id": 2, "type": "CLIPTextEncode", "widgets_values": ["from the editor"], "inputs": []},
        {"id": 3, "type": "SaveImage", "widgets_values": ["x"], "inputs": [{"name": "images", "link": 2}]},
    ],
    "links": [[1, 2, 0, 1, 0, "CONDITIONING"], [2, 1, 0, 3, 0, "LATENT"]],
}  # fmt: skip
PLAN = {"plan_id": "plan-1", "step_id": "plan-1/3", "focus": "steps", "value": 30}


def png(folder, **texts):
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    path = folder / "a.png"
    Image.new("RGB", (8, 6), "teal").save(path, pnginfo=info)
    return path


def webp(folder, *entries):
    exif = Image.Exif()
    for tag, text in entries:
        exif[tag] = text
    path = folder / "a.webp"
    Image.new("RGB", (8, 6), "teal").save(path, exif=exif)
    return path


def test_a_png_gives_job_plan_hash_and_where_the_graph_lies(tmp_path):
    text = json.dumps(PROMPT)
    path = png(tmp_path, prompt=text, workflow=json.dumps(WORKFLOW), learning_plan=json.dumps(PLAN))
    image = read_image(path)
    reading = read(image)
    assert isinstance(reading, Reading)
    job = reading.job
    assert (job.prompt_positive, job.steps, job.seed, job.stage_sequence) == (
        "beach, sunset", 30, 7, ["txt2img", "hires"],
    )  # fmt: skip
    assert (job.plan_id, job.step_id, job.learning_mode) == ("plan-1", "plan-1/3", "active")
    assert (job.image_hash, job.output_paths) == (image.image_hash, [str(path)])
    assert job.timestamp_end == path.stat().st_mtime
    assert job.timestamp_source == "file_modified"
    assert job.raw is not None
    assert (job.raw.carrier, job.raw.sha256) == ("prompt", hashlib.sha256(text.encode()).hexdigest())


def test_the_id_of_the_job_is_the_same_wherever_the_file_lies(tmp_path):
    first = read(read_image(png(tmp_path, prompt=json.dumps(PROMPT))))
    (tmp_path / "moved").mkdir()
    second = read(read_image(png(tmp_path / "moved", prompt=json.dumps(PROMPT), workflow=json.dumps(WORKFLOW))))
    assert isinstance(first, Reading)
    assert isinstance(second, Reading)
    assert first.job.job_id == second.job.job_id
    other = deepcopy(PROMPT)
    other["3"]["inputs"]["seed"] = 8
    third = read(read_image(png(tmp_path, prompt=json.dumps(other))))
    assert isinstance(third, Reading)
    assert third.job.job_id != first.job.job_id


def test_a_webp_holds_the_graph_in_exif_tags(tmp_path):
    path = webp(
        tmp_path,
        (0x0110, "prompt:" + json.dumps(PROMPT)),
        (0x010F, "workflow:" + json.dumps(WORKFLOW)),
        (0x010E, "learning_plan:" + json.dumps(PLAN)),
    )
    reading = read(read_image(path))
    assert isinstance(reading, Reading)
    assert (reading.job.prompt_positive, reading.job.plan_id) == ("beach, sunset", "plan-1")


def test_photos_and_other_tools_are_not_comfyui(tmp_path):
    assert read(read_image(webp(tmp_path, (0x010F, "Optics Ltd"), (0x0110, "model: {none}")))) is None
    assert read(read_image(png(tmp_path, parameters="beach\nSteps: 20"))) is None
    assert read(read_image(png(tmp_path, prompt="a beach at sunset"))) is None
    assert comfyui_texts({"exif:0x0110": "Model: X", "UserComment": 'prompt:{"1":{}}'}) == {
        "UserComment": 'prompt:{"1":{}}'
    }


def test_the_workflow_answers_only_when_the_prompt_is_missing_or_broken(tmp_path):
    alone = read(read_image(png(tmp_path, workflow=json.dumps(WORKFLOW))))
    broken = read(read_image(png(tmp_path, prompt='{"1": {"class_type": ', workflow=json.dumps(WORKFLOW))))
    for reading in (alone, broken):
        assert isinstance(reading, Reading)
        assert (reading.job.prompt_positive, reading.job.steps) == ("from the editor", 9)
        assert BEST_EFFORT in reading.remarks
    assert any(remark.startswith("prompt: not JSON") for remark in broken.remarks)


def test_a_broken_prompt_alone_is_skipped_with_its_reason(tmp_path):
    skipped = read(read_image(png(tmp_path, prompt='{"1": {"class_type": ')))
    assert isinstance(skipped, Skipped)
    assert skipped.reason.startswith("prompt: not JSON")
    deep = read(read_image(png(tmp_path, prompt='{"class_type":' * 300)))
    assert isinstance(deep, Skipped)
    assert "nested deeper" in deep.reason


def test_nan_in_a_graph_is_survived(tmp_path):
    text = json.dumps(PROMPT).replace('"inputs"', '"is_changed": [NaN], "inputs"')
    reading = read(read_image(png(tmp_path, prompt=text)))
    assert isinstance(reading, Reading)
    assert reading.job.steps == 30


@pytest.mark.parametrize("plan", ["nonsense", "[]", "{}", '{"plan_id": 1, "step_id": "a"}', '{"plan_id": "p"}'])
def test_an_unusable_plan_costs_only_itself(plan):
    reading = read_graph_text(json.dumps(PROMPT), None, plan_text=plan)
    assert reading.job.plan_id is None
    assert reading.job.learning_mode is None
    assert reading.job.steps == 30
    assert any(remark.startswith("learning_plan: ") for remark in reading.remarks)


def test_json_files_are_ours_only_with_a_graph_in_them():
    assert read_json_file('{"a": 1}', "a.json") is None
    assert read_json_file('{"nodes": [1, 2]}', "a.json") is None
    wrapped = read_json_file(json.dumps({"prompt": PROMPT, "client_id": "x"}), "a.json")
    assert isinstance(wrapped, Reading)
    assert (wrapped.job.steps, wrapped.job.output_paths, wrapped.job.raw.path) == (30, None, "a.json")
    idle = read_json_file('{"1": {"class_type": "EmptyImage", "inputs": {}}}', "a.json")
    assert idle == Skipped("a graph without a sampler")
    assert isinstance(read_json_file('{"1": {"class_type": "x"', "a.json"), Skipped)


def test_the_same_graph_gives_the_same_job_in_any_order_of_its_nodes():
    text = json.dumps(dict(reversed(list(PROMPT.items()))))
    first, second = read_graph_text(json.dumps(PROMPT), None).job, read_graph_text(text, None).job
    assert first.model_dump(exclude={"raw", "job_id"}) == second.model_dump(exclude={"raw", "job_id"})


def test_a_graph_of_many_samplers_and_outputs_is_read_in_bounded_time():
    graph = {"0": {"class_type": "Loader", "inputs": {"ckpt_name": "coast.ckpt"}}}
    for place in range(1, 5000):
        inputs = {"seed": 1, "steps": 2, "cfg": 3, "model": ["0", 0], "latent_image": [str(place - 1), 0]}
        graph[str(place)] = {"class_type": "KSampler", "inputs": inputs}
        graph[str(place + 5000)] = {"class_type": "SaveImage", "inputs": {"images": [str(place), 0]}}
    start = time.perf_counter()
    assert read_graph_text(json.dumps(graph), None).job.steps == 2
    assert time.perf_counter() - start < 20


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
IDS = st.sampled_from([*PROMPT, "99"])
LINKS = st.tuples(IDS, st.integers(-1, 3)).map(list)
NAMES = st.sampled_from(
    ["model", "positive", "negative", "latent_image", "steps", "cfg", "seed", "noise", "sigmas", "sampler",
        "guider",
     "text", "populated_text", "lora_1", "loras", "lora_name", "samples", "images", "ckpt_name", "width",
         "height",
     "scale_by", "vae", "clip", "pipe", "any_01", "select", "", "upscale_model", "script", "conditioning",
     "delimiter", "stop_at_clip_layer", "guidance", "start_at_step", "denoise", "hires_steps"]
)  # fmt: skip
NODES = st.fixed_dictionaries(
    {"class_type": st.sampled_from(["KSampler", "SaveImage", "Reroute", "ConditioningZeroOut", "SamplerLCM", "x"])},
    optional={"inputs": st.dictionaries(NAMES, LINKS | JUNK, max_size=8) | JUNK},
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(IDS, NODES | JUNK, max_size=12))
def test_arbitrary_graphs_raise_nothing_but_unreadable(graph):
    try:
        reading = read_graph_text(json.dumps(graph), None, Picture("a.png", "00", 8, 6))
    except Unreadable:
        return
    assert reading.job.job_id.startswith("comfyui:")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(IDS, NAMES, LINKS | JUNK), max_size=8), st.sets(IDS, max_size=3))
def test_changed_graphs_raise_nothing_and_give_the_same_answer_twice(changes, dropped):
    graph = deepcopy(PROMPT)
    for node_id, name, value in changes:
        graph.get(node_id, PROMPT["3"]).get("inputs", {})
        if node_id in graph:
            graph[node_id]["inputs"][name] = value
    for node_id in dropped:
        graph.pop(node_id, None)
    text = json.dumps(graph)
    first, second = read_graph_text(text, None), read_graph_text(text, None)
    assert first == second


WORKFLOW_NODES = st.fixed_dictionaries(
    {
        "id": st.integers(0, 4) | JUNK,
        "type": st.sampled_from(["KSampler", "CLIPTextEncode", "SetNode", "GetNode", "s"]),
    },
    optional={
        "mode": st.sampled_from([0, 2, 4]) | JUNK,
        "widgets_values": st.lists(JUNK, max_size=8) | JUNK,
        "inputs": st.lists(st.fixed_dictionaries({"name": NAMES, "link": st.integers(0, 6), "type": JUNK}), max_size=4)
        | JUNK,
        "outputs": JUNK,
    },
)
WORKFLOW_LINKS = st.lists(st.integers(-20, 6) | JUNK, min_size=4, max_size=6) | JUNK


@settings(max_examples=50, deadline=None)
@given(
    st.lists(WORKFLOW_NODES | JUNK, max_size=6),
    st.lists(WORKFLOW_LINKS, max_size=8) | JUNK,
    st.lists(st.fixed_dictionaries({"id": st.just("s"), "nodes": st.lists(WORKFLOW_NODES, max_size=3)}), max_size=2)
    | JUNK,
)
def test_arbitrary_workflows_raise_nothing_but_unreadable(nodes, links, subgraphs):
    data = {"nodes": nodes, "links": links, "definitions": {"subgraphs": subgraphs}}
    try:
        read_graph_text(None, json.dumps(data))
    except Unreadable:
        return


@given(st.text(max_size=300), st.text(max_size=300))
def test_arbitrary_texts_raise_nothing_but_unreadable(prompt, workflow):
    with pytest.raises(Unreadable):
        read_graph_text(prompt, workflow)
