"""The whole ways of an experiment and of a draft: an assistant asks and proposes, a person runs, rates and decides."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from concluded_plan import finish, plan_of
from decisions import sidecar
from drafted_library import MODEL, drafted_library
from fake_image_servers import FakeComfyUI, serving
from library_factory import make_job, make_library, rating
from mcp import Client
from mcp_client import environment_of, facts_of, process_of
from person_at_terminal import PersonAtTerminal

from learning_core.library import Library
from learning_core.plans.attribution import attribute
from learning_core.plans.folder import PlanFolder
from learning_core.plans.steps import steps_of
from learning_core.profiles.collection import collect
from learning_core.profiles.profile import ModelProfile
from learning_core.profiles.suggest import SuggestedPreset, suggest_preset_for

ROOT = Path(__file__).resolve().parents[3]

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


def environment(library: Library) -> dict[str, str]:
    return {**environment_of(library), "PYTHONPATH": str(ROOT), "WHATWORKS_CACHE": str(library.cache)}


def whatworks(library: Library, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "server", *words], cwd=library.root.parent, env=environment(library),
        capture_output=True, encoding="utf-8", check=True, timeout=120,
    )  # fmt: skip
    return done.stdout


def beach(number: int) -> list[Any]:
    job = make_job(
        number, prompt_positive=f"beach, take {number}", model="harbour_mix", sampler="Euler a", scheduler="Karras",
        steps=28, cfg_scale=6.5, prompt_negative="blurry", loras=None, vae=None,
    )  # fmt: skip
    return [job, rating(job, 2 + number % 3)]


async def test_a_plan_goes_from_a_proposal_through_mcp_to_a_conclusion_through_mcp(tmp_path: Path) -> None:
    library = make_library(tmp_path, [event for number in range(8) for event in beach(number)])
    asked = {"subject": "beach", "parameter": "steps", "prompts": 6}
    async with Client(process_of(library)) as client:
        proposed = facts_of(await client.call_tool("propose_learning_plan", asked))
    plan_id = proposed["plan_id"]
    whatworks(library, "plan", "start", plan_id)
    whatworks(library, "plan", "export", plan_id, "jobs", "--jobs")
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    with serving(FakeComfyUI()) as comfyui:
        for path in sorted((tmp_path / "jobs").iterdir()):
            answer = httpx2.post(f"{comfyui.url}/prompt", json=json.loads(path.read_bytes())["comfyui"])
            name = answer.raise_for_status().json()["prompt_id"]
            httpx2.get(f"{comfyui.url}/history/{name}").raise_for_status()
        for number, content in enumerate(comfyui.files.values()):
            (pictures / f"{number:02}.png").write_bytes(content)
    assert f"{proposed['images']} new" in whatworks(library, "import", "pictures")
    plan = PlanFolder(library.root).read(plan_id)
    found = library.ask(lambda snapshot: attribute(snapshot, plan))
    best = len(plan.variant_values) - 1
    for step in steps_of(plan):
        (image,) = found.images[step.step_id]
        whatworks(library, "rate", image.ref, "--stars", "5" if step.variant_index == best else "2")
    async with Client(process_of(library)) as client:
        told = facts_of(await client.call_tool("analyze_learning_plan", {"plan": proposed["ref"]}))
    assert (told["state"]["verdict"], told["state"]["best_value"]) == ("difference", str(plan.variant_values[best]))
    assert (told["plans"][0]["status"], told["plans"][0]["rated"]) == ("started", plan.size)


def suggested(library: Library) -> SuggestedPreset | None:
    (found,) = collect([sidecar(library).parent]).sidecars
    assert isinstance(found.profile, ModelProfile)
    return suggest_preset_for(found.profile, [])


def decide(library: Library, *words: str, answer: str = "") -> None:
    person = PersonAtTerminal(*words, folder=library.root.parent, environment=environment(library))
    if answer:
        person.answer("or quit? ", answer)
    person.wait_for("characters of the seal: ")
    person.type(person.seal_end())
    assert person.code() == 0, person.shown


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals of POSIX")
@pytest.mark.parametrize("from_plan", [False, True], ids=["what leads", "what a plan concluded"])
async def test_a_draft_goes_from_an_answer_through_mcp_to_the_suggested_preset_and_back(
    from_plan: bool,
    tmp_path: Path,
) -> None:
    library = drafted_library(tmp_path)
    wanted: dict[str, Any] = {"target": MODEL, "reason": "beach images", "subject": "beach"}
    if from_plan:
        plan = finish(library, plan_of("cfg_scale", (5.0, 8.0)), (5, 2))
        wanted = {"target": MODEL, "reason": "the plan", "evidence": [plan.plan_id]}
    before, old = sidecar(library).read_bytes(), suggested(library)
    async with Client(process_of(library)) as client:
        answer = facts_of(await client.call_tool("what_works", {"subject": [["beach"]], "by": "sampler"}))
        assert answer["parameters"][0]["ranked"][0]["setting"] == "DPM++ 2M"
        made = facts_of(await client.call_tool("draft_preset_update", wanted))
    assert made["items"][0]["status"] == "pending"
    assert sidecar(library).read_bytes() == before
    decide(library, "review", answer="approve")
    new = suggested(library)
    assert old is not None and new is not None
    assert (old.sampler, old.cfg) == ("Euler a", 6.5)
    assert (new.sampler, new.cfg) == (("Euler a", 5.0) if from_plan else ("DPM++ 2M", 6.5))
    decide(library, "undo")
    assert (sidecar(library).read_bytes(), suggested(library)) == (before, old)
    whatworks(library, "doctor")
