"""The mark by which an image says which step of which plan it is: the text chunk `learning_plan`."""

from collections.abc import Mapping
from typing import Any

from learning_core.plans.learning_plan import LearningPlan, LearningRunStep
from learning_core.plans.values import value_text

KEYWORD = "learning_plan"


def plan_chunk(plan: LearningPlan, step: LearningRunStep) -> dict[str, str]:
    """Return what the chunk of one step's image says: plan, step, what is varied, and its value here."""
    return {
        "plan_id": plan.plan_id,
        "step_id": step.step_id,
        "focus": plan.focus_parameter,
        "value": value_text(plan.variant_values[step.variant_index]),
    }


def workflow_chunk(plan: LearningPlan, saving: Mapping[str, str]) -> dict[str, Any]:
    """Return what the chunk says in images of one workflow for all steps: the step of each saving node."""
    return {"plan_id": plan.plan_id, "focus": plan.focus_parameter, "steps": dict(saving)}
