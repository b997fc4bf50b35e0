"""`whatworks plan run`, `export` and `import` as people run them, against servers on this computer."""

import io
import json
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_image_servers import OUT_OF_MEMORY, FakeA1111, FakeComfyUI, serving
from msgspec import Struct
from plan_factory import make_plan

from learning_core.library import Library
from learning_core.plans.attribution import attribute
from learning_core.plans.filing import file_plan, filed_plan
from learning_core.plans.folder import PlanFolder
from learning_core.plans.learning_plan import LearningPlan
from server.cli.ending import run_to_its_end
from server.cli.main import whatworks

LONG = 60.0


class Ended(Struct, frozen=True):
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Here(Struct):
    """The command in this process, as starting one takes longer than what it does; `of` is where its things lie."""

    of: Any
    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    @property
    def home(self) -> Path:
        return Path(self.of.home)

    @property
    def library(self) -> Path:
        return Path(self.of.library)

    def run(self, *arguments: str, **changes: str) -> Ended:
        with self.patch.context() as patch:
            for name, value in {**self.of.environment(), **changes}.items():
                patch.setenv(name, value)
            patch.chdir(self.home)
            patch.setattr(sys, "stdin", io.StringIO())
            code = run_to_its_end(whatworks, list(arguments))
        told = self.capture.readouterr()
        return Ended(code, told.out, told.err)


