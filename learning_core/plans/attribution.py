"""Which images belong to which steps of a plan: by the ids in them, else by settings and seed exactly, no guesses."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
from msgspec import Struct, field

from learning_core.index.columns import Column
from learning_core.index.judged import standing
from learning_core.index.snapshot import Record, Snapshot
from learning_core.model.generation import Experiment
from learning_core.model.job import JobRecord
from learning_core.plans.generation_config import GenerationConfig
from learning_core.plans.job_config import config_of_job, fit, known_settings, plain_prompt
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep
from learning_core.plans.steps import steps_of
from learning_core.plans.values import value_text
from learning_core.text.names import same_name
from learning_core.text.wording import listed

How = Literal["embedded", "exact"]


class StepImage(Struct, frozen=True):
    """An image of a step: its record, how it was told, and what was said of it.

    `rated` images of the record have `stars` in sum; `seconds` is the runtime, None when unknown; `file` is where its
    first image was written, empty when unknown.
    """

    ref: str
    how: How
    config: GenerationConfig
    rated: int
    stars: int
    tags: tuple[str, ...]
    seconds: float | None
    file: str


class NotTaken(Struct, frozen=True):
    """An image that looks as if it belonged to a plan, and why it is not counted."""

    ref: str
    reason: str
    step: LearningRunStep | None = None


class Attribution(Struct, frozen=True):
    """The images of each step of a plan that has any, by step id; those not taken, by reference."""

    steps: list[LearningRunStep]
    images: dict[str, list[StepImage]] = field(default_factory=dict)
    not_taken: list[NotTaken] = field(default_factory=list)

    def outputs(self) -> list[LearningRunStep]:
        """Return the steps with the references of their images."""
        return [
            step.model_copy(update={"outputs": tuple(image.ref for image in self.images.get(step.step_id, ()))})
            for step in self.steps
        ]


class PlanSteps:
    """The steps of some plans, found by id, or by prompt and seed."""

    def __init__(self, plans: Iterable[LearningPlan]) -> None:
        self._plans = {plan.plan_id: plan for plan in plans}
        self.steps = {plan_id: steps_of(plan) for plan_id, plan in self._plans.items()}
        self._by_id = {step.step_id: step for steps in self.steps.values() for step in steps}
        self._by_seed: dict[tuple[str, int], list[LearningRunStep]] = {}
        for step in self._by_id.values():
            key = _key(step.config_for_step)
            if key is not None:
                self._by_seed.setdefault(key, []).append(step)

    def find(self, job: Mapping[str, Any]) -> tuple[LearningRunStep, How] | NotTaken | None:
        """Return the step that a job made, or why it is none, or None for a job that has nothing to do with plans.

        Ids in the image come first, and the image must not contradict its step. Without ids all that the plan sets
        must be stated in the image, as planned, by one step only.
        """
        made = config_of_job(job)
        if job.get("plan_id") is not None:
            return self._named(job, made)
        found = [(step, fit(step.config_for_step, made)) for step in self._by_seed.get(_key(made) or ("", -1), ())]
        exact = [step for step, how in found if how.is_exact]
        if len(exact) == 1:
            return exact[0], "exact"
        if exact:
            return NotTaken("", f"its settings and seed fit {len(exact)} steps alike")
        near = [(step, how) for step, how in found if not how.differs]
        if len(near) == 1:
            step, how = near[0]
            return NotTaken("", f"it may be step {step.position}, but does not state {listed(how.unknown)}", step)
        return None

    def _named(self, job: Mapping[str, Any], made: GenerationConfig) -> tuple[LearningRunStep, How] | NotTaken | None:
        if job["plan_id"] not in self._plans:
            return None
        step = self._by_id.get(str(job.get("step_id")))
        if step is None or step.plan_id != job["plan_id"]:
            return NotTaken("", "it names a step that the plan does not have")
        differs = fit(step.config_for_step, made).differs
        if differs:
            return NotTaken("", f"it says that it is step {step.position}, but was made with {listed(differs)}", step)
        return step, "embedded"

    def stamped(self, job: JobRecord) -> tuple[JobRecord, str]:
        """Return a job that comes in with the plan, step and experiment that it belongs to, and a remark or nothing."""
        found = self.find(job.model_dump(mode="json")) if self._plans else None
        if found is None:
            return job, ""
        if isinstance(found, NotTaken):
            return job, f"not taken for a step of a plan: {found.reason}"
        step, how = found
        plan = self._plans[step.plan_id]
        update = {"plan_id": plan.plan_id, "step_id": step.step_id, "experiment": experiment_of(plan, step)}
        remark = "" if how == "embedded" else f"taken for step {step.position} of {plan.plan_id} by settings and seed"
        return job.model_copy(update=update), remark


def experiment_of(plan: LearningPlan, step: LearningRunStep) -> Experiment:
    """Return what a step's job says of the experiment that it belongs to."""
    value = plan.variant_values[step.variant_index]
    evidence: Literal["controlled", "unproven", "preference"] = "controlled"
    if plan.design == "screen":
        evidence = "unproven"
    elif plan.foci[0].parameter.is_model:
        evidence = "preference"
    return Experiment(
        experiment_id=plan.plan_id,
        focus_parameter="+".join(focus.parameter.name for focus in plan.foci),
        focus_value=float(value) if isinstance(value, int | float) else value_text(value),
        evidence=evidence,
    )


