"""An image belongs to a step by the ids in it, else by settings and seed exactly; nothing is guessed silently."""

from pathlib import Path
from typing import Any

import pytest
from library_factory import make_job, make_library, rating, tagging

from learning_core.model.generation import Experiment
from learning_core.model.job import JobRecord
from learning_core.model.judgement import Withdrawal
from learning_core.plans.attribution import Attribution, PlanSteps, attribute
from learning_core.plans.generation_config import GenerationConfig, LoraWeight, StageSettings
from learning_core.plans.job_config import config_of_job, fit
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep, new_plan
from learning_core.plans.progress import progress_of
from learning_core.plans.steps import steps_of


def make_plan(**fields: Any) -> LearningPlan:
    base = GenerationConfig(
        checkpoint="coast",
        width=832,
        height=1216,
        loras=(LoraWeight(name="film", weight=0.6),),
        stages={"txt2img": StageSettings(sampler="DPM++ 2M", scheduler="Karras", steps=28, cfg_scale=6.5)},
    )
    content = {
        "focus_parameter": "txt2img.steps", "base_config": base, "variant_values": (20, 30),
        "prompts": ("beach at dawn", "harbour"), "seeds": (11,),
    }  # fmt: skip
    return new_plan(**(content | fields))


def made(step: LearningRunStep, number: int, *, named: bool = False, **fields: Any) -> JobRecord:
    """Return the job that a program logs for a step, in its own spelling."""
    config = step.config_for_step
    settings = config.stage("txt2img")
    lora = "".join(f" <lora:{each.name}:{each.weight}>" for each in config.loras)
    content = {
        "job_id": f"made-{number}", "prompt_positive": f"{config.prompt}, {lora}", "model": "SDXL\\coast.safetensors",
        "sampler": "DPM++ 2M Karras", "scheduler": None, "steps": settings.steps, "cfg_scale": settings.cfg_scale,
        "seed": step.seed, "width": 832, "height": 1216, "stage": "txt2img",
    }  # fmt: skip
    ids = {"plan_id": step.plan_id, "step_id": step.step_id} if named else {}
    return make_job(number, **(content | ids | fields))


def attribution(folder: Path, plan: LearningPlan, events: list[Any]) -> Attribution:
    return make_library(folder, events).ask(lambda snapshot: attribute(snapshot, plan))


def test_images_come_home_by_their_ids_or_by_settings_and_seed_exactly(tmp_path: Path) -> None:
    plan = make_plan()
    first, second, *_ = steps_of(plan)
    jobs = [made(first, 1, named=True), made(second, 2)]
    found = attribution(tmp_path, plan, [*jobs, rating(jobs[0], 4), tagging(jobs[0], "keeper")])
    assert {step: [image.how for image in images] for step, images in found.images.items()} == {
        first.step_id: ["embedded"],
        second.step_id: ["exact"],
    }
    (image,) = found.images[first.step_id]
    assert (image.rated, image.stars, image.tags, image.seconds) == (1, 4, ("keeper",), 12.5)
    assert found.not_taken == []
    assert [len(step.outputs) for step in found.outputs()] == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"named": True, "cfg_scale": 9.0}, "was made with txt2img.cfg_scale 9 instead of 6.5"),
        ({"named": True, "seed": 12}, "was made with seed 12 instead of 11"),
        ({"named": True, "step_id": "step-x"}, "names a step that the plan does not have"),
        ({"cfg_scale": None}, "does not state txt2img.cfg_scale"),
    ],
)
def test_what_contradicts_its_step_or_leaves_it_open_is_told_and_not_counted(
    tmp_path: Path, fields: dict[str, Any], reason: str
) -> None:
    plan = make_plan()
    job = made(steps_of(plan)[0], 1, **fields)
    plain = {"plan_id": plan.plan_id} if fields.get("named") else {}
    experiment = Experiment(experiment_id=plan.plan_id, focus_parameter="steps")
    found = attribution(tmp_path, plan, [job.model_copy(update={**plain, "experiment": experiment})])
    assert found.images == {}
    assert reason in found.not_taken[0].reason