@pytest.fixture
def here(empty: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    return Here(empty, monkeypatch, capsys)


@pytest.fixture
def comfyui() -> Iterator[FakeComfyUI]:
    with serving(FakeComfyUI()) as server:
        yield server


def filed(command: Any) -> LearningPlan:
    plan = make_plan()
    file_plan(library_of(command), plan, now=1.0, event_id="filed")
    return plan


def library_of(command: Any) -> Library:
    return Library(command.library, command.home / "cache of the test")


def images(command: Any, plan: LearningPlan) -> int:
    found = library_of(command).ask(lambda snapshot: attribute(snapshot, plan)).images
    assert all(len(each) == 1 for each in found.values())
    return len(found)


def test_a_plan_runs_with_one_command_on_either_server(here: Here, comfyui: FakeComfyUI) -> None:
    plan = filed(here)
    ended = here.run("plan", "run", plan.plan_id[:10], "--comfyui", comfyui.url, "--yes")
    assert ended.code == 0, ended
    assert "4 images made, 0 were there" in ended.out
    assert images(here, plan) == 4
    library = library_of(here)
    status = library.ask(lambda snapshot: filed_plan(snapshot, PlanFolder(library.root), plan.plan_id)).status
    assert status == "started"
    again = here.run("plan", "run", plan.plan_id, "--comfyui", comfyui.url, "--yes", "--json")
    assert again.json() == {"plan_id": plan.plan_id, "steps": 4, "made": [], "were_there": 4}
    with serving(FakeA1111()) as a1111:
        ended = here.run("plan", "run", plan.plan_id, "--a1111", a1111.url, "--yes", "--resume")
        assert (ended.code, a1111.made) == (0, 0)


def test_a_fault_ends_with_a_sentence_and_the_way_to_go_on(here: Here, comfyui: FakeComfyUI) -> None:
    plan = filed(here)
    comfyui.failing[2] = OUT_OF_MEMORY
    ended = here.run("plan", "run", plan.plan_id, "--comfyui", comfyui.url, "--yes")
    assert ended.code == 1
    assert "ran out of memory at image 3" in ended.err
    assert f"2 of 4 images are there. To go on: whatworks plan run {plan.plan_id} --comfyui {comfyui.url} --resume" in (
        ended.err
    )
    assert "Traceback" not in ended.err
    refused = here.run("plan", "run", plan.plan_id, "--comfyui", comfyui.url, "--yes")
    assert refused.code == 2
    assert "2 of 4 images are there already; --resume makes the other 2" in refused.err
    ended = here.run("plan", "run", plan.plan_id, "--comfyui", comfyui.url, "--yes", "--resume")
    assert "2 images made, 2 were there" in ended.out
    assert images(here, plan) == 4
    assert len(comfyui.posted("/prompt")) == 5


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one child")
def test_ctrl_c_stops_cleanly_and_nothing_is_made_twice(empty: Any, comfyui: FakeComfyUI) -> None:
    plan = filed(empty)
    comfyui.held_from = 2
    process = empty.start("plan", "run", plan.plan_id, "--comfyui", comfyui.url, "--yes")
    wait_until(lambda: len(comfyui.posted("/prompt")) == 3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=LONG)
    assert process.returncode == 130
    assert "2 of 4 images are there. To go on:" in err
    assert "Traceback" not in err
    assert comfyui.queue == {}
    assert len(comfyui.posted("/interrupt")) == 1
    comfyui.held_from = None
    ended = empty.run("plan", "run", plan.plan_id, "--comfyui", comfyui.url, "--yes", "--resume")
    assert "2 images made, 2 were there" in ended.out
    assert images(empty, plan) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_run_goes_on_with_the_step_that_the_server_has(empty: Any, comfyui: FakeComfyUI) -> None:
    plan = filed(empty)
    comfyui.held_from, comfyui.looks = 1, 2
    process = empty.start("plan", "run", plan.plan_id, "--comfyui", comfyui.url, "--yes")
    wait_until(lambda: len(comfyui.posted("/prompt")) == 2)
    process.kill()
    process.communicate(timeout=LONG)
    comfyui.held_from = None
    ended = empty.run("plan", "run", plan.plan_id, "--comfyui", comfyui.url, "--yes", "--resume")
    assert ended.code == 0, ended
    assert images(empty, plan) == 4
    assert len(comfyui.posted("/prompt")) == 4


def wait_until(met: Any) -> None:
    end = time.monotonic() + LONG
    while not met():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_nothing_starts_unasked_and_nothing_leaves_this_computer_unasked(here: Here, comfyui: FakeComfyUI) -> None:
    plan = filed(here)
    for words, code, said in (
        (["--comfyui", comfyui.url], 2, "Make 4 images on ComfyUI at 127.0.0.1"),
        (["--comfyui", "http://192.0.2.7:8188", "--yes"], 1, "another computer"),
        (["--comfyui", "ftp://127.0.0.1", "--yes"], 1, "looks like http://127.0.0.1:8188"),
        (["--comfyui", comfyui.url, "--a1111", comfyui.url], 2, "one server"),
        ([], 2, "one server"),
    ):
        ended = here.run("plan", "run", plan.plan_id, *words)
        assert ended.code == code, ended
        assert said in ended.err.replace("http://127.0.0.1:", "127.0.0.1:") or said in ended.err
    assert comfyui.posted("/prompt") == []
    assert images(here, plan) == 0


def test_a_library_that_learns_nothing_runs_nothing(here: Here, comfyui: FakeComfyUI) -> None:
    plan = filed(here)
    assert here.run("plan", "mode", "off").code == 0
    ended = here.run("plan", "run", plan.plan_id, "--comfyui", comfyui.url, "--yes")
    assert (ended.code, comfyui.asked) == (1, [])
    assert "learning is off" in ended.err


def test_a_name_and_password_are_sent_and_never_shown(here: Here, comfyui: FakeComfyUI) -> None:
    plan = filed(here)
    comfyui.faults["/prompt"] = (500, {"error": "no"})
    url = comfyui.url.replace("://", "://ada:s3cret@")
    ended = here.run("plan", "run", plan.plan_id, "--comfyui", url, "--yes")
    assert ended.code == 1
    assert "s3cret" not in ended.err + ended.out
    assert comfyui.headers[0]["Authorization"].startswith("Basic ")


def test_jobs_run_anywhere_and_their_results_count_once(here: Here, comfyui: FakeComfyUI) -> None:
    plan = filed(here)
    assert here.run("plan", "export", plan.plan_id, "jobs", "--jobs").code == 0
    jobs = sorted((here.home / "jobs").iterdir())
    for number, job in enumerate(jobs):
        node = {"WHATWORKS_LIBRARY": str(here.home / f"node {number % 2}"), "WHATWORKS_CACHE": str(here.home / "c")}
        ended = here.run("plan", "run", f"jobs/{job.name}", "--comfyui", comfyui.url, "--yes", **node)
        assert ended.code == 0, ended
    assert images(here, plan) == 0
    shutil.copytree(here.home / "node 0" / "plans", here.home / "copied pictures")
    by_log = here.run("import", *(f"node {number}/log/whatworks.jsonl" for number in (0, 1)), "--json")
    assert by_log.json()["new"] == 4
    assert images(here, plan) == 4
    by_image = here.run("import", "copied pictures", "--json")
    assert (by_image.json()["new"], by_image.json()["already_known"]) == (0, 2)
    assert images(here, plan) == 4


def test_a_workflow_of_one_s_own_is_used(here: Here, comfyui: FakeComfyUI) -> None:
    from plan_factory import BASE

    from learning_core.plans.steps import steps_of
    from learning_core.recipes.comfyui import step_graph

    plan = make_plan(BASE.model_copy(update={"loras": ()}))
    file_plan(library_of(here), plan, now=1.0, event_id="filed")
    graph = step_graph(steps_of(plan)[0])
    graph["1"]["inputs"]["ckpt_name"] = "SDXL/coast.safetensors"
    graph["77"] = {"class_type": "Note", "inputs": {"text": "mine"}}
    (here.home / "mine.json").write_text(json.dumps(graph), encoding="utf-8")
    ended = here.run("plan", "run", plan.plan_id, "--comfyui", comfyui.url, "--workflow", "mine.json", "--yes")
    assert ended.code == 0, ended
    assert all("77" in body["prompt"] for body in comfyui.posted("/prompt"))
    assert images(here, plan) == 4


@pytest.mark.parametrize("form", ["a1111", "prompts", "comfyui", "comfyui-workflow", "stablenew", "csv", "json"])
def test_a_plan_is_exported_in_every_form(here: Here, form: str) -> None:
    plan = filed(here)
    ended = here.run("plan", "export", plan.plan_id, "out", "--format", form, "--json")
    assert ended.code == 0, ended
    assert (ended.json()["images"], (here.home / "out").exists()) == (4, True)
    refused = here.run("plan", "export", plan.plan_id, "out", "--format", form)
    assert (refused.code, "exists already" in refused.err) == (1, True)


def test_a_file_goes_to_the_standard_output_and_a_folder_does_not(here: Here) -> None:
    plan = filed(here)
    assert json.loads(here.run("plan", "export", plan.plan_id, "-").out)["plan"]["plan_id"] == plan.plan_id
    assert here.run("plan", "export", plan.plan_id, "-", "--jobs").code == 1
    assert "There is no plan" in here.run("plan", "export", "plan-none", "-").err.replace("No plan", "There is no plan")


def test_an_experiment_of_stablenew_is_taken_over_once(here: Here) -> None:
    plan = filed(here)
    assert here.run("plan", "export", plan.plan_id, "sn", "--format", "stablenew").code == 0
    folder = next(path.name for path in sorted((here.home / "sn").iterdir()) if path.is_dir())
    first = here.run("plan", "import", f"sn/{folder}", "--json").json()
    assert (first["new"], first["images"]) == (True, 2)
    assert here.run("plan", "import", f"sn/{folder}/session.json", "--json").json()["new"] is False


def test_folders_named_in_any_script_work(here: Here, comfyui: FakeComfyUI) -> None:
    plan = filed(here)
    folder = Path("Bilder größer 海")
    ended = here.run("plan", "export", plan.plan_id, str(folder / "jobs"), "--jobs")
    assert ended.code == 0, ended
    ended = here.run("plan", "run", str(folder / "jobs" / "job-001.json"), "--comfyui", comfyui.url, "--yes")
    assert ended.code == 0, ended
    assert images(here, plan) == 1
