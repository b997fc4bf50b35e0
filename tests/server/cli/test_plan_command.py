"""`whatworks plan`, from a proposal or a plan of one's own to its conclusion."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from library_factory import make_job, make_library, rating

from learning_core.library import Library, locate
from learning_core.plans.folder import PlanFolder
from learning_core.plans.steps import steps_of
from server.cli.ending import run_to_its_end
from server.cli.main import whatworks


class Command:
    """Runs the command in this process, in a library of its own."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.library = make_library(folder)
        self._capture = capture

    def run(self, *words: str) -> tuple[int, str, str]:
        code = run_to_its_end(whatworks, ["--library", str(self.library.root), "plan", *words])
        captured = self._capture.readouterr()
        return code, captured.out, captured.err

    def json(self, *words: str) -> Any:
        code, out, err = self.run(*words, "--json")
        assert code == 0, err
        return json.loads(out)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("WHATWORKS_CACHE", str(tmp_path / "cache"))
    return Command(tmp_path, capsys)


NEW = ("new", "--vary", "steps", "--values", "20..30", "--step", "10", "--set", "checkpoint=coast")


def made(library: Library, plan_id: str) -> list[Any]:
    """Return what a person made of a plan: 30 steps look better."""
    events: list[Any] = []
    for number, step in enumerate(steps_of(PlanFolder(library.root).read(plan_id))):
        steps = step.config_for_step.stage("txt2img").steps
        job = make_job(
            number, prompt_positive=step.config_for_step.prompt, seed=step.seed, model="coast", steps=steps,
            sampler="Euler a", scheduler="Karras", cfg_scale=6.5,
        )  # fmt: skip
        events += [job, rating(job, 2 + 2 * (steps == 30) + number % 4 // 2)]
    return events


def test_a_plan_goes_from_its_making_to_its_conclusion(command: Command) -> None:
    prompts = [word for number in range(6) for word in ("--prompt", f"scene {number}")]
    plan = command.json(*NEW, *prompts, "--why", "are more steps better?")
    plan_id = plan["plan_id"]
    assert (plan["variant_values"], len(plan["prompts"]), plan["images_per_variant"]) == ([20, 30], 6, 1)
    code, out, _ = command.run("list")
    assert (code, "proposed" in out, "0 of 12" in out) == (0, True, True)
    assert command.run("start", plan_id)[1] == f"Saved: {plan_id} started.\n"
    code, out, _ = command.run("next", plan_id)
    assert "Make next:" in out
    assert "20" not in out.replace(plan_id, "").split("seed")[0].partition("Make next:")[2]
    early = command.json("conclude", plan_id)
    assert early["verdict"] == "insufficient"
    command.library.append(made(command.library, plan_id), durable=False)
    code, out, _ = command.run("show", plan_id, "--values")
    assert (code, "started" in out, out.count("rated")) == (0, True, 13)
    code, out, _ = command.run("conclude", plan_id)
    assert code == 0
    assert "txt2img.steps 30 makes the difference" in out
    assert command.json("conclude", plan_id) == command.json("conclude", plan_id)
    assert command.json("list")[0]["status"] == "concluded"
    results = sorted(path.name for path in PlanFolder(command.library.root).folder(plan_id).glob("result-*.json"))
    assert len(results) == 2


def test_a_plan_that_can_never_conclude_says_so_when_it_is_made(command: Command) -> None:
    prompts = [word for number in range(6) for word in ("--prompt", f"scene {number}")]
    assert "can never conclude" in " ".join(command.run(*NEW, *prompts[:10])[1].split())
    assert "Note:" not in command.run(*NEW, *prompts)[1]
    one = command.run("new", "--vary", "steps", "--values", "20", *prompts)[1]
    assert "tries one value" in " ".join(one.split())


def test_what_is_wrong_is_said_in_a_sentence(command: Command) -> None:
    for words, said in (
        ((*NEW[:4], "30..20", *NEW[5:], "--prompt", "x"), "runs backwards"),
        (("new", "--vary", "mood", "--values", "1", "--prompt", "x"), "no parameter"),
        (("show", "plan-none"), "plan list"),
        (("propose", "beach"), "plan new"),
        (("conclude", "../x"), "No plan"),
    ):
        code, _, err = command.run(*words)
        assert (code, said in err, "Traceback" in err) == (1, True, False), err
    code, _, err = command.run("new", "--vary", "steps")
    assert (code, "--values and --prompt" in err) == (2, True)


def test_a_damaged_plan_is_listed_as_such_and_costs_only_itself(command: Command) -> None:
    plan_id = command.json(*NEW, "--prompt", "x")["plan_id"]
    other = command.json(*NEW, "--prompt", "y")["plan_id"]
    path = PlanFolder(command.library.root).folder(plan_id) / "plan.json"
    path.write_text(path.read_text("utf-8").replace('"x"', '"z"'), "utf-8")
    code, out, err = command.run("list")
    assert (code, other in out, plan_id in err) == (1, True, True)


def test_where_learning_is_off_nothing_is_started(command: Command) -> None:
    plan_id = command.json(*NEW, "--prompt", "x")["plan_id"]
    assert command.json("mode", "off") == {"mode": "off", "prompt_packs": {}}
    code, _, err = command.run("start", plan_id)
    assert (code, "plan mode" in err) == (1, True)
    command.run("mode", "active")
    assert command.run("start", plan_id)[0] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_what_is_missing_is_asked_for(tmp_path: Path) -> None:
    import pty

    library = make_library(tmp_path)
    ours, theirs = pty.openpty()
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "--library", str(library.root), "plan", "new", "--json"],
        stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root), "WHATWORKS_CACHE": str(tmp_path / "cache")},
    )  # fmt: skip
    os.write(ours, b"lora\nfilm\n0.3..0.9\n0.3\na beach\na harbour\n\n")
    out, err = process.communicate(timeout=120)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, err
    plan = json.loads(out)
    assert [value["weight"] for value in plan["variant_values"]] == [0.3, 0.6, 0.9]
    assert plan["prompts"] == ["a beach", "a harbour"]
    known = locate(library.root, environment={}, data_folder=tmp_path, cache_folder=tmp_path)
    assert PlanFolder(known.root).read(plan["plan_id"]).foci[0].parameter.name == "lora"
