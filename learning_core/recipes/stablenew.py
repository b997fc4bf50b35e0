"""A plan as experiment workspaces of StableNew: one a prompt, as its experiments have one prompt each."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import orjson
from msgspec import Struct

from learning_core.errors import NotExpressible
from learning_core.plans.generation_config import GenerationConfig
from learning_core.plans.learning_plan import LearningPlan
from learning_core.recipes.infotext import tagged_prompt
from learning_core.text.names import number_text
from learning_core.text.wording import moment

PLACE = "a StableNew experiment"
_VARIABLES = {
    "cfg_scale": ("CFG Scale", ("txt2img", "img2img", "adetailer")),
    "steps": ("Steps", ("txt2img", "img2img", "adetailer")),
    "sampler": ("Sampler", ("txt2img", "img2img", "adetailer")),
    "scheduler": ("Scheduler", ("txt2img", "img2img", "adetailer")),
    "checkpoint": ("Model", ("txt2img", "img2img")),
    "vae": ("VAE", ("txt2img", "img2img")),
    "lora": ("LoRA Strength", ("txt2img", "img2img")),
    "denoising_strength": ("Denoise Strength", ("img2img", "adetailer")),
    "scale": ("Upscale Factor", ("upscale",)),
}
"""What StableNew calls the variables that it can test, and the stages in which it does."""


class Workspace(Struct, frozen=True):
    """One experiment: the name of its folder, and the documents in it."""

    experiment_id: str
    meta: dict[str, Any]
    session: dict[str, Any]


def workspaces(plan: LearningPlan) -> list[Workspace]:
    """Return one workspace for each prompt; raises NotExpressible for what StableNew cannot test."""
    if plan.design == "screen":
        raise NotExpressible(PLACE, "it tests one variable, and a screen varies several")
    if len(plan.stage_sequence) > 1:
        raise NotExpressible(PLACE, "it tests one stage; this plan runs through several")
    focus = plan.foci[0]
    display, stages = _VARIABLES.get(focus.parameter.name, ("", ()))
    if focus.stage not in stages:
        raise NotExpressible(PLACE, f"it does not test {focus}")
    return [_workspace(plan, number, prompt, display) for number, prompt in enumerate(plan.prompts, 1)]


def index_of(made: list[Workspace]) -> dict[str, Any]:
    """Return the index that lists the workspaces, the first one as the last one used."""
    entries = {
        each.experiment_id: {name: each.meta[name] for name in ("display_name", "created_at", "updated_at")}
        for each in made
    }
    return {"entries": entries, "last_experiment_id": made[0].experiment_id}


def encoded(document: dict[str, Any]) -> bytes:
    """Return a document as StableNew writes its own: two spaces, keys sorted, UTF-8."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


def _workspace(plan: LearningPlan, number: int, prompt: str, display: str) -> Workspace:
    experiment_id = f"{plan.plan_id}-{number}" if len(plan.prompts) > 1 else plan.plan_id
    name = f"{display}: {_short(prompt)} ({experiment_id})"
    created = moment(plan.metadata.created_at) or ""
    meta = {
        "experiment_id": experiment_id,
        "display_name": name,
        "created_at": created,
        "updated_at": created,
        "schema_version": 1,
    }
    return Workspace(experiment_id, meta, _session(plan, prompt, display, experiment_id, name))


def _session(plan: LearningPlan, prompt: str, display: str, experiment_id: str, name: str) -> dict[str, Any]:
    stage = plan.stage_sequence[0]
    base = plan.base_config.model_copy(update={"prompt": prompt})
    values = [_value(value) for value in plan.variant_values]
    return {
        "current_experiment": {
            "name": name,
            "experiment_id": experiment_id,
            "description": plan.metadata.why,
            "baseline_config": {stage: dict(_baseline(base, stage)) | {"seed": plan.seeds[0]}},
            "prompt_text": tagged_prompt(base),
            "stage": stage,
            "input_image_path": base.input_image or "",
            "variable_under_test": display,
            "values": values,
            "images_per_value": plan.images_per_variant,
            "metadata": {**_value_range(plan), "whatworks_plan_id": plan.plan_id, "whatworks_seeds": list(plan.seeds)},
            "execution_snapshot_json": "",
        },
        "plan": [
            {
                "experiment_id": experiment_id,
                "variant_id": _variant_name(value),
                "param_value": value,
                "status": "pending",
                "planned_images": plan.images_per_variant,
                "completed_images": 0,
                "image_refs": [],
            }
            for value in values
        ],
        "selected_variant_index": -1,
        "selected_image_index": 0,
        "workflow_state": "designing",
        "automation_mode": "suggest_only",
        "learning_enabled": True,
        "resume_schema_version": 1,
    }


def _baseline(base: GenerationConfig, stage: Any) -> Iterator[tuple[str, Any]]:
    main = base.stage(stage)
    settings = {
        "model": base.checkpoint,
        "vae": base.vae,
        "sampler_name": main.sampler,
        "scheduler": main.scheduler,
        "steps": main.steps,
        "cfg_scale": main.cfg_scale,
        "denoising_strength": main.denoising_strength,
        "upscale_factor": main.scale,
        "width": base.width,
        "height": base.height,
        "clip_skip": base.clip_skip,
        "negative_prompt": base.negative_prompt,
    }
    yield from ((name, value) for name, value in settings.items() if value is not None)


def _value(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else value


def _variant_name(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['name']}@{number_text(float(value['weight']))}"
    return str(value)


def _value_range(plan: LearningPlan) -> dict[str, Any]:
    """Return how StableNew's own form describes the values: an even range, a list of names, or one LoRA's weights."""
    values = list(plan.variant_values)
    if all(isinstance(value, dict) for value in values):
        loras = [value for value in values if isinstance(value, dict)]
        names = sorted({str(value["name"]) for value in loras})
        mode = {"comparison_mode": len(names) > 1, "lora_mode": "comparison" if len(names) > 1 else "strength"}
        return {**mode, "lora_name": names[0], **_even([float(each["weight"]) for each in loras], "strength_{}")}
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    if len(numbers) == len(values):
        return _even(numbers, "{}_value")
    return {"selected_items": values}


def _even(values: list[float], name: str) -> dict[str, float]:
    ordered = sorted(values)
    gaps = {round(after - before, 6) for before, after in pairwise(ordered)}
    if len(gaps) != 1:
        return {}
    return {name.format("start"): ordered[0], name.format("end"): ordered[-1], name.format("step"): gaps.pop()}


def _short(prompt: str) -> str:
    plain = re.sub(r"[^\w ]+", " ", prompt)
    return " ".join(plain.split())[:40].strip()
