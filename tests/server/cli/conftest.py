"""The command as people run it: a process of its own, with its own library, cache and temporary folder."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import preloaded_command
import pytest
from msgspec import Struct, field
from preloaded_command import Request

from learning_core.answers.answer import Item
from learning_core.answers.items import get_items
from learning_core.answers.records import search_records
from learning_core.library import Library, locate
from learning_core.variables import CACHE_VARIABLE

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "server" / "demo" / "samples"
SECONDS = 120
PLAIN = ("-m", "server")
"""What is started unless a test wants something else."""


class Ended(Struct, frozen=True):
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Whatworks(Struct, frozen=True):
    """Runs the command in a folder of its own."""

    home: Path
    library: Path
    cache: Path
    temporary: Path
    more: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WHATWORKS_", "PYTHON"))}
        return {
            **kept,
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "TMPDIR": str(self.temporary),
            "TEMP": str(self.temporary),
            "TMP": str(self.temporary),
            "PYTHONPATH": str(ROOT),
            "WHATWORKS_LIBRARY": str(self.library),
            "WHATWORKS_CACHE": str(self.cache),
            **self.more,
        }

    def run(self, *arguments: str, start: Sequence[str] = PLAIN, first: str = "", **changes: str) -> Ended:
        """Run to the end; with code that the process runs first, or by another start."""
        environment = {**self.environment(), **changes}
        if start == PLAIN:
            done = preloaded_command.run(Request(arguments, self.home, environment, first), SECONDS)
        else:
            done = subprocess.run(
                [sys.executable, *start, *arguments],
                cwd=self.home,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        return Ended(done.returncode, _text(done.stdout), _text(done.stderr))

    def start(self, *arguments: str, start: Sequence[str] = PLAIN) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, *start, *arguments],
            cwd=self.home,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    @staticmethod
    def planted(code: str, *arguments: str) -> list[str]:
        """Return what to start for a command in which some of our code was replaced."""
        return ["-c", f"{code}\nfrom server.cli.main import main\nmain()", *arguments]

    # What a test looks up beside the command under test is asked of the core directly: it is quicker.

    def first_ref(self) -> str:
        with self._library().snapshot() as snapshot:
            return search_records(snapshot, limit=1).items[0].ref

    def item(self, ref: str) -> Item:
        with self._library().snapshot() as snapshot:
            return get_items(snapshot, [ref]).items[0]

    def _library(self) -> Library:
        environment = {CACHE_VARIABLE: str(self.cache)}
        return locate(self.library, environment=environment, data_folder=self.home, cache_folder=self.cache)


def _text(data: bytes) -> str:
    return data.decode("utf-8").replace("\r\n", "\n")


def _place(folder: Path) -> Whatworks:
    names = ("home", "library", "cache", "temporary")
    home, library, cache, temporary = (folder / name for name in names)
    home.mkdir()
    temporary.mkdir()
    return Whatworks(home, library, cache, temporary)


@pytest.fixture
def empty(tmp_path: Path) -> Whatworks:
    """The command with a library that does not exist yet."""
    return _place(tmp_path)


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Whatworks:
    """A library with the samples in it; not to be changed."""
    command = _place(tmp_path_factory.mktemp("filled"))
    ended = command.run("import", str(SAMPLES))
    assert ended.code == 0, ended
    return command


@pytest.fixture
def filled(filled_once: Whatworks, tmp_path: Path) -> Whatworks:
    """A library of one's own with the samples in it."""
    command = _place(tmp_path)
    shutil.copytree(filled_once.library, command.library)
    return command


@pytest.fixture
def make_library() -> Callable[[Whatworks, Sequence[Mapping[str, Any]]], None]:
    """Write jobs as a pipeline would, so that stored text can be anything."""

    def make(command: Whatworks, jobs: Sequence[Mapping[str, Any]]) -> None:
        log = command.library / "log"
        log.mkdir(parents=True)
        lines = "".join(json.dumps({"schema_version": 1, **job}) + "\n" for job in jobs)
        (log / "pipeline.jsonl").write_text(lines, encoding="utf-8")

    return make
