"""Every example in a help text works as written, given the files it speaks of."""

import importlib
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from server.cli.main import VERBS

SAMPLES = Path(__file__).resolve().parents[3] / "server" / "demo" / "samples"


def _examples() -> list[Any]:
    """Return all examples; the demo's are slow ones, as its own tests run it just so."""
    found: list[Any] = []
    for verb, module in VERBS.items():
        epilog = importlib.import_module(module).command.epilog
        lines = [line.strip() for line in epilog.splitlines() if "whatworks" in line]
        # A server over HTTP runs until it is stopped; its own tests run it.
        ending = [line for line in lines if "--http" not in line]
        found += [pytest.param(line, marks=[pytest.mark.slow] if verb == "demo" else []) for line in ending]
    return found


@pytest.mark.parametrize("example", _examples())
def test_the_example_runs(example: str, filled: Any) -> None:
    for folder in (filled.home / "sd" / "outputs", filled.home / "outputs"):
        shutil.copytree(SAMPLES / "a1111", folder)
    shutil.copy(SAMPLES / "stablenew" / "learning_records.jsonl", filled.home)
    (filled.home / "private.txt").write_text("secret\ntag:private\n", encoding="utf-8")
    if "import library.tar.gz" in example:
        assert filled.run("export", "library.tar.gz").code == 0
    words = shlex.split(example.replace("rec:0123456789abcdef", filled.first_ref()))
    if words[0] != "whatworks":
        # A line for another program that starts ours after `--`.
        words = words[words.index("--") + 1 :]
    ended = filled.run(*words[1:])
    assert ended.code == 0, ended
    assert ended.out or "serve" in words
