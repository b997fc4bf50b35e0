"""What a plan is exported as, read back by others than ourselves: sd-parsers, argparse, csv, StableNew's own rules."""

import argparse
import csv
import io
import json
import shlex
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from fake_image_servers import saved_by_comfyui
from library_factory import make_library
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from plan_factory import BASE, make_plan
from sd_parsers import ParserManager

from learning_core.errors import NotExpressible, PlanRefused, TargetRefused
from learning_core.importers.run import import_paths
from learning_core.plans.attribution import attribute
from learning_core.plans.filing import file_plan
from learning_core.plans.generation_config import GenerationConfig, LoraWeight, StageSettings
from learning_core.plans.learning_plan import LearningPlan
from learning_core.plans.steps import steps_of
from learning_core.recipes.comfyui import request, step_graph
from learning_core.recipes.export import export_plan, plan_bytes
from learning_core.recipes.infotext import tagged_prompt
from learning_core.recipes.inventory import Inventory, resources
from learning_core.recipes.stablenew_reading import read_workspace
from learning_core.recipes.step_jobs import read_job

FILM = {"focus_parameter": "lora", "variant_values": ({"name": "film", "weight": 0.4}, {"name": "film", "weight": 0.8})}
VARIED = [
    {},
    {"focus_parameter": "cfg_scale", "variant_values": (0.5, 6.5, 7)},
    {"focus_parameter": "sampler", "variant_values": ("Euler a", "DPM++ 2M")},
    {"focus_parameter": "scheduler", "variant_values": ("Karras", "SGM Uniform")},
    {"focus_parameter": "checkpoint", "variant_values": ("coast", "harbour, mix")},
    {"focus_parameter": "size", "variant_values": ("832x1216", "1024x1024")},
    {"focus_parameter": "clip_skip", "variant_values": (1, 2)},
    {**FILM, "seeds": (11, 12)},
]


def expected(plan: LearningPlan) -> set[tuple[Any, ...]]:
    return {facts(step.config_for_step) for step in steps_of(plan)}


def facts(config: GenerationConfig) -> tuple[Any, ...]:
    main = config.stage("txt2img")
    return (
        tagged_prompt(config), config.negative_prompt, config.seed, main.steps, main.cfg_scale, main.sampler,
        main.scheduler, config.checkpoint, config.width, config.height, config.clip_skip,
    )  # fmt: skip


# -- A1111: one paste


def parsed(text: str, folder: Path) -> tuple[str, str, dict[str, str]]:
    """Return prompt, negative prompt and settings: the prompts by sd-parsers, the settings by A1111's grammar."""
    chunk = PngInfo()
    chunk.add_text("parameters", text)
    path = folder / "paste.png"
    Image.new("RGB", (8, 8)).save(path, pnginfo=chunk)
    info = ParserManager().parse(path)
    assert info is not None
    (sampler,) = info.samplers
    settings = dict(pairs(text.splitlines()[-1]))
    assert (sampler.name, sampler.parameters["steps"]) == (settings["Sampler"], settings["Steps"])
    return info.full_prompt, info.full_negative_prompt, settings


def pairs(line: str) -> Iterator[tuple[str, str]]:
    """Yield key and value: a value is a JSON string, or ends at the next comma."""
    while line:
        key, _, line = line.partition(": ")
        if line.startswith('"'):
            value, end = json.JSONDecoder().raw_decode(line)
            line = line[end:].removeprefix(", ")
        else:
            value, _, line = line.partition(", ")
        yield key, value


def grid(text: str, folder: Path) -> set[tuple[Any, ...]]:
    """Return the settings of each image that the X/Y/Z script would make from a paste."""
    prompt, negative, settings = parsed(text, folder)
    axes = []
    for axis in "XYZ":
        if f"{axis} Values" in settings:
            (values,) = csv.reader(io.StringIO(settings[f"{axis} Values"]))
            axes.append([(settings[f"{axis} Type"], value.strip(), values[0].strip()) for value in values])
    return {image(prompt, negative, settings, changes) for changes in product(*axes)}


def image(prompt: str, negative: str, settings: dict[str, str], changes: Any) -> tuple[Any, ...]:
    now = {key.casefold(): value for key, value in settings.items()}
    for kind, value, first in changes:
        if kind == "Prompt S/R":
            assert first in prompt
            prompt = prompt.replace(first, value)
        else:
            now[{"Checkpoint name": "model"}.get(kind, kind.casefold())] = value
    width, height = now["size"].split("x")
    return (
        prompt, negative, int(now["seed"]), int(now["steps"]), float(now["cfg scale"]), now["sampler"],
        now["schedule type"], now["model"], int(width), int(height), int(now["clip skip"]),
    )  # fmt: skip


