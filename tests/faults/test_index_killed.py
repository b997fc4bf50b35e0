"""An indexing process that is killed costs nothing: the next one goes on, and the answers are a fresh index's."""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from every_answer import every_answer
from index_library import ROOT, fresh_answers, grow, heavy_library, start

from learning_core.library import Library

pytestmark = [pytest.mark.faults, pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")]

REFRESH = """
import os, signal, sys
from pathlib import Path
from learning_core.library import Library
calls = 0
def progress(done, total):
    global calls
    calls += 1
    print(done, flush=True)
    if calls == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
print("ready", flush=True)
Library(Path(sys.argv[1]), Path(sys.argv[2])).refresh(progress)
"""


def refresh_in_child(library: Library, kill_at: int = 0) -> tuple[int, list[int]]:
    """Refresh in a process that kills itself at a step of its progress; return its exit code and the steps."""
    child = start(REFRESH, library.root, library.cache, kill_at)
    out, err = child.communicate(timeout=120)
    assert "Traceback" not in err, err
    return child.returncode, [int(line) for line in out.split()[1:]]


def steps_of(library: Library) -> list[int]:
    """Return the steps in which a fresh index of this log is built."""
    cache = library.cache.with_name("counted")
    steps: list[int] = []
    Library(library.root, cache).refresh(lambda done, _: steps.append(done))
    shutil.rmtree(cache)
    return steps


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = heavy_library(tmp_path)
    while len(steps_of(library)) < 5:
        grow(library, 250, library.own_log.stat().st_size)
    return library


@pytest.mark.parametrize("kill_at", [2, 3, 4])
def test_a_killed_first_build_goes_on_where_it_was(library: Library, kill_at: int) -> None:
    code, before = refresh_in_child(library, kill_at)
    assert code == -signal.SIGKILL
    assert len(before) == kill_at
    after: list[int] = []
    library.refresh(lambda done, _: after.append(done))
    assert every_answer(library) == fresh_answers(library)
    assert after[0] >= before[-1], f"it began again: killed at {before[-1]}, then first at {after[0]}"


def test_half_an_index_is_never_read_as_the_whole(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = every_answer(library)
    real = library.index.refresh
    calls: list[Path] = []

    def refresh(*arguments: object, **more: object) -> Path:
        """Between finding the index and opening it, somebody deletes it and another process begins a new one."""
        path = real(*arguments, **more)  # type: ignore[arg-type]
        calls.append(path)
        if len(calls) == 1:
            for file in library.cache.glob("index*"):
                file.unlink()
            refresh_in_child(library, 1)
        return path

    monkeypatch.setattr(library.index, "refresh", refresh)
    assert every_answer(library) == expected


def test_a_killed_extension_goes_on_where_it_was(library: Library) -> None:
    library.refresh()
    grow(library, 250, 5_000)
    code, before = refresh_in_child(library, 3)
    assert code == -signal.SIGKILL
    after: list[int] = []
    library.refresh(lambda done, _: after.append(done))
    assert after[0] >= before[-1]
    assert every_answer(library) == fresh_answers(library)


def test_what_killed_builds_left_does_not_pile_up(library: Library) -> None:
    library.refresh()
    usual = sum(path.stat().st_size for path in library.cache.iterdir())
    shutil.rmtree(library.cache)
    for _ in range(4):
        refresh_in_child(library, 1)
    library.refresh()
    held = sum(path.stat().st_size for path in library.cache.iterdir())
    assert held <= usual * 1.5 + 65_536


def kill_at_random(library: Library, kills: int, seed: int, *, rebuilt: bool) -> int:
    dice = random.Random(seed)
    started = time.monotonic()
    refresh_in_child(library)
    usual = time.monotonic() - started
    killed = 0
    for number in range(kills):
        if rebuilt:
            shutil.rmtree(library.cache, ignore_errors=True)
        else:
            grow(library, 30, 10_000 + 30 * number)
        child = start(REFRESH, library.root, library.cache, 0)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(dice.random() * usual)
        child.kill()
        child.communicate()
        killed += child.returncode == -signal.SIGKILL
        assert every_answer(library) == fresh_answers(library)
    return killed


@pytest.mark.parametrize("rebuilt", [True, False])
def test_a_build_killed_at_a_random_moment_is_finished_by_the_next(tmp_path: Path, rebuilt: bool) -> None:
    assert kill_at_random(heavy_library(tmp_path, 100), 2, 1, rebuilt=rebuilt) > 0


@pytest.mark.parametrize("rebuilt", [True, False])
def test_many_random_kills_change_no_answer(library: Library, rebuilt: bool) -> None:
    killed = kill_at_random(library, 25, 7, rebuilt=rebuilt)
    print(f"killed {killed} of 25, answers compared 25, differing 0")
    assert killed > 10


CALLS = ("pwrite64", "write", "rename", "unlink", "ftruncate", "fdatasync")


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("call", CALLS)
def test_a_kill_at_every_kth_system_call_on_the_cache_changes_no_answer(tmp_path: Path, call: str) -> None:
    library = heavy_library(tmp_path, 60)
    expected = fresh_answers(library)
    killed = 0
    for when in (1, 2, 3, 4, 5, 6, 8, 11, 16, 23, 32, 45, 64, 90):
        shutil.rmtree(library.cache, ignore_errors=True)
        done = traced(library, f"{call}:signal=KILL:when={when}")
        if done.returncode == 0:
            break
        killed += 1
        assert every_answer(library) == expected, f"killed at {call} number {when}"
    assert killed > 0
    print(f"{call}: killed {killed}, answers compared {killed}, differing 0")


def traced(library: Library, injected: str) -> "subprocess.CompletedProcess[str]":
    """Refresh in a child whose k-th call of a kind, among those on files of the cache, is tampered with."""
    library.cache.mkdir(exist_ok=True)
    building = [f"building.sqlite{more}" for more in ("", "-wal", "-shm")]
    names = [*building, "current", "current.new", "progress"]
    paths = [argument for name in names for argument in ("-P", str(library.cache / name))]
    call = injected.partition(":")[0]
    return subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", *paths, "-e", f"trace={call}", "-e", f"inject={injected}",
         sys.executable, "-c", REFRESH, str(library.root), str(library.cache), "0"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
