"""Telling of plans: which there are, how far one is, and what its ratings support."""

from learning_core.errors import UnknownPlan
from learning_core.index.snapshot import Snapshot
from learning_core.plans.analysis import OpenStep, PlanAnalysis, PlanEntry, PlanState
from learning_core.plans.attribution import attribute
from learning_core.plans.conclude import conclude
from learning_core.plans.conclusion import LearningRunResult
from learning_core.plans.filing import Filed, filed_plan
from learning_core.plans.folder import PlanFolder
from learning_core.plans.learning_plan import PREFIX
from learning_core.plans.overview import plan_line, plan_lines
from learning_core.plans.plan_line import PlanLine
from learning_core.plans.progress import Progress, StepLine, progress_of
from learning_core.plans.reference import SCHEME, reference_of
from learning_core.plans.values import value_text
from learning_core.text.wording import count


def referenced_plan(snapshot: Snapshot, folder: PlanFolder, written: str) -> Filed:
    """Return a plan by its reference, its id, or the beginning of one; raises as `filed_plan`."""
    name = written.strip().removeprefix(SCHEME)
    if not written.strip().startswith(SCHEME):
        return filed_plan(snapshot, folder, name)
    for plan_id in (PREFIX + name, name):
        try:
            return filed_plan(snapshot, folder, plan_id)
        except UnknownPlan:
            continue
    raise UnknownPlan(written)


def plan_overview(snapshot: Snapshot, folder: PlanFolder) -> PlanAnalysis:
    """Return all plans, the newest first, each with how far it is."""
    lines, problems = plan_lines(snapshot, folder)
    entries = [_entry(line) for line in reversed(lines)]
    notes = []
    if problems:
        notes.append(f"{count(len(problems), 'document')} cannot be used; `whatworks plan list` says why.")
    settled = sum(line.status == "concluded" for line in lines)
    return PlanAnalysis(
        summary=f"{count(len(entries), 'learning plan')}, {settled} of them concluded.",
        plans=entries,
        shown=len(entries),
        total=len(entries),
        state=None,
        notes=notes,
        next="analyze_learning_plan with the ref of one." if entries else "propose_learning_plan proposes one.",
    )


def analyze_plan(snapshot: Snapshot, folder: PlanFolder, reference: str) -> PlanAnalysis:
    """Return how far one plan is and what its ratings support; nothing is kept. Raises as `filed_plan`."""
    filed = referenced_plan(snapshot, folder, reference)
    found = attribute(snapshot, filed.plan)
    progress, result = progress_of(filed.plan, found), conclude(snapshot, filed.plan)
    return PlanAnalysis(
        summary=f"{reference_of(filed.plan.plan_id)} is {filed.status}. {result.summary}",
        plans=[_entry(plan_line(snapshot, filed))],
        shown=1,
        total=1,
        state=_state(progress, result),
        notes=list(result.notes),
        next=_next(filed, progress, result),
    )


def _entry(line: PlanLine) -> PlanEntry:
    return PlanEntry(ref=reference_of(line.plan_id), **line.model_dump())


def _state(progress: Progress, result: LearningRunResult) -> PlanState:
    return PlanState(
        verdict=result.verdict,
        sentence=result.summary,
        strength=result.strength,
        tier=result.tier,
        automation_eligible=result.automation_eligible,
        stop=result.stop,
        stop_reason=result.stop_reason,
        best_value=None if result.best_value is None else value_text(result.best_value),
        equal_values=[value_text(value) for value in result.equal_values],
        blocks=progress.blocks,
        blocks_rated=progress.blocks_rated,
        lack_image=progress.steps - progress.with_image,
        lack_rating=progress.with_image - progress.rated,
        rate_next=[_step(line) for line in progress.rate_next],
        make_next=[_step(line) for line in progress.make_next],
        values=list(result.values),
        comparisons=list(result.comparisons),
        missing=list(result.missing),
        not_taken=progress.not_taken,
    )


def _step(line: StepLine) -> OpenStep:
    return OpenStep(position=line.position, step_id=line.step_id, seed=line.seed, record=line.ref)


def _next(filed: Filed, progress: Progress, result: LearningRunResult) -> str:
    """Return the next step, which is always a person's while the plan is not settled."""
    plan_id = filed.plan.plan_id
    if result.stop:
        return f"whatworks plan conclude {plan_id} keeps the result; a person does that."
    if progress.rate_next:
        return f"whatworks plan next {plan_id} tells the person what to rate, blind."
    if filed.status == "proposed":
        return f"whatworks plan start {plan_id} starts it; only a person does."
    return f"whatworks plan next {plan_id} tells the person which image to make."