@pytest.mark.parametrize("varied", VARIED, ids=lambda each: str(each.get("focus_parameter", "steps")))
def test_one_paste_makes_every_image_of_the_plan(varied: dict[str, Any], tmp_path: Path) -> None:
    plan = make_plan(**varied)
    assert grid(plan_bytes(plan, "a1111").decode(), tmp_path) == expected(plan)


def test_a_paste_is_refused_where_the_script_has_no_words(tmp_path: Path) -> None:
    stages = BASE.stages | {"adetailer": StageSettings(detector="face.pt")}
    base = BASE.model_copy(update={"stages": stages})
    values = {"focus_parameter": "adetailer.confidence", "variant_values": (0.3, 0.5)}
    plan = make_plan(base, stage_sequence=("txt2img", "adetailer"), **values)
    with pytest.raises(NotExpressible, match=r"no axis for adetailer\.confidence"):
        export_plan(plan, "a1111", tmp_path / "paste.txt")
    assert list(tmp_path.iterdir()) == []


# -- A1111: prompts from file


def option_reader() -> argparse.ArgumentParser:
    reader = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
    for name in ("prompt", "negative_prompt", "sampler_name"):
        reader.add_argument(f"--{name}")
    for name in ("seed", "steps", "width", "height"):
        reader.add_argument(f"--{name}", type=int)
    reader.add_argument("--cfg_scale", type=float)
    return reader


@pytest.mark.parametrize("varied", [VARIED[0], VARIED[1], VARIED[2], VARIED[5], VARIED[7]])
def test_each_line_for_prompts_from_file_is_one_image(varied: dict[str, Any]) -> None:
    plan = make_plan(**varied)
    read = [option_reader().parse_args(shlex.split(line)) for line in plan_bytes(plan, "prompts").decode().splitlines()]
    settings = {
        (each.prompt, each.negative_prompt, each.seed, each.steps, each.cfg_scale, each.sampler_name, each.width,
         each.height)
        for each in read
    }  # fmt: skip
    assert len(read) == plan.size
    assert settings == {(*each[:6], each[8], each[9]) for each in expected(plan)}


def test_what_the_lines_cannot_say_is_told_or_refused(tmp_path: Path) -> None:
    told = export_plan(make_plan(), "prompts", tmp_path / "lines.txt").by_hand
    assert "Stable Diffusion checkpoint: coast" in told
    assert "Schedule type: Karras" in told
    for refused, word in (
        ({"focus_parameter": "checkpoint", "variant_values": ("a", "b")}, "cannot change txt2img.checkpoint"),
        ({"prompts": ("beach --ar 2:3",)}, "'--'"),
        ({"prompts": ("beach\nat dawn",)}, "a line break"),
    ):
        with pytest.raises(NotExpressible, match=word):
            plan_bytes(make_plan(**refused), "prompts")


# -- ComfyUI


@pytest.mark.parametrize("varied", VARIED, ids=lambda each: str(each.get("focus_parameter", "steps")))
def test_each_graph_makes_its_step_as_others_read_it(varied: dict[str, Any], tmp_path: Path) -> None:
    plan = make_plan(**varied)
    export_plan(plan, "comfyui", tmp_path / "graphs")
    for step in steps_of(plan):
        text = (tmp_path / "graphs" / f"{step.position:03}.json").read_text(encoding="utf-8")
        chunk = PngInfo()
        chunk.add_text("prompt", text)
        # It looks only at images that also have an editor's workflow.
        chunk.add_text("workflow", '{"nodes": [], "links": []}')
        Image.new("RGB", (8, 8)).save(tmp_path / "one.png", pnginfo=chunk)
        info = ParserManager().parse(tmp_path / "one.png")
        assert info is not None
        (sampler,) = info.samplers
        config, main = step.config_for_step, step.config_for_step.stage("txt2img")
        assert (info.full_prompt, info.full_negative_prompt) == (config.prompt, config.negative_prompt)
        assert int(sampler.parameters["steps"]) == main.steps
        assert float(sampler.parameters["cfg_scale"]) == main.cfg_scale
        assert int(sampler.parameters["seed"]) == config.seed
        assert sampler.name == {"DPM++ 2M": "dpmpp_2m", "Euler a": "euler_ancestral"}[str(main.sampler)]
        assert json.loads(text)["1"]["inputs"]["ckpt_name"] == f"{config.checkpoint}.safetensors"


