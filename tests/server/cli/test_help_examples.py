"""Every example in a help text works as written, given the files it speaks of."""

import importlib
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from learning_core.profiles.configured import add_model_folder
from server.cli import plan
from server.cli.main import VERBS

README = Path(__file__).resolve().parents[3] / "README.md"
SAMPLES = Path(__file__).resolve().parents[3] / "server" / "demo" / "samples"


def _examples() -> list[Any]:
    """Return all examples that the README's tests do not run; the demo's are slow, as its own tests run it just so."""
    readme = README.read_text(encoding="utf-8").splitlines()
    found: list[Any] = []
    for verb, module in [*VERBS.items(), *plan.VERBS.items()]:
        epilog = importlib.import_module(module).command.epilog
        lines = [line.strip() for line in epilog.splitlines() if "whatworks" in line]
        # A server over HTTP runs until it is stopped; its own tests run it.
        lines = [line for line in lines if line not in readme and "--http" not in line]
        found += [pytest.param(line, marks=[pytest.mark.slow] if verb == "demo" else []) for line in lines]
    return found


@pytest.mark.parametrize("example", _examples())
def test_the_example_runs(example: str, filled: Any) -> None:
    for folder in (filled.home / "sd" / "outputs", filled.home / "outputs"):
        shutil.copytree(SAMPLES / "a1111", folder)
    shutil.copy(SAMPLES / "stablenew" / "learning_records.jsonl", filled.home)
    (filled.home / "private.txt").write_text("secret\ntag:private\n", encoding="utf-8")
    if "import library.tar.gz" in example:
        assert filled.run("export", "library.tar.gz").code == 0
    if "draft" in example:
        (filled.home / "coastlineXL_v3.safetensors").touch()
        add_model_folder(filled.library, filled.home)
    if "PLAN" in example:
        assert filled.run("plan", "propose", "beach").code == 0
    example = example.replace("PLAN", "plan-")
    words = shlex.split(example.replace("rec:0123456789abcdef", filled.first_ref()))
    if words[0] != "whatworks":
        # A line for another program that starts ours after `--`.
        words = words[words.index("--") + 1 :]
    ended = filled.run(*words[1:])
    assert ended.code == 0, ended
    assert ended.out or "serve" in words