def attribute(snapshot: Snapshot, plan: LearningPlan) -> Attribution:
    """Return which standing records of the library belong to which steps of a plan."""
    table = PlanSteps([plan])
    images: dict[str, list[StepImage]] = {}
    not_taken: list[NotTaken] = []
    for record in snapshot.records(_candidates(snapshot, plan)):
        found = table.find(record.job)
        if isinstance(found, NotTaken):
            not_taken.append(NotTaken(record.reference, found.reason, found.step))
        elif found is not None:
            images.setdefault(found[0].step_id, []).append(_image(record, found[1]))
    for taken in images.values():
        taken.sort(key=lambda image: image.ref)
    not_taken.sort(key=lambda each: (each.ref, each.reason))
    return Attribution(table.steps[plan.plan_id], images, not_taken)


def uncontrolled(images: Iterable[StepImage], focus_names: Iterable[str]) -> list[str]:
    """Return the settings besides the varied ones in which images of one block are known to differ, by name."""
    varied = set(focus_names)
    seen: dict[str, set[str]] = {}
    for image in images:
        for name, value in known_settings(image.config).items():
            seen.setdefault(name, set()).add(same_name(str(value)))
    return sorted(name for name, values in seen.items() if len(values) > 1 and name not in varied)


def _candidates(snapshot: Snapshot, plan: LearningPlan) -> Column:
    """Return the rows that may belong to a plan: those with one of its seeds, and those that name it."""
    seeds = np.array(plan.seeds, np.uint64) + np.uint64(1)
    wanted = np.isin(snapshot.column("seed"), seeds)
    name = same_name(plan.plan_id)
    numbers = [number for number, key in snapshot.same_keys("experiment").items() if key == name]
    if numbers:
        wanted |= np.isin(snapshot.column("experiment"), numbers)
    return np.flatnonzero(wanted & snapshot.standing_jobs())


def _key(config: GenerationConfig) -> tuple[str, int] | None:
    if config.prompt is None or config.seed is None:
        return None
    return same_name(plain_prompt(config.prompt)), config.seed


def _image(record: Record, how: How) -> StepImage:
    said = standing(record.said)
    return StepImage(
        ref=record.reference,
        how=how,
        config=config_of_job(record.job),
        rated=len(said.stars),
        stars=sum(said.stars),
        tags=tuple(sorted(said.tags)),
        seconds=record.job.get("total_runtime_sec") or None,
        file=next(iter(record.job.get("output_paths") or ()), ""),
    )