def test_images_of_graphs_that_a_person_ran_by_hand_come_home(tmp_path: Path) -> None:
    plan = make_plan()
    library = make_library(tmp_path)
    file_plan(library, plan, now=1.0, event_id="filed")
    for step in steps_of(plan):
        graph = step_graph(step)
        saving = next(node_id for node_id, node in graph.items() if node["class_type"] == "SaveImage")
        path = tmp_path / f"renamed {step.position}.png"
        path.write_bytes(saved_by_comfyui({"prompt": graph}, saving))
    import_paths(library, sorted(tmp_path.glob("renamed*.png")))
    images = library.ask(lambda snapshot: attribute(snapshot, plan)).images
    assert {each[0].how for each in images.values()} == {"embedded"}
    assert len(images) == plan.size


def test_images_of_the_one_workflow_come_home_each_to_its_step(tmp_path: Path) -> None:
    plan = make_plan(seeds=(11, 12))
    library = make_library(tmp_path)
    file_plan(library, plan, now=1.0, event_id="filed")
    body = json.loads(plan_bytes(plan, "comfyui-workflow"))
    saving = {node_id: node for node_id, node in body["prompt"].items() if node["class_type"] == "SaveImage"}
    assert sum(node["class_type"] == "CheckpointLoaderSimple" for node in body["prompt"].values()) == 1
    assert body["extra_data"]["extra_pnginfo"]["learning_plan"]["steps"].keys() == saving.keys()
    output = tmp_path / "output"
    for node_id, node in saving.items():
        path = output / f"{node['inputs']['filename_prefix']}_00001_.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(saved_by_comfyui(body, node_id))
    report = import_paths(library, [output])
    assert report.new == plan.size
    images = library.ask(lambda snapshot: attribute(snapshot, plan)).images
    assert len(images) == plan.size


def test_an_image_of_the_one_workflow_under_another_name_is_not_guessed_at(tmp_path: Path) -> None:
    plan = make_plan()
    body = json.loads(plan_bytes(plan, "comfyui-workflow"))
    saving = next(node_id for node_id, node in body["prompt"].items() if node["class_type"] == "SaveImage")
    (tmp_path / "renamed.png").write_bytes(saved_by_comfyui(body, saving))
    report = import_paths(make_library(tmp_path), [tmp_path / "renamed.png"])
    assert (report.new, report.skipped_total) == (0, 1)
    assert "one of several images" in report.skipped[0].reason


@pytest.mark.parametrize("form", ["comfyui", "comfyui-workflow", "a1111", "jobs", "json", "stablenew"])
def test_an_exported_plan_does_not_pass_for_its_images(form: Any, tmp_path: Path) -> None:
    plan = make_plan()
    library = make_library(tmp_path)
    file_plan(library, plan, now=1.0, event_id="filed")
    suffix = {"comfyui-workflow": ".json", "a1111": ".txt", "json": ".json"}.get(form, "")
    export_plan(plan, form, tmp_path / f"exported{suffix}")
    report = import_paths(library, [tmp_path / f"exported{suffix}"])
    assert report.new == 0
    if form == "stablenew":
        assert any("whatworks plan import" in skipped.reason for skipped in report.skipped)
    assert library.ask(lambda snapshot: attribute(snapshot, plan)).images == {}


def test_a_second_pass_and_an_input_image_are_in_the_graph() -> None:
    stages = BASE.stages | {"upscale": StageSettings(scale=2.0, denoising_strength=0.4, upscaler="4x-UltraSharp")}
    base = BASE.model_copy(update={"stages": stages})
    plan = make_plan(base, stage_sequence=("txt2img", "upscale"))
    graph = step_graph(steps_of(plan)[0])
    samplers = [node["inputs"] for node in graph.values() if node["class_type"] == "KSampler"]
    assert [each["denoise"] for each in samplers] == [1.0, 0.4]
    scaled = next(node["inputs"] for node in graph.values() if node["class_type"] == "ImageScaleBy")
    assert scaled["scale_by"] == 0.5
    settings = StageSettings(sampler="Euler", steps=20, cfg_scale=5, denoising_strength=0.6)
    from_image = BASE.model_copy(update={"stages": {"img2img": settings}, "input_image": "D:\\in\\beach.png"})
    plan = make_plan(from_image, focus_parameter="img2img.steps", stage_sequence=("img2img",))
    graph = step_graph(steps_of(plan)[0])
    assert next(node["inputs"]["image"] for node in graph.values() if node["class_type"] == "LoadImage") == "beach.png"


