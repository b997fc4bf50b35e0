"""Plans through a real client: proposed only, concluded after a person's ratings, and never more than that."""

from pathlib import Path
from typing import Any

import pytest
from library_factory import make_job, make_library, rated_jobs, rating
from mcp import Client
from mcp_client import connect, facts_of, process_of, text_of
from plan_factory import make_plan

from learning_core.library import Library
from learning_core.plans.filing import file_plan, filed_plan
from learning_core.plans.folder import PlanFolder
from learning_core.plans.steps import steps_of
from server.mcp.hiding import HIDDEN, HideList

pytestmark = pytest.mark.anyio


def made(library: Library, plan_id: str) -> list[Any]:
    """Return what a person made of a plan over steps, and rated: more steps look better."""
    plan = PlanFolder(library.root).read(plan_id)
    best = len(plan.variant_values) - 1
    events: list[Any] = []
    for number, step in enumerate(steps_of(plan)):
        config = step.config_for_step
        own = config.stage("txt2img")
        job = make_job(
            5_000 + number, prompt_positive=config.prompt, seed=step.seed, model=config.checkpoint, steps=own.steps,
            sampler=own.sampler, scheduler=own.scheduler, cfg_scale=own.cfg_scale,
        )  # fmt: skip
        events += [job, rating(job, 2 + 2 * (step.variant_index == best) + number % 4 // 2)]
    return events


async def test_a_plan_is_filed_as_a_proposal_and_concluded_after_ratings_over_real_pipes(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs())
    async with Client(process_of(library)) as client:
        first = facts_of(await client.call_tool("propose_learning_plan", {"parameter": "steps"}))
        assert (first["status"], first["is_new"]) == ("proposed", True)
        again = facts_of(await client.call_tool("propose_learning_plan", {"parameter": "steps"}))
        assert (again["ref"], again["is_new"]) == (first["ref"], False)
    (event,) = library.ask(lambda snapshot: snapshot.plan_events()[first["plan_id"]])
    assert (event.content["action"], event.content["actor"]) == ("proposed", "model")


async def test_what_ratings_support_is_told_by_reference_and_by_id(tmp_path: Path, era: str) -> None:
    library = make_library(tmp_path)
    from learning_core.plans.generation_config import GenerationConfig, StageSettings

    base = GenerationConfig(
        checkpoint="coast", stages={"txt2img": StageSettings(sampler="Euler a", scheduler="Karras", cfg_scale=6.5)}
    )
    plan = make_plan(base, prompts=tuple(f"secretword scene {number}" for number in range(6)))
    file_plan(library, plan, now=1.0, event_id="e1")
    ref = plan.plan_id.replace("plan-", "plan:")
    async with connect(library, era) as client:
        early = facts_of(await client.call_tool("analyze_learning_plan", {"plan": ref}))
        assert (early["state"]["verdict"], early["state"]["lack_image"]) == ("insufficient", 12)
        assert "plan start" in early["next"]
        library.append(made(library, plan.plan_id), durable=False)
        result = await client.call_tool("analyze_learning_plan", {"plan": plan.plan_id})
        listed = facts_of(await client.call_tool("analyze_learning_plan", {}))
    found = facts_of(result)
    assert found == facts_of(result)
    assert found["state"]["verdict"] == "difference"
    assert found["state"]["best_value"] == "30"
    assert found["plans"][0]["ref"] == ref
    assert "secretword" not in text_of(result)
    assert (listed["total"], listed["plans"][0]["rated"]) == (1, 12)
    assert library.ask(lambda snapshot: filed_plan(snapshot, PlanFolder(library.root), plan.plan_id)).status == (
        "proposed"
    )


async def test_what_is_no_plan_is_a_sentence(rated_library: Library) -> None:
    async with connect(rated_library) as client:
        for arguments in ({"plan": "plan:0123456789abcdef"}, {"plan": "../../etc"}, {"plan": "plan:"}):
            result = await client.call_tool("analyze_learning_plan", arguments)
            assert result.is_error
            assert "No plan" in text_of(result)
        refused = await client.call_tool("propose_learning_plan", {"parameter": "colour"})
        assert refused.is_error
        assert "there is no parameter" in text_of(refused)


async def test_hidden_words_are_masked_in_plans(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs())
    hide_list = HideList(all_prompts=True, words=("beach",))
    async with connect(library, hide_list=hide_list) as client:
        result = await client.call_tool("propose_learning_plan", {"subject": "beach", "parameter": "steps"})
        said = text_of(result)
        listed = text_of(await client.call_tool("analyze_learning_plan", {}))
    assert not result.is_error
    assert "beach" not in said + listed
    assert HIDDEN not in said
