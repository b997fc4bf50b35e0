"""One plan in a list, and where a plan can stand."""

from typing import Literal

from learning_core.answers.answer import Answer

Status = Literal["proposed", "started", "stopped", "concluded"]


class PlanLine(Answer):
    """One plan in a list."""

    plan_id: str
    status: Status
    design: str
    focus_parameter: str
    values: list[str]
    subject: str
    created_by: str
    created_at: str | None
    why: str
    steps: int
    with_image: int
    rated: int
