"""The shapes of what is told of plans: which there are, how far one is, and what its ratings support."""

from pydantic import Field

from learning_core.answers.answer import Answer, Strength, Tier
from learning_core.plans.conclusion import ValueComparison, ValueOutcome, Verdict
from learning_core.plans.plan_line import PlanLine


class PlanEntry(PlanLine):
    """One plan; subject, reason and values are stored text."""

    ref: str


class OpenStep(Answer):
    """A step that lacks something. Its value is not told: rating is blind."""

    position: int
    step_id: str
    seed: str
    record: str = Field(description="Its record, for get_item; empty without an image.")


class PlanState(Answer):
    """How far a plan is, and what its ratings support."""

    verdict: Verdict
    sentence: str
    strength: Strength
    tier: Tier
    automation_eligible: bool = Field(description="Whether a draft may be prepared from it; a person approves.")
    stop: bool = Field(description="Whether more ratings would leave the verdict as it is.")
    stop_reason: str
    best_value: str | None = Field(description="The value to take; null while nothing is settled.")
    equal_values: list[str] = Field(description="Practically the same as it.")
    blocks: int = Field(description="Prompts with seed, each with every value.")
    blocks_rated: int = Field(description="Of these, rated whole: only these are compared.")
    lack_image: int = Field(description="Steps without an image.")
    lack_rating: int = Field(description="Steps with an image and no rating.")
    rate_next: list[OpenStep]
    make_next: list[OpenStep]
    values: list[ValueOutcome] = Field(description="Figures of each value over whole blocks.")
    comparisons: list[ValueComparison] = Field(description="The leader against each other value, in stars.")
    missing: list[str] = Field(description="What keeps blocks out of the comparison.")
    not_taken: list[str] = Field(description="Records that name the plan and do not fit it.")


class PlanAnalysis(Answer):
    """The plans of the library, or one of them with its state."""

    summary: str
    plans: list[PlanEntry] = Field(description="The newest first; the one that was asked for, alone.")
    shown: int
    total: int
    state: PlanState | None = Field(description="Of the one that was asked for.")
    notes: list[str]
    next: str
