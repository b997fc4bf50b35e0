"""Removes one guard at a time in a copy of the repository and shows which test notices.

    python -m tests.mutations            all guards
    python -m tests.mutations heal fsync those whose name holds one of the words

Exits with 1 when a guard is missed, or when its text is no longer found once.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutations.guards import GUARDS, Guard
from tests.mutations.matching_guards import MATCHING_GUARDS
from tests.mutations.plan_guards import PLAN_GUARDS
from tests.mutations.server_guards import SERVER_GUARDS

EVERY_GUARD = (*GUARDS, *MATCHING_GUARDS, *PLAN_GUARDS, *SERVER_GUARDS)
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300
FAILED = re.compile(r"^FAILED (\S+::[^\s\[]+(?:\[.*?\])?)", re.MULTILINE)


def main(words: list[str]) -> int:
    """Try every guard that was asked for; return the exit code."""
    chosen = [guard for guard in EVERY_GUARD if not words or any(word in guard.name for word in words)]
    missed = 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="whatworks-mutations-") as folder:
        copy = copy_of_the_repository(Path(folder))
        failing = failing_anyway(copy, chosen)
        for test in failing:
            print(f"fails without any mutation, so it can catch none: {test}")
        for guard in chosen:
            verdict = verdict_on(copy, guard, failing)
            missed += not verdict.startswith("caught by")
            print(f"{guard.name:45} {verdict}", flush=True)
    caught = len(chosen) - missed
    print(f"guards {len(chosen)}, caught {caught}, missed {missed}, {time.monotonic() - started:.0f} s")
    return 1 if missed or not chosen else 0


def copy_of_the_repository(folder: Path) -> Path:
    """Copy what is in the working tree, changes included, without what tools left there."""
    copy = folder / "repository"
    left = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "dist", "*.egg-info")
    shutil.copytree(ROOT, copy, ignore=left)
    return copy


def failing_anyway(copy: Path, chosen: list[Guard]) -> list[str]:
    """Return the tests that fail before anything is removed."""
    tests = sorted({test for guard in chosen for test in guard.tests})
    _, out = run(copy, tests, [], to_the_end=True)
    return FAILED.findall(out)


def verdict_on(copy: Path, guard: Guard, failing: list[str]) -> str:
    """Remove a guard, run its tests, put it back; say who caught it."""
    path = copy / guard.file
    whole = path.read_text(encoding="utf-8") if path.exists() else ""
    if whole.count(guard.text) != 1:
        return f"NOT FOUND: its text stands {whole.count(guard.text)} times in {guard.file}"
    path.write_text(whole.replace(guard.text, guard.replacement), encoding="utf-8")
    try:
        code, out = run(copy, list(guard.tests), failing)
    finally:
        path.write_text(whole, encoding="utf-8")
    caught = FAILED.findall(out)
    if code == 1 and caught:
        return f"caught by {caught[0]}"
    if code not in (0, 1):
        return f"MISSED: the tests could not run\n{out[-2000:]}"
    return "MISSED"


def run(copy: Path, tests: list[str], left_out: list[str], *, to_the_end: bool = False) -> tuple[int, str]:
    """Run tests in the copy and return pytest's exit code and output; a hanging run counts as failed."""
    command = [
        sys.executable, "-B", "-m", "pytest", "-n", "0", "-q", "-rf", "-p", "no:cacheprovider", "--no-header",
        "--tb=no", "-p", "tests.mutations.without_shrinking", *([] if to_the_end else ["-x"]),
        *(f"--deselect={test}" for test in left_out), *tests,
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(copy), "HYPOTHESIS_STORAGE_DIRECTORY": str(copy / ".hypothesis")}
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return 1, f"FAILED {tests[0]}::no_end_after_{SECONDS}_seconds"
    return done.returncode, done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
