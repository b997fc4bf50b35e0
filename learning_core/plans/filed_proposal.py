"""What is told of a proposal once it is filed: the plan in short, why it, and what else could be tried."""

from pydantic import Field

from learning_core.answers.answer import Answer
from learning_core.plans.plan_line import Status
from learning_core.plans.proposal import Alternative, Proposal, ValueBelief
from learning_core.plans.reference import reference_of
from learning_core.plans.values import value_text


class FiledProposal(Answer):
    """A plan that is filed as a proposal; nothing was started."""

    summary: str
    ref: str
    plan_id: str
    status: Status
    is_new: bool = Field(description="False where the same plan was filed before.")
    design: str
    focus_parameter: str
    values: list[str]
    images: int
    prompts: int
    gain: float = Field(description="Stars by which the best known value is expected to rise.")
    detectable: float = Field(description="Difference in stars that the plan finds with 80 % power.")
    minutes: float | None = Field(description="To make the images, by past runtimes; null when none are known.")
    observed: int = Field(description="Judged images behind the belief, made for no plan.")
    in_plans: int = Field(description="Rated images of plans behind it.")
    beliefs: list[ValueBelief]
    reasons: list[str]
    alternatives: list[Alternative]
    notes: list[str]
    next: str


def filed_proposal(found: Proposal, status: Status, *, is_new: bool) -> FiledProposal:
    """Return what is told of a proposal; prompts and fixed settings stay in the plan's document."""
    plan = found.plan
    known = {name: getattr(found, name) for name in Proposal.model_fields if name in FiledProposal.model_fields}
    return FiledProposal(
        ref=reference_of(plan.plan_id),
        plan_id=plan.plan_id,
        status=status,
        is_new=is_new,
        design=plan.design,
        focus_parameter=plan.focus_parameter,
        values=[value_text(value) for value in plan.variant_values],
        **known,
    )
