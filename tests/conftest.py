"""Shared by all tests; its folder is importable, so tests can say `from library_factory import make_library`."""

from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter
from library_factory import make_library, rated_jobs

from learning_core.library import Library


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