@pytest.mark.parametrize("lacking", ["checkpoint", "width", "stages"])
def test_a_graph_is_refused_when_the_plan_leaves_open_what_it_needs(lacking: str) -> None:
    base = BASE.model_copy(update={lacking: {} if lacking == "stages" else None})
    with pytest.raises(NotExpressible, match="base settings"):
        step_graph(steps_of(make_plan(base))[0])


def test_of_two_spellings_of_a_sampler_the_plain_one_is_taken() -> None:
    has = Inventory("ComfyUI", {"sampler": resources("dpmpp_2m_sde_gpu", "dpmpp_2m_sde")})
    assert has.find("sampler", "DPM++ 2M SDE") == "dpmpp_2m_sde"


# -- tables, documents, jobs


def test_the_table_and_the_document_hold_every_step() -> None:
    plan = make_plan(**FILM)
    rows = list(csv.DictReader(io.StringIO(plan_bytes(plan, "csv").decode())))
    steps = steps_of(plan)
    assert [row["step_id"] for row in rows] == [step.step_id for step in steps]
    assert [int(row["seed"]) for row in rows] == [step.seed for step in steps]
    assert {row["value"] for row in rows} == {"film@0.4", "film@0.8"}
    document = json.loads(plan_bytes(plan, "json"))
    assert LearningPlan.model_validate(document["plan"]) == plan
    assert [step["step_id"] for step in document["steps"]] == [step.step_id for step in steps]


def test_each_job_stands_alone(tmp_path: Path) -> None:
    plan = make_plan()
    written = export_plan(plan, "jobs", tmp_path / "jobs")
    assert (written.files, written.images) == (4, 4)
    for path, step in zip(sorted((tmp_path / "jobs").iterdir()), steps_of(plan), strict=True):
        job = read_job(path.read_bytes(), path.name)
        assert (job.plan, job.step) == (plan, step)
        assert job.comfyui == json.loads(json.dumps(request(plan, step, step_graph(step))))
        assert job.a1111 is not None
        assert job.a1111["path"] == "/sdapi/v1/txt2img"


def test_a_job_that_was_changed_is_refused(tmp_path: Path) -> None:
    export_plan(make_plan(), "jobs", tmp_path)
    content = (tmp_path / "job-001.json").read_bytes()
    for changed, word in (
        (content.replace(b'"seeds": [\n      11', b'"seeds": [\n      12'), "changed under its id"),
        (content.replace(b'"learning_plan_job"', b'"other"'), "kind"),
        (b"[]", "the document"),
        (content.replace(b'"step_id": "step-', b'"step_id": "stop-'), "no step"),
    ):
        assert changed != content
        with pytest.raises(PlanRefused, match=word):
            assert read_job(changed, "job.json").step


def test_the_same_plan_is_the_same_bytes(tmp_path: Path) -> None:
    for form in ("a1111", "prompts", "comfyui-workflow", "csv", "json"):
        assert plan_bytes(make_plan(), form) == plan_bytes(make_plan(), form)


