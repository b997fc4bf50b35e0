"""Plans whose every image is made and rated: what comes of them is known beforehand."""

from collections.abc import Sequence
from typing import Any

from drafted_library import MODEL
from library_factory import START, make_job, rating

from learning_core.library import Library
from learning_core.plans.filing import file_plan
from learning_core.plans.generation_config import GenerationConfig, StageSettings
from learning_core.plans.learning_plan import LearningPlan, new_plan
from learning_core.plans.steps import steps_of

BASE = GenerationConfig(
    checkpoint=MODEL, width=832, height=1216,
    stages={"txt2img": StageSettings(sampler="Euler a", scheduler="Karras", steps=25, cfg_scale=6.5)},
)  # fmt: skip


def plan_of(focus: str, values: Sequence[Any], base: GenerationConfig = BASE, prompts: int = 12) -> LearningPlan:
    """Return a plan of one setting over beach prompts."""
    texts = [f"beach, plan {number}" for number in range(prompts)]
    return new_plan(focus_parameter=focus, base_config=base, variant_values=tuple(values), prompts=texts, seeds=(7,))


def finish(
    library: Library, plan: LearningPlan, stars: Sequence[int | str], seconds: Sequence[float] = (10.0, 10.0)
) -> LearningPlan:
    """File a plan, and log an image of each step with stars and runtime of its variant.

    Stars are one number for all prompts, or a digit for each.
    """
    file_plan(library, plan, now=START, event_id=f"filed {plan.plan_id}")
    events: list[Any] = []
    for step in steps_of(plan):
        config = step.config_for_step
        stage = config.stage("txt2img")
        job = make_job(
            5000 + step.position, prompt_positive=config.prompt, prompt_negative=None, model=config.checkpoint,
            sampler=stage.sampler, scheduler=stage.scheduler, steps=stage.steps, cfg_scale=stage.cfg_scale,
            width=config.width, height=config.height, seed=step.seed, plan_id=plan.plan_id, step_id=step.step_id,
            total_runtime_sec=seconds[step.variant_index], loras=[each.model_dump() for each in config.loras] or None,
            experiment={
                "experiment_id": plan.plan_id, "focus_parameter": plan.foci[0].parameter.name,
                "focus_value": str(plan.variant_values[step.variant_index]), "evidence": "controlled",
            },
        )  # fmt: skip
        digits = str(stars[step.variant_index])
        events += [job, rating(job, int(digits[step.prompt_index % len(digits)]))]
    library.append(events, durable=False)
    return plan
