"""Steps as rows of a table, and a plan with its steps as one JSON document."""

from collections.abc import Sequence
from typing import Any

import orjson

from learning_core.plans.learning_plan import LearningPlan, LearningRunStep
from learning_core.plans.values import value_text
from learning_core.recipes.infotext import lora_tags

Row = dict[str, Any]

COLUMNS = (
    "plan_id", "step_id", "position", "variant", "focus", "value", "stages", "prompt", "negative_prompt", "seed",
    "checkpoint", "vae", "loras", "clip_skip", "width", "height", "input_image", "sampler", "scheduler", "steps",
    "cfg_scale", "denoising_strength",
)  # fmt: skip


def step_row(plan: LearningPlan, step: LearningRunStep) -> Row:
    """Return the columns of one step; sampler to denoising_strength are those of its first stage."""
    config = step.config_for_step
    main = config.stage(step.stage_sequence[0])
    row = {
        "plan_id": plan.plan_id,
        "step_id": step.step_id,
        "position": step.position,
        "variant": step.variant_index,
        "focus": plan.focus_parameter,
        "value": value_text(plan.variant_values[step.variant_index]),
        "stages": list(step.stage_sequence),
        "loras": lora_tags(config),
    }
    settings = {**config.model_dump(exclude={"loras", "stages"}), **main.model_dump()}
    return {name: row.get(name, settings.get(name)) for name in COLUMNS}


def plan_document(plan: LearningPlan, steps: Sequence[LearningRunStep]) -> bytes:
    """Return the plan and all its steps as JSON in UTF-8."""
    document = {"plan": plan.model_dump(mode="json"), "steps": [step.model_dump(mode="json") for step in steps]}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
