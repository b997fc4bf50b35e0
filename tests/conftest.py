"""Shared by all tests; its folder is importable, so tests can say `from library_factory import make_library`."""

import gc
import importlib
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter
from library_factory import make_library, rated_jobs

from learning_core.library import Library

TESTS = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """Let each process of a run of all tests rewrite the asserts of its own share of them, for the others as well."""
    worker = getattr(config, "workerinput", None)
    if worker is None or [Path(each).resolve() for each in config.args] != [TESTS]:
        return
    sys.dont_write_bytecode = False
    number, of = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    modules = sorted(TESTS.rglob("test_*.py"))
    for path in modules[len(modules) * number // of : len(modules) * (number + 1) // of]:
        if str(path.parent) not in sys.path:
            sys.path.insert(0, str(path.parent))
        # What is wrong with a module is told when it is collected.
        with suppress(Exception, pytest.skip.Exception):
            importlib.import_module(path.stem)


def pytest_collection_finish() -> None:
    """Keep what is loaded by now out of every later search for garbage, which takes most of its time otherwise."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def rated_library(tmp_path: Path) -> Library:
    return make_library(tmp_path, rated_jobs())


@pytest.fixture(params=["auto", "legacy"])
def era(request: pytest.FixtureRequest) -> str:
    """Both ways to open an MCP connection: the revision of 2026-07-28, and `initialize` before it."""
    return str(request.param)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print what the fault runs counted: faults injected, acknowledged, found, lost, doubled, quarantined."""
    reports = [report for state in ("", "passed", "failed") for report in terminalreporter.getreports(state)]
    counted = [(report.nodeid, text) for report in reports for name, text in report.user_properties if name == "faults"]
    if counted:
        terminalreporter.section("faults")
        for test, text in sorted(set(counted)):
            terminalreporter.write_line(f"{test.rpartition('::')[2]}: {text}")
