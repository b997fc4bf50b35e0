"""What is said of a job after it finished: ratings, selections, tags, notes, feedback, undo.

Each is an event of its own that refers to the job, and optionally to one of its images. Nothing is rewritten:
a later event supersedes an earlier one of the same kind from the same place in the log, and undo is an event.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from learning_core.limits import JOB_ID_CHARACTERS, NOTE_CHARACTERS, TAG_CHARACTERS
from learning_core.model.quantities import Time, Whole

Tag = Annotated[StrictStr, Field(min_length=1, max_length=TAG_CHARACTERS)]
Identifier = Annotated[StrictStr, Field(min_length=1, max_length=JOB_ID_CHARACTERS)]
ScoreSource = Literal["human", "blended", "soft", "machine"]


class Judgement(BaseModel):
    """Base of the events.

    `event_id` is unique and makes a retry harmless. `job_id` names the job as its own log line does; the job may
    arrive later. `image_index` (from 0) picks one of the job's images, absent means the job as a whole.
    `recorded_at` is epoch seconds. `source` says which program or file the event came from.
    """

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    schema_version: Literal[1] = 1
    event_id: Identifier
    job_id: Identifier
    image_index: Whole | None = Field(default=None, ge=0)
    recorded_at: Time | None = None
    source: StrictStr | None = None
    rater: StrictStr | None = None
    origin: StrictStr | None = None

    def content(self) -> dict[str, Any]:
        """Return what is known as a JSON object: absent fields left out, unknown ones kept."""
        return self.model_dump(mode="json", exclude_none=True)


class Rating(Judgement):
    """Stars from 1 to 5 as given.

    `score_source` is `human` for a person's own stars; anything else is kept and shown but is never evidence.
    `derived_value` is what the producer blended from stars and subscores; `subscores` are 1 to 5.
    """

    kind: Literal["rating"] = "rating"
    value: StrictInt = Field(ge=1, le=5)
    score_source: ScoreSource = "human"
    derived_value: float | None = None
    subscores: dict[str, Whole] | None = None
    context_flags: dict[str, bool] | None = None
    rating_schema_version: Whole | None = None


class Selection(Judgement):
    """A person picked the image, or threw it away."""

    kind: Literal["selection"] = "selection"
    verdict: Literal["selected", "rejected"]


class Tagging(Judgement):
    """Tags put on and taken off."""

    kind: Literal["tags"] = "tags"
    tags: list[Tag] = []
    removed: list[Tag] = []


class Note(Judgement):
    """Free text of a person; an empty text clears the note."""

    kind: Literal["note"] = "note"
    text: StrictStr = Field(max_length=NOTE_CHARACTERS)


class Feedback(Judgement):
    """What was wrong or right, with a category and who said so."""

    kind: Literal["feedback"] = "feedback"
    text: StrictStr = Field(max_length=NOTE_CHARACTERS)
    category: StrictStr | None = None
    feedback_source: Literal["user", "automated", "user_manual"] = "user"


class ValidationScore(Judgement):
    """A machine's score, 0 to `scale_maximum`; never mixed with ratings."""

    kind: Literal["validation"] = "validation"
    score: float | None = None
    scale_maximum: float = 100.0
    passed: StrictBool | None = None
    validator: StrictStr | None = None
    issues: list[StrictStr] = []


class CurationDecision(Judgement):
    """A step of a staged curation: a decision with a soft score, not a rating."""

    kind: Literal["curation"] = "curation"
    decision: StrictStr
    soft_score: float | None = None
    evidence_class: Literal["controlled", "observational"] = "observational"
    lineage_depth: Whole | None = None
    stage: StrictStr | None = None
    reasons: list[Tag] = []


class Undo(Judgement):
    """Takes one earlier event of the same job back."""

    kind: Literal["undo"] = "undo"
    undone_event_id: Identifier


class Withdrawal(Judgement):
    """The producer took the job out of its own file (`withdrawn`), or put it back."""

    kind: Literal["withdrawal"] = "withdrawal"
    withdrawn: StrictBool


PlanAction = Literal["proposed", "started", "stopped", "concluded"]


class PlanEvent(Judgement):
    """Something that happened to a learning plan, which stands where other events have their job: `job_id` is its id.

    `plan` is the plan's document as it was filed, `actor` who did it, `result_id` what a conclusion came to.
    """

    kind: Literal["plan"] = "plan"
    action: PlanAction
    actor: Literal["person", "model", "import"] = "person"
    plan: dict[str, Any] | None = None
    result_id: StrictStr | None = None


AnyJudgement = (
    Rating | Selection | Tagging | Note | Feedback | ValidationScore | CurationDecision | Undo | Withdrawal | PlanEvent
)
JUDGEMENTS: dict[str, type[AnyJudgement]] = {
    "rating": Rating,
    "selection": Selection,
    "tags": Tagging,
    "note": Note,
    "feedback": Feedback,
    "validation": ValidationScore,
    "curation": CurationDecision,
    "undo": Undo,
    "withdrawal": Withdrawal,
    "plan": PlanEvent,
}
