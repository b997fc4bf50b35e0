"""Lint, format and strict types hold, so that the test command of the README checks all there is to check."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    "tool",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        # A name that Windows lacks is found here, though no Windows is.
        pytest.param(("mypy", "--platform", "win32"), marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_the_code_passes(tool: tuple[str, ...]) -> None:
    assert importlib.util.find_spec(tool[0]), f"{tool[0]} is missing: pip install -e '.[test]'"
    done = subprocess.run(
        [sys.executable, "-m", *tool],
        cwd=ROOT,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"