@pytest.mark.parametrize(
    "fields",
    [
        {"cfg_scale": 7.0},
        {"prompt_positive": "beach at dusk <lora:film:0.6>"},
        {"prompt_positive": "beach at dawn <lora:film:0.7>"},
        {"model": "harbour_mix"},
        {"plan_id": "plan-of-another", "step_id": "x"},
        {"stage": "img2img"},
    ],
)
def test_another_image_with_the_same_seed_has_nothing_to_do_with_the_plan(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    plan = make_plan(prompts=("beach at dawn",))
    found = attribution(tmp_path, plan, [made(steps_of(plan)[0], 1, **fields)])
    assert found.images == {}


def test_a_withdrawn_job_is_no_image_of_a_step(tmp_path: Path) -> None:
    plan = make_plan()
    job = made(steps_of(plan)[0], 1)
    gone = Withdrawal(event_id="w", job_id=job.job_id, withdrawn=True)
    assert attribution(tmp_path, plan, [job, gone]).images == {}


def test_an_incoming_job_is_stamped_with_plan_step_and_controlled_experiment() -> None:
    plan = make_plan()
    step = steps_of(plan)[0]
    job, remark = PlanSteps([plan]).stamped(made(step, 1))
    assert (job.plan_id, job.step_id) == (plan.plan_id, step.step_id)
    assert job.experiment is not None
    assert (job.experiment.focus_parameter, job.experiment.evidence) == ("steps", "controlled")
    assert job.experiment.focus_value == plan.variant_values[step.variant_index]
    assert "by settings and seed" in remark
    other, silent = PlanSteps([plan]).stamped(make_job(3))
    assert (other.plan_id, silent) == (None, "")


def test_a_model_comparison_is_stamped_as_a_preference_and_a_screen_as_unproven() -> None:
    models = make_plan(focus_parameter="checkpoint", variant_values=("coast", "harbour_mix"))
    step = next(step for step in steps_of(models) if step.config_for_step.checkpoint == "coast")
    job, _ = PlanSteps([models]).stamped(made(step, 1))
    assert job.experiment is not None
    assert job.experiment.evidence == "preference"
    rows = [{"txt2img.steps": 20, "txt2img.cfg_scale": 5}, {"txt2img.steps": 30, "txt2img.cfg_scale": 7}]
    screen = make_plan(design="screen", focus_parameter="txt2img.steps+txt2img.cfg_scale", variant_values=tuple(rows))
    job, _ = PlanSteps([screen]).stamped(made(steps_of(screen)[0], 1))
    assert job.experiment is not None
    assert (job.experiment.evidence, job.experiment.focus_parameter) == ("unproven", "steps+cfg_scale")


def test_progress_tells_what_lacks_an_image_or_a_rating_and_what_to_rate_next(tmp_path: Path) -> None:
    plan = make_plan(prompts=("beach at dawn", "harbour", "market"))
    steps = steps_of(plan)
    jobs = [made(step, number, named=True) for number, step in enumerate(steps[:5])]
    found = attribution(tmp_path, plan, [*jobs, rating(jobs[2], 4), rating(jobs[0], 2), rating(jobs[1], 3)])
    progress = progress_of(plan, found)
    assert (progress.steps, progress.with_image, progress.rated, progress.blocks_rated) == (6, 5, 3, 1)
    assert [line.position for line in progress.rate_next] == [4, 5]
    assert [line.file for line in progress.rate_next] == [jobs[each].output_paths[0] for each in (3, 4)]
    assert progress.make_next[0].file == ""
    assert [line.position for line in progress.make_next] == [6]
    assert not progress.is_complete


def test_what_the_plan_leaves_open_fits_whatever_it_is() -> None:
    job = config_of_job({"prompt_positive": "a beach", "vae": "x.pt", "steps": 20, "seed": 3})
    assert fit(GenerationConfig(prompt="A beach", seed=3), job).is_exact
    assert fit(GenerationConfig(vae="y"), job).differs == ("vae x instead of y",)
    assert fit(GenerationConfig(checkpoint="coast"), job).unknown == ("checkpoint",)
