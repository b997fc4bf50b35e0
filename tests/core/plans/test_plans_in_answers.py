"""Images of a plan that come home by import count as controlled evidence, apart from casual ones."""

import json
from pathlib import Path
from typing import Any

from library_factory import make_library
from picture_factory import png, text_chunk

from learning_core.answers.records import search_records
from learning_core.answers.what_works import what_works
from learning_core.importers.run import import_paths
from learning_core.judging import judge
from learning_core.library import Library
from learning_core.plans.conclude import conclude
from learning_core.plans.filing import file_plan
from learning_core.plans.generation_config import GenerationConfig, StageSettings
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep, new_plan
from learning_core.plans.steps import steps_of


def cfg_plan() -> LearningPlan:
    settings = StageSettings(sampler="Euler a", scheduler="Karras", steps=20)
    return new_plan(
        focus_parameter="txt2img.cfg_scale",
        base_config=GenerationConfig(checkpoint="coast", width=512, height=768, stages={"txt2img": settings}),
        variant_values=(3.0, 7.0),
        prompts=tuple(f"beach with {number} boats" for number in range(6)),
        seeds=(5,),
    )


def infotext_picture(path: Path, step: LearningRunStep, *, steps: int = 20) -> Path:
    """Write what A1111 writes for a step: nothing in it names the plan."""
    cfg = step.config_for_step.stage("txt2img").cfg_scale
    text = (
        f"{step.config_for_step.prompt}\nNegative prompt: blurry\nSteps: {steps}, Sampler: Euler a, "
        f"Schedule type: Karras, CFG scale: {cfg}, Seed: {step.seed}, Size: 512x768, Model: coast, Version: v1.10.1"
    )
    path.write_bytes(png(text_chunk(text.encode()), picture=step.step_id.encode(), width=512, height=768))
    return path


def comfyui_picture(path: Path, step: LearningRunStep) -> Path:
    """Write what ComfyUI writes for a step, with the plan as a text of its own."""
    config = step.config_for_step
    graph: dict[str, Any] = {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "coast.safetensors"}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": config.prompt, "clip": ["1", 1]}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["1", 1]}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 1}},
        "5": {
            "class_type": "KSampler",
            "inputs": {
                "seed": step.seed, "steps": 20, "cfg": config.stage("txt2img").cfg_scale, "denoise": 1.0,
                "sampler_name": "euler_ancestral", "scheduler": "karras", "model": ["1", 0], "positive": ["2", 0],
                "negative": ["3", 0], "latent_image": ["4", 0],
            },
        },
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"filename_prefix": "learn", "images": ["6", 0]}},
    }  # fmt: skip
    plan = {"plan_id": step.plan_id, "step_id": step.step_id}
    texts = [text_chunk(json.dumps(graph).encode(), b"prompt"), text_chunk(json.dumps(plan).encode(), b"learning_plan")]
    path.write_bytes(png(*texts, picture=step.step_id.encode(), width=512, height=768))
    return path


def rate_all(library: Library, plan: LearningPlan) -> None:
    with library.snapshot() as snapshot:
        refs = [item.ref for item in search_records(snapshot, limit=50).items]
        jobs = {ref: snapshot.job(ref) for ref in refs}
    for number, (ref, job) in enumerate(jobs.items()):
        stars = 5 if job["cfg_scale"] == 7 else 2
        judge(library, ref, now=9.0, event_id=lambda number=number: f"stars-{number}", rating=stars)


def test_pictures_of_a_plan_come_home_and_make_its_setting_strong_evidence(tmp_path: Path) -> None:
    library, plan = make_library(tmp_path), cfg_plan()
    file_plan(library, plan, now=1.0, event_id="filed")
    folder = tmp_path / "made"
    folder.mkdir()
    for number, step in enumerate(steps_of(plan)):
        writer = comfyui_picture if number % 2 else infotext_picture
        writer(folder / f"{number:02}.png", step)
    infotext_picture(folder / "casual.png", steps_of(plan)[0], steps=33)
    report = import_paths(library, [folder])
    assert (report.new, report.skipped_total) == (13, 0)
    by_settings = [remark for remark in report.remarks if "by settings and seed" in remark.reason]
    assert len(by_settings) == 6
    rate_all(library, plan)
    with library.snapshot() as snapshot:
        answer = what_works(snapshot, "beach", by=["cfg_scale", "steps"])
        result = conclude(snapshot, plan)
    cfg, steps = answer.parameters
    assert (cfg.tier, [each.setting for each in cfg.controlled]) == ("experiment_strong", ["7", "3"])
    assert sum(each.n for each in cfg.controlled) == 12
    assert steps.tier == "review_only"
    assert (result.verdict, result.best_value, result.automation_eligible) == ("difference", 7.0, True)
    assert sum(step.rated for step in result.steps) == 12


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    library, plan = make_library(tmp_path), cfg_plan()
    file_plan(library, plan, now=1.0, event_id="filed")
    picture = comfyui_picture(tmp_path / "one.png", steps_of(plan)[0])
    import_paths(library, [picture])
    before = library.own_log.read_bytes()
    assert import_paths(library, [picture]).new == 0
    assert library.own_log.read_bytes() == before
    assert b'"evidence":"controlled"' in before
