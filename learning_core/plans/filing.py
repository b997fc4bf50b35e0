"""Filing plans: the document in the library's folder, and what happened to it in the log."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from pydantic import ValidationError

from learning_core.errors import PlanConflict, PlanRefused, UnknownPlan
from learning_core.index.snapshot import Snapshot, Told
from learning_core.library import Library
from learning_core.log.events import event_line
from learning_core.model.judgement import PlanAction, PlanEvent
from learning_core.plans.conclusion import LearningRunResult
from learning_core.plans.folder import PlanFolder, PlanProblem, write_once
from learning_core.plans.learning_plan import Author, LearningPlan
from learning_core.plans.plan_line import Status


class Filed(Struct, frozen=True):
    """A plan as the library knows it, and what happened to it last."""

    plan: LearningPlan
    status: Status


def file_plan(library: Library, plan: LearningPlan, *, now: float, event_id: str) -> bool:
    """File a plan as proposed and return whether it is new; a known one is left as it is.

    Raises PlanConflict, TargetRefused, LogError (the document is there then, and filing again adds the event).
    """
    event = _event(plan, "proposed", plan.metadata.created_by, now, event_id, document=True)
    line = event_line(event)
    new = PlanFolder(library.root).write(plan)
    if new or not library.ask(Snapshot.plan_events).get(plan.plan_id):
        library.append_lines([line], durable=True)
    return new


def note_action(
    library: Library,
    plan: LearningPlan,
    action: PlanAction,
    *,
    now: float,
    event_id: str,
    actor: Author = "person",
    result_id: str | None = None,
) -> None:
    """Log that a plan was started, stopped or concluded; `now` is epoch seconds. Raises LogError."""
    library.append([_event(plan, action, actor, now, event_id, result_id=result_id)], durable=True)


def _event(
    plan: LearningPlan,
    action: PlanAction,
    actor: Author,
    now: float,
    event_id: str,
    *,
    document: bool = False,
    result_id: str | None = None,
) -> PlanEvent:
    return PlanEvent(
        event_id=event_id,
        job_id=plan.plan_id,
        recorded_at=now,
        action=action,
        actor=actor,
        plan=plan.model_dump(mode="json") if document else None,
        result_id=result_id,
    )


def filed_plans(snapshot: Snapshot, folder: PlanFolder) -> tuple[list[Filed], list[PlanProblem]]:
    """Return all plans, oldest first, equal times by id, and what of them cannot be used.

    A plan whose document is missing from the folder is read from the log, which holds it as it was filed.
    """
    events = snapshot.plan_events()
    plans, problems = folder.plans()
    present = {plan.plan_id for plan in plans} | {problem.path.parent.name for problem in problems}
    for plan_id in sorted(events.keys() - present):
        plan = _logged(events[plan_id])
        if plan is not None:
            plans.append(plan)
    for plan in plans:
        logged = _logged(events.get(plan.plan_id, []))
        if logged is not None and logged.design_hash != plan.design_hash:
            conflict = PlanConflict(plan.plan_id, logged.focus_parameter, plan.focus_parameter)
            problems.append(PlanProblem(folder.folder(plan.plan_id), str(conflict)))
    plans.sort(key=lambda plan: (plan.metadata.created_at, plan.plan_id))
    return [Filed(plan, _status(events.get(plan.plan_id, []))) for plan in plans], problems


def filed_plan(snapshot: Snapshot, folder: PlanFolder, plan_id: str) -> Filed:
    """Return one plan, by its id or the only one that begins so; raises UnknownPlan, PlanConflict or PlanRefused."""
    events = snapshot.plan_events()
    known = sorted({each.name for each in folder.root.glob("*/plan.json")} | events.keys())
    near = [each for each in known if each == plan_id] or [each for each in known if each.startswith(plan_id)]
    if not plan_id or len(near) != 1:
        if len(near) > 1 and plan_id:
            raise PlanRefused(f"{plan_id!r} may be {', '.join(near[:5])}; write more of the id")
        raise UnknownPlan(plan_id)
    said = events.get(near[0], [])
    try:
        plan = folder.read(near[0])
    except UnknownPlan:
        logged = _logged(said)
        if logged is None:
            raise
        plan = logged
    return Filed(plan, _status(said))


def _logged(events: list[Told]) -> LearningPlan | None:
    """Return the first document in the log that can be used: a later one under the same id never replaces it."""
    for each in events:
        document: Mapping[str, Any] | None = each.content.get("plan")
        if each.content["kind"] == "plan" and document is not None:
            try:
                return LearningPlan.model_validate(document)
            except ValidationError:
                continue
    return None


def _status(events: list[Told]) -> Status:
    standing = (each.content for each in events if each.content["kind"] == "plan" and not each.undone)
    actions: list[Status] = [content["action"] for content in standing]
    return actions[-1] if actions else "proposed"


def keep_result(
    library: Library, plan: LearningPlan, result: LearningRunResult, *, now: float, event_id: str
) -> Path | None:
    """Keep a result beside its plan and log that the plan concluded, once the rule is met; None for one kept before.

    Raises TargetRefused, LogError.
    """
    path = PlanFolder(library.root).folder(plan.plan_id) / f"{result.result_id}.json"
    if path.exists():
        return None
    write_once(path, result)
    if result.stop:
        note_action(library, plan, "concluded", now=now, event_id=event_id, result_id=result.result_id)
    return path
