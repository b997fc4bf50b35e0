"""The README says what is true: its commands run, its transcripts are what is printed, its example works."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import preloaded_command
import pytest
from concluded_plan import finish, plan_of
from fake_image_servers import FakeComfyUI, serving
from plan_factory import make_plan
from preloaded_command import Request
from sidecar_factory import lora_content, write_sidecar

from learning_core.answers.records import search_records
from learning_core.library import locate
from learning_core.plans.filing import file_plan
from learning_core.profiles.configured import add_model_folder, model_folders
from learning_core.profiles.fields import check_new
from learning_core.recipes.stablenew import encoded, workspaces
from server.cli.main import VERBS
from server.demo.tour import copy_samples

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def transcript(command: str) -> str:
    found = re.search(rf"<!-- transcript: {re.escape(command)} -->\n```\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found.group(1)


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "WHATWORKS_LIBRARY": str(folder / "library"),
        "WHATWORKS_CACHE": str(folder / "cache"),
    }


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    done = preloaded_command.run(Request(words, folder, environment(folder)), 120)
    return subprocess.CompletedProcess(words, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


@pytest.fixture(scope="module")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    copy_samples(folder / "pictures")
    assert run(folder, "import", "pictures").returncode == 0
    write_sidecar(folder / "models", profile_example())
    write_sidecar(folder / "models", lora_content("film"))
    add_model_folder(folder / "library", folder / "models")
    assert run(folder, "plan", "propose", "beach").returncode == 0
    return folder


@pytest.fixture
def demo_folder(filled_once: Path, tmp_path: Path) -> Path:
    return shutil.copytree(filled_once, tmp_path / "filled")


def test_the_transcript_of_ask_is_what_it_prints(demo_folder: Path) -> None:
    assert run(demo_folder, "ask", "beach").stdout == transcript("whatworks ask beach")


def test_the_transcript_of_the_demo_is_what_it_prints(tmp_path: Path) -> None:
    assert run(tmp_path, "demo").stdout == transcript("whatworks demo")


def profile_example() -> dict[str, Any]:
    """Return the profile that the README shows."""
    blocks = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    (found,) = [content for content in map(json.loads, blocks) if "kind" in content]
    return dict(found)


def filled_models(folder: Path) -> Path:
    """Return the folder of models that the library names, which lies where it was first filled."""
    (models,) = model_folders(folder / "library")
    return models


def test_the_profile_of_the_readme_is_one() -> None:
    assert check_new("model_profile", profile_example()) == []


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("whatworks")]
    return [*lines, "whatworks import PATH --report report.json"]


def test_every_command_but_serve_stands_in_the_readme_with_an_example() -> None:
    assert {shlex.split(line)[1] for line in commands()} | {"serve", "demo"} == set(VERBS)
    assert "whatworks serve" in README


@pytest.mark.parametrize("line", commands())
def test_each_command_of_the_readme_runs(demo_folder: Path, line: str) -> None:
    folder = demo_folder
    library = locate(folder / "library", environment=environment(folder), data_folder=folder, cache_folder=folder)
    with library.snapshot() as snapshot:
        ref = search_records(snapshot, sort="best", limit=1).items[0].ref
    plan = next((folder / "library" / "plans").iterdir()).name
    known = {"PATH": "pictures", "REF": ref, "PLAN": plan, "FOLDER": str(filled_models(folder))}
    with serving(FakeComfyUI()) as comfyui:
        if any(line.startswith(f"whatworks plan {verb}") for verb in ("run", "export", "import")):
            known |= {"PLAN": make_plan().plan_id, "WORKSPACE": "workspace", "http://127.0.0.1:8188": comfyui.url}
            file_plan(library, make_plan(), now=1.0, event_id="filed")
            (session,) = (each for each in workspaces(make_plan(prompts=("beach",))))
            (folder / "workspace").mkdir()
            (folder / "workspace" / "session.json").write_bytes(encoded(session.session))
        if "--plan" in line:
            known["PLAN"] = finish(library, plan_of("cfg_scale", (5.0, 8.0)), (5, 2)).plan_id
        ended = run(folder, *(known.get(word, word) for word in shlex.split(line)[1:]))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout


def test_the_python_example_logs_one_job(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    subprocess.run([sys.executable, "-c", example], cwd=tmp_path, env=environment(tmp_path), check=True, timeout=60)
    ended = run(tmp_path, "--library", "my-library", "records")
    assert "coastlineXL_v3" in ended.stdout
    assert "film@0.6" in ended.stdout


def test_every_document_that_the_readme_links_to_is_there() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / link).is_file(), link
