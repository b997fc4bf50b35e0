"""Self-contained jobs, one a step: all that a computer needs that has neither this library nor the other steps."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from learning_core.errors import NotExpressible, PlanRefused
from learning_core.plans.learning_plan import PREFIX, Document, LearningPlan, LearningRunStep
from learning_core.plans.steps import steps_of
from learning_core.recipes import a1111, comfyui
from learning_core.recipes.inventory import Inventory


class StepJob(Document):
    """One step to run anywhere: its plan, which step, and the requests for the servers that can make it.

    The requests name models as the plan does, as it is not known which server it will be; `whatworks plan run` on the
    job's file puts in the names that the server has.
    """

    kind: Literal["learning_plan_job"] = "learning_plan_job"
    schema_version: Literal[1] = 1
    plan: LearningPlan
    step_id: Annotated[str, Field(min_length=1, max_length=100)]
    comfyui: dict[str, Any] | None = None
    a1111: dict[str, Any] | None = None

    @property
    def step(self) -> LearningRunStep:
        """The step; raises PlanRefused when the plan does not have it."""
        found = [step for step in steps_of(self.plan) if step.step_id == self.step_id]
        if not found:
            raise PlanRefused(f"step_id: the plan {self.plan.plan_id} has no step {self.step_id}")
        return found[0]


def step_job(plan: LearningPlan, step: LearningRunStep) -> StepJob:
    """Return the job of one step; a server that has no words for it is left out.

    Raises NotExpressible when none has.
    """
    requests: dict[str, Any] = {}
    reasons: list[NotExpressible] = []
    for name, make in (("comfyui", _comfyui), ("a1111", _a1111)):
        try:
            requests[name] = make(plan, step)
        except NotExpressible as error:
            reasons.append(error)
    if not requests:
        raise reasons[0]
    return StepJob(plan=plan, step_id=step.step_id, **requests)


def read_job(content: bytes, name: str) -> StepJob:
    """Return the job in a file; raises PlanRefused with the file, the field and what is wrong."""
    try:
        job = StepJob.model_validate_json(content)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, problem["loc"])) or "the document"
        raise PlanRefused(f"{name}: {where}: {problem['msg']}") from error
    if job.plan.plan_id != PREFIX + job.plan.design_hash:
        raise PlanRefused(f"{name}: plan.plan_id: the plan was changed under its id")
    return job


def _comfyui(plan: LearningPlan, step: LearningRunStep) -> dict[str, Any]:
    return comfyui.request(plan, step, comfyui.step_graph(step))


def _a1111(plan: LearningPlan, step: LearningRunStep) -> dict[str, Any]:
    if plan.base_config.input_image is not None:
        raise NotExpressible(a1111.PLACE, "the input image travels inside the request; run the job's file instead")
    return {"path": a1111.request_path(step), "body": a1111.request(step, Inventory("A1111", {}))}
