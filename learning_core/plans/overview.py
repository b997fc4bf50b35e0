"""All plans of a library in a list, each with how far it is."""

from learning_core.index.snapshot import Snapshot
from learning_core.plans.attribution import attribute
from learning_core.plans.filing import Filed, filed_plans
from learning_core.plans.folder import PlanFolder, PlanProblem
from learning_core.plans.plan_line import PlanLine
from learning_core.plans.progress import progress_of
from learning_core.plans.values import value_text
from learning_core.text.wording import moment


def plan_lines(snapshot: Snapshot, folder: PlanFolder) -> tuple[list[PlanLine], list[PlanProblem]]:
    """Return the plans, the oldest first, equal times by id, and the documents that cannot be used."""
    filed, problems = filed_plans(snapshot, folder)
    return [plan_line(snapshot, each) for each in filed], problems


def plan_line(snapshot: Snapshot, filed: Filed) -> PlanLine:
    """Return one plan with how far it is."""
    plan = filed.plan
    found = progress_of(plan, attribute(snapshot, plan))
    return PlanLine(
        plan_id=plan.plan_id,
        status=filed.status,
        design=plan.design,
        focus_parameter=plan.focus_parameter,
        values=[value_text(value) for value in plan.variant_values],
        subject=plan.metadata.subject,
        created_by=plan.metadata.created_by,
        created_at=moment(plan.metadata.created_at),
        why=plan.metadata.why,
        steps=found.steps,
        with_image=found.with_image,
        rated=found.rated,
    )