def test_what_is_there_already_is_kept(tmp_path: Path) -> None:
    plan = make_plan()
    (tmp_path / "002.json").write_text("mine", encoding="utf-8")
    with pytest.raises(TargetRefused):
        export_plan(plan, "comfyui", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["002.json"]
    assert export_plan(plan, "comfyui", tmp_path, replace=True).files == 4


# -- StableNew


def loaded_by_stablenew(session: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return experiment and variants by the rules of its loader: each field of its type, absent ones by default."""
    types = {"name": str, "description": str, "baseline_config": dict, "prompt_text": str, "stage": str,
             "input_image_path": str, "variable_under_test": str, "values": list, "images_per_value": int,
             "metadata": dict}  # fmt: skip
    experiment = {name: kind(session["current_experiment"].get(name) or kind()) for name, kind in types.items()}
    of_variant = {"experiment_id": str, "status": str, "planned_images": int, "completed_images": int,
                  "image_refs": list}  # fmt: skip
    variants = [{name: kind(each.get(name) or kind()) for name, kind in of_variant.items()} for each in session["plan"]]
    return experiment, [
        {**each, "value": raw["param_value"]} for each, raw in zip(variants, session["plan"], strict=True)
    ]


def test_a_workspace_is_what_stablenew_loads(tmp_path: Path) -> None:
    plan = make_plan(seeds=(11, 12))
    export_plan(plan, "stablenew", tmp_path)
    index = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    assert index["last_experiment_id"] in index["entries"]
    assert len(index["entries"]) == 2
    for experiment_id, entry in index["entries"].items():
        folder = tmp_path / experiment_id
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        assert (meta["experiment_id"], meta["schema_version"]) == (experiment_id, 1)
        assert meta["display_name"] == entry["display_name"]
        session = json.loads((folder / "session.json").read_text(encoding="utf-8"))
        experiment, variants = loaded_by_stablenew(session)
        assert (experiment["variable_under_test"], experiment["stage"]) == ("Steps", "txt2img")
        assert (experiment["values"], experiment["images_per_value"]) == ([20, 30], 2)
        assert experiment["metadata"]["start_value"] == 20.0
        assert experiment["metadata"]["end_value"] == 30.0
        assert experiment["baseline_config"]["txt2img"]["sampler_name"] == "DPM++ 2M"
        assert [each["value"] for each in variants] == [20, 30]
        assert {each["status"] for each in variants} == {"pending"}


@pytest.mark.parametrize(
    "varied", [each for each in VARIED if each.get("focus_parameter") not in ("size", "clip_skip", "lora")]
)
def test_a_workspace_read_again_is_the_plan_it_was(varied: dict[str, Any], tmp_path: Path) -> None:
    base = BASE.model_copy(update={"loras": ()})
    plan = make_plan(base, **varied, prompts=("beach at dawn",))
    export_plan(plan, "stablenew", tmp_path)
    again, remarks = read_workspace(tmp_path / plan.plan_id, now=5.0)
    assert (again.plan_id, remarks) == (plan.plan_id, [])
    assert again.metadata.created_by == "import"


def session(**changes: Any) -> dict[str, Any]:
    experiment = {
        "name": "My Experiment",
        "stage": "txt2img",
        "variable_under_test": "CFG Scale",
        "values": [5.0, 6.0, 7.0],
        "images_per_value": 2,
        "prompt_text": "beach",
        "baseline_config": {},
        "metadata": {},
    }
    return {"current_experiment": experiment | changes, "plan": []}


def test_a_workspace_of_stablenew_itself_becomes_a_plan(tmp_path: Path) -> None:
    folder = tmp_path / "20260312_my-experiment_ab12"
    folder.mkdir()
    (folder / "session.json").write_text(json.dumps(session()), encoding="utf-8")
    plan, remarks = read_workspace(folder, now=5.0)
    assert (plan.focus_parameter, plan.variant_values, len(plan.seeds)) == ("txt2img.cfg_scale", (5.0, 6.0, 7.0), 2)
    assert any("seeds" in remark for remark in remarks)
    assert any("baseline_config" in remark for remark in remarks)
    assert read_workspace(folder / "session.json", now=9.0)[0].plan_id == plan.plan_id
    changed = session(variable_under_test="Steps", values=[20.0, 30.0])
    (folder / "session.json").write_text(json.dumps(changed), encoding="utf-8")
    other, _ = read_workspace(folder, now=5.0)
    assert (other.variant_values, other.plan_id == plan.plan_id) == ((20, 30), False)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"prompt_text": ""}, "prompt_text"),
        ({"variable_under_test": "Mood"}, "mood|Mood"),
        ({"variable_under_test": ""}, "variable_under_test"),
        ({"values": []}, "values"),
        ({"stage": "refine"}, "refine"),
        ({"values": ["high"]}, "high"),
    ],
)
def test_a_workspace_that_says_too_little_is_refused_by_its_field(
    changes: dict[str, Any], word: str, tmp_path: Path
) -> None:
    (tmp_path / "session.json").write_text(json.dumps(session(**changes)), encoding="utf-8")
    with pytest.raises(PlanRefused, match=word):
        read_workspace(tmp_path, now=5.0)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"{}", b'{"current_experiment": 5}', b"\xff\xfe\x00"])
def test_what_is_no_workspace_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "session.json").write_bytes(content)
    with pytest.raises(PlanRefused, match=r"session\.json"):
        read_workspace(tmp_path, now=5.0)


def test_loras_with_weights_are_a_variable_of_stablenew(tmp_path: Path) -> None:
    plan = make_plan(BASE.model_copy(update={"loras": (LoraWeight(name="grain", weight=0.2),)}), **FILM)
    export_plan(plan, "stablenew", tmp_path)
    (folder, *_) = sorted(path for path in tmp_path.iterdir() if path.is_dir())
    experiment = json.loads((folder / "session.json").read_text(encoding="utf-8"))["current_experiment"]
    assert experiment["variable_under_test"] == "LoRA Strength"
    assert experiment["values"] == [{"name": "film", "weight": 0.4}, {"name": "film", "weight": 0.8}]
    assert (experiment["metadata"]["lora_name"], experiment["metadata"]["strength_end"]) == ("film", 0.8)
    assert experiment["prompt_text"].endswith("<lora:grain:0.2>")
