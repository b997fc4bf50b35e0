"""A filed plan stands in the folder and in the log; what happened to it is told by events."""

import shutil
from pathlib import Path

import pytest
from library_factory import make_job, make_library, rating

from learning_core.errors import PlanRefused, UnknownPlan
from learning_core.library import Library
from learning_core.model.judgement import Undo
from learning_core.plans.filing import Filed, file_plan, filed_plan, filed_plans, note_action
from learning_core.plans.folder import PlanFolder
from learning_core.plans.generation_config import GenerationConfig
from learning_core.plans.learning_plan import LearningPlan, PlanMetadata, new_plan


def plan(seed: int = 1) -> LearningPlan:
    return new_plan(
        focus_parameter="txt2img.steps", base_config=GenerationConfig(), variant_values=(20, 30), prompts=("beach",),
        seeds=(seed,), metadata=PlanMetadata(created_by="model", created_at=float(seed)),
    )  # fmt: skip


def found(library: Library, plan_id: str) -> Filed:
    return library.ask(lambda snapshot: filed_plan(snapshot, PlanFolder(library.root), plan_id))


def test_a_plan_is_filed_once_and_its_status_follows_the_log(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    made = plan()
    assert file_plan(library, made, now=5.0, event_id="e1")
    assert not file_plan(library, made, now=6.0, event_id="e2")
    assert found(library, made.plan_id) == Filed(made, "proposed")
    note_action(library, made, "started", now=7.0, event_id="e3")
    assert found(library, made.plan_id[:9]).status == "started"
    library.append([Undo(event_id="e4", job_id=made.plan_id, undone_event_id="e3")], durable=False)
    assert found(library, made.plan_id).status == "proposed"
    assert sum(b'"kind":"plan"' in line for line in library.own_log.read_bytes().splitlines()) == 2


def test_a_plan_whose_folder_is_gone_is_read_from_the_log(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    for seed in (2, 1):
        file_plan(library, plan(seed), now=5.0, event_id=f"e{seed}")
    shutil.rmtree(library.root / "plans")
    filed, problems = library.ask(lambda snapshot: filed_plans(snapshot, PlanFolder(library.root)))
    assert [each.plan for each in filed] == [plan(1), plan(2)]
    assert problems == []
    assert found(library, plan(2).plan_id).plan == plan(2)


def test_an_id_that_fits_none_or_several_plans_is_refused(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    for seed in (1, 2):
        file_plan(library, plan(seed), now=5.0, event_id=f"e{seed}")
    with pytest.raises(PlanRefused, match="write more"):
        found(library, "plan-")
    for unknown in ("", "plan-xyz"):
        with pytest.raises(UnknownPlan):
            found(library, unknown)


def test_events_of_plans_do_not_wait_for_a_job(tmp_path: Path) -> None:
    library = make_library(tmp_path, [rating(make_job(1), 4)])
    file_plan(library, plan(), now=5.0, event_id="e1")
    with library.snapshot() as snapshot:
        assert snapshot.events_without_job() == 1
        assert len(snapshot.keys_without_job()) == 1
        assert snapshot.inspection.refusal_count() == 0
