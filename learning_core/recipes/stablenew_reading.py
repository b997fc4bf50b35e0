"""An experiment workspace of StableNew as a plan: what it was going to test, in our terms."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from learning_core.errors import PlanRefused, Unreadable
from learning_core.plans.generation_config import GenerationConfig, StageSettings
from learning_core.plans.learning_plan import LARGEST_SEED, LearningPlan, PlanMetadata, new_plan, seeds_for
from learning_core.plans.parameters import Stage, focus_of, stage_of
from learning_core.text.json_text import load_json
from learning_core.text.names import file_stem, parameter, sampler_and_scheduler

SESSION = "session.json"
LARGEST_SESSION = 16 * 1024 * 1024
_NAMES = {"lora_strength": "lora", "upscale_factor": "scale", "denoise_strength": "denoising_strength"}


def read_workspace(path: Path, *, now: float) -> tuple[LearningPlan, list[str]]:
    """Return the plan in a workspace's folder, or its session.json, and remarks on what the workspace left open.

    `now` is epoch seconds. The plan's id follows from what is tested, so a workspace that was rewritten to test
    something else gives another plan. Raises PlanRefused with the field that is missing or wrong.
    """
    session = path / SESSION if path.is_dir() else path
    try:
        if session.stat().st_size > LARGEST_SESSION:
            raise PlanRefused(f"{session} is larger than {LARGEST_SESSION // 1024 // 1024} MB")
        document = load_json(session.read_bytes(), what=SESSION)
    except OSError as error:
        raise PlanRefused(f"{session} cannot be read: {error.strerror or error}") from error
    except Unreadable as error:
        raise PlanRefused(f"{session}: {error}") from error
    experiment = document.get("current_experiment") if isinstance(document, dict) else None
    if not isinstance(experiment, dict):
        raise PlanRefused(f"{session}: current_experiment: missing, so this is no experiment of StableNew")
    return _plan(experiment, session.parent.name, now)


def _plan(experiment: Mapping[str, Any], folder: str, now: float) -> tuple[LearningPlan, list[str]]:
    remarks: list[str] = []
    stage = stage_of(_text(experiment, "stage") or "txt2img")
    variable = _text(experiment, "variable_under_test")
    if variable is None:
        raise PlanRefused("current_experiment.variable_under_test: it does not say what is tested")
    name = parameter(variable)
    focus = focus_of(f"{stage}.{_NAMES.get(name, name)}")
    prompt = _text(experiment, "prompt_text")
    if prompt is None:
        raise PlanRefused("current_experiment.prompt_text: empty, as StableNew often leaves it; write the prompt there")
    base = _base(experiment, stage, remarks)
    made = new_plan(
        focus_parameter=str(focus),
        stage_sequence=(stage,),
        base_config=base,
        variant_values=tuple(_values(experiment)),
        prompts=(prompt,),
        seeds=_seeds(experiment, folder, remarks),
        metadata=PlanMetadata(
            created_by="import",
            created_at=now,
            why=_text(experiment, "description") or "",
            subject=_text(experiment, "name") or folder,
        ),
    )
    return made, remarks


def _base(experiment: Mapping[str, Any], stage: Stage, remarks: list[str]) -> GenerationConfig:
    config = experiment.get("baseline_config")
    section = config.get(stage, config) if isinstance(config, dict) else {}
    section = section if isinstance(section, dict) else {}
    if not section:
        remarks.append("baseline_config is empty: the server's own settings hold, so images may differ in more")
    sampler, scheduler = sampler_and_scheduler(_text(section, "sampler_name", "sampler"), _text(section, "scheduler"))
    return GenerationConfig(
        checkpoint=file_stem(_text(section, "model", "sd_model", "sd_model_checkpoint")),
        vae=file_stem(_text(section, "vae", "sd_vae")),
        clip_skip=_whole(section, "clip_skip"),
        width=_whole(section, "width"),
        height=_whole(section, "height"),
        negative_prompt=_text(section, "negative_prompt"),
        input_image=_text(experiment, "input_image_path"),
        stages={
            stage: StageSettings(
                sampler=sampler,
                scheduler=scheduler,
                steps=_whole(section, "steps"),
                cfg_scale=_real(section, "cfg_scale"),
                denoising_strength=_real(section, "denoising_strength"),
                scale=_real(section, "upscale_factor"),
            )
        },
    )


def _values(experiment: Mapping[str, Any]) -> list[Any]:
    values = experiment.get("values")
    if not isinstance(values, list) or not values:
        raise PlanRefused("current_experiment.values: there are none")
    return values


def _seeds(experiment: Mapping[str, Any], folder: str, remarks: list[str]) -> tuple[int, ...]:
    """Return the seeds that we left there, else as many as images per value, made from the workspace's name."""
    metadata = experiment.get("metadata")
    ours = metadata.get("whatworks_seeds") if isinstance(metadata, dict) else None
    if isinstance(ours, list) and ours and all(_is_seed(each) for each in ours):
        return tuple(ours)
    remarks.append("StableNew fixes no seeds for an experiment; these are made from the workspace's name")
    count = experiment.get("images_per_value")
    return seeds_for(folder, count if isinstance(count, int) and 0 < count <= 100 else 1)


def _is_seed(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_SEED


def _text(section: Mapping[str, Any], *names: str) -> str | None:
    found = (section.get(name) for name in names)
    return next((each.strip() for each in found if isinstance(each, str) and each.strip()), None)


def _real(section: Mapping[str, Any], name: str) -> float | None:
    """Return a number; StableNew writes 0 for what it does not know."""
    value = section.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value else None


def _whole(section: Mapping[str, Any], name: str) -> int | None:
    value = _real(section, name)
    return int(value) if value is not None and value == int(value) and value > 0 else None
