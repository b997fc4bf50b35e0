"""The folder of plans in a library: each document written once, never changed, read with a reason where it fails."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from msgspec import Struct
from pydantic import ValidationError

from learning_core.errors import PlanConflict, PlanRefused, TargetRefused, UnknownPlan
from learning_core.new_file import new_file
from learning_core.plans.learning_plan import ID_PATTERN, PREFIX, Document, LearningPlan

DOCUMENT = "plan.json"
LARGEST_DOCUMENT = 16 * 1024 * 1024

Kind = TypeVar("Kind", bound=Document)


class PlanProblem(Struct, frozen=True):
    """A document that cannot be used as it stands, and why."""

    path: Path
    reason: str


class PlanFolder:
    """`<library>/plans/<plan_id>/plan.json`, and beside it what else belongs to the plan."""

    def __init__(self, library_root: Path) -> None:
        self.root = library_root / "plans"

    def folder(self, plan_id: str) -> Path:
        """Return the folder of a plan, which need not exist; raises UnknownPlan for what can be no id."""
        if not re.fullmatch(ID_PATTERN, plan_id):
            raise UnknownPlan(plan_id)
        return self.root / plan_id

    def write(self, plan: LearningPlan) -> bool:
        """Write a plan and return whether it is new; the one that is there already keeps its metadata.

        Raises PlanConflict when the id has another design, TargetRefused when the system refuses.
        """
        path = self.folder(plan.plan_id) / DOCUMENT
        if path.exists():
            known = self.read(plan.plan_id)
            if known.design_hash != plan.design_hash:
                raise PlanConflict(plan.plan_id, known.focus_parameter, plan.focus_parameter)
            return False
        write_once(path, plan)
        return True

    def read(self, plan_id: str) -> LearningPlan:
        """Return a plan; raises UnknownPlan, or PlanConflict for one whose content was changed under its id."""
        path = self.folder(plan_id) / DOCUMENT
        if not path.is_file():
            raise UnknownPlan(plan_id)
        plan = read_document(path, LearningPlan)
        if plan.plan_id != plan_id:
            raise PlanRefused(f"{path} holds the plan {plan.plan_id}")
        if plan_id.startswith(PREFIX) and plan_id != PREFIX + plan.design_hash:
            raise PlanConflict(plan_id, "what the id was made from", plan.focus_parameter)
        return plan

    def plans(self) -> tuple[list[LearningPlan], list[PlanProblem]]:
        """Return the plans, oldest first, equal times by id, and the documents that cannot be used."""
        plans: list[LearningPlan] = []
        problems: list[PlanProblem] = []
        for path in self._documents():
            try:
                plans.append(self.read(path.parent.name))
            except (PlanRefused, PlanConflict) as error:
                problems.append(PlanProblem(path, str(error)))
        return sorted(plans, key=lambda plan: (plan.metadata.created_at, plan.plan_id)), problems

    def _documents(self) -> Iterator[Path]:
        if self.root.is_dir():
            for folder in sorted(self.root.iterdir()):
                if re.fullmatch(ID_PATTERN, folder.name) and (folder / DOCUMENT).is_file():
                    yield folder / DOCUMENT


def write_once(path: Path, document: Document) -> None:
    """Write a document whole, or not at all, and never over another; raises TargetRefused."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise TargetRefused(path, error.strerror or str(error)) from error
    with new_file(path) as file:
        file.write(document.encoded())


def read_document(path: Path, kind: type[Kind]) -> Kind:
    """Return the document in a file; raises PlanRefused with file, field and reason."""
    try:
        if path.stat().st_size > LARGEST_DOCUMENT:
            raise PlanRefused(f"{path} is larger than {LARGEST_DOCUMENT // 1024 // 1024} MB")
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise PlanRefused(f"{path} cannot be read: {error.strerror or error}") from error
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, problem["loc"])) or "the document"
        raise PlanRefused(f"{path}: {where}: {problem['msg']}") from error
