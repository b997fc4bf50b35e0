"""Servers, writers, raters, an importer, a person asking and somebody deleting the index: all on one library."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import preloaded_command
import pytest
from every_answer import every_answer
from index_library import ROOT, fresh_answers
from json_rpc_server import QUESTIONS, JsonRpcServer
from library_factory import rated_jobs
from picture_factory import write_picture
from preloaded_command import Request

from learning_core.answers.records import search_records
from learning_core.library import Library, locate
from learning_core.variables import CACHE_VARIABLE

WRITER = """
import sys
from learning_core import job_completed
for line in sys.stdin:
    number = int(line)
    record = {"job_id": f"{sys.argv[1]}-{number}", "prompt_positive": "beach at noon", "steps": 20 + number % 9,
              "timestamp_end": 1760000000.0 - number, "user_rating": 1 + number % 5}
    print(record["job_id"] if job_completed(record) else "refused", flush=True)
"""
STARTED_WITH = 40


class Crowd:
    """Everybody who works on the library, and what each of them was promised or saw."""

    def __init__(self, folder: Path) -> None:
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
            "PYTHONPATH": str(ROOT),
            "WHATWORKS_LIBRARY": str(folder / "library"),
            "WHATWORKS_CACHE": str(folder / "cache"),
            "HOME": str(folder),
        }
        self.library = locate(
            environment={"WHATWORKS_LIBRARY": str(folder / "library"), CACHE_VARIABLE: str(folder / "cache")},
            data_folder=folder,
            cache_folder=folder / "cache",
        )
        self.library.append(rated_jobs(STARTED_WITH), durable=False)
        with self.library.snapshot() as snapshot:
            self.refs = [item.ref for item in search_records(snapshot, limit=50).items]
        self.folder = folder
        self.done = threading.Event()
        self.written: set[str] = set()
        self.rated: list[tuple[str, int]] = []
        self.imported: list[int] = []
        self.counts: dict[str, int] = dict.fromkeys(("asked", "written", "rated", "imported", "commands", "broken"), 0)
        self.faults: list[str] = []

    def run(self, roles: list[Callable[[], None]], seconds: float) -> None:
        threads = [threading.Thread(target=self._play, args=(role,)) for role in roles]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        self.done.set()
        for thread in threads:
            thread.join()

    def _play(self, role: Callable[[], None]) -> None:
        try:
            role()
        except Exception as error:  # noqa: BLE001 - a thread's failure must reach the test
            self.faults.append(f"{getattr(role, '__name__', role)}: {type(error).__name__}: {error}")

    def command(self, *arguments: str) -> str:
        done = preloaded_command.run(Request(arguments, ROOT, self.environment), 120)
        assert (done.returncode, done.stderr) == (0, b""), f"{arguments}: {done.returncode} {done.stderr!r}"
        return done.stdout.decode("utf-8")

    # -- roles

    def server(self) -> None:
        """Ask in turn; what a reader counts may only grow, since nobody takes anything back."""
        server = JsonRpcServer(self.environment)
        try:
            self._ask_all_the_time(server.open())
        except BaseException:
            server.end()
            raise
        assert server.leave() == (0, "")

    def _ask_all_the_time(self, server: JsonRpcServer) -> None:
        seen = 0
        while True:
            for tool, arguments in QUESTIONS:
                answer = server.ask(tool, arguments)
                self.counts["asked"] += 1
                if tool == "library_overview":
                    assert answer["jobs"] >= seen >= 0, f"{answer['jobs']} jobs after {seen}"
                    assert answer["jobs_judged"] <= answer["jobs"]
                    seen = answer["jobs"]
                elif tool == "search_records":
                    assert answer["total"] >= min(seen, STARTED_WITH) * ("newest" in answer["summary"])
            if self.done.is_set():
                break

    def writer(self) -> None:
        name = f"writer-{threading.get_ident()}"
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, name],
            cwd=ROOT, env=self.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        for number in range(10**9):
            child.stdin.write(f"{number}\n")
            child.stdin.flush()
            acknowledged = child.stdout.readline().strip()
            if acknowledged != f"{name}-{number}":
                break
            self.written.add(acknowledged)
            self.counts["written"] += 1
            if self.done.wait(0.01):
                break
        _, complaints = child.communicate()
        assert (acknowledged, complaints) == (f"{name}-{number}", "")

    def rater(self) -> None:
        for number, ref in enumerate(self.refs * 100):
            stars = 1 + number % 5
            assert "Saved" in self.command("rate", ref, "--stars", str(stars))
            self.rated.append((ref, stars))
            self.counts["rated"] += 1
            if self.done.is_set():
                break

    def asker(self) -> None:
        seen = 0
        while True:
            answer = json.loads(self.command("ask", "beach", "--json"))
            assert answer["matched"]["jobs"] >= seen
            seen = answer["matched"]["jobs"]
            self.counts["commands"] += 1
            if self.done.is_set():
                break

    def importer(self) -> None:
        for number in range(10**9):
            folder = self.folder / f"pictures-{number}"
            seeds = range(1_000 * number, 1_000 * number + 5)
            for seed in seeds:
                write_picture(folder / f"{seed}.png", seed + 1)
            report = json.loads(self.command("import", str(folder), "--json"))
            assert report["new"] == 5, report
            self.imported += [seed + 1 for seed in seeds]
            self.counts["imported"] += 5
            if self.done.is_set():
                break

    def wrecker(self) -> None:
        """Delete the index in all the ways a person might, and build it again."""
        self._wreck(
            lambda mine: shutil.rmtree(mine.cache, ignore_errors=True),
            lambda mine: (mine.cache / "current").unlink(missing_ok=True),
            lambda mine: [path.unlink(missing_ok=True) for path in mine.cache.glob("*.sqlite*")],
            Library.refresh,
        )

    def rebuilder(self) -> None:
        """Make the index be built again and again, its folder left standing."""
        self._wreck(lambda mine: (mine.cache / "current").unlink(missing_ok=True), Library.refresh)

    def _wreck(self, *ways: Callable[[Library], object]) -> None:
        mine = Library(self.library.root, self.library.cache)
        for number in range(10**9):
            ways[number % len(ways)](mine)
            self.counts["broken"] += 1
            if self.done.wait(0.4):
                break

    # -- what must hold in the end

    def check(self) -> None:
        print(", ".join(f"{name} {count}" for name, count in self.counts.items()), "faults", len(self.faults))
        assert self.faults == [], "\n".join(self.faults)
        assert all(self.counts.values()), self.counts
        assert not (self.folder / "cache" / "reports").exists()
        with self.library.snapshot() as snapshot:
            assert all(snapshot.known_job(job) for job in self.written)
            assert snapshot.jobs == STARTED_WITH + len(self.written) + len(self.imported)
            for ref in {ref for ref, _ in self.rated}:
                said = [content["value"] for content, _ in snapshot.events(ref) if content.get("source") == "person"]
                assert sorted(said) == sorted(stars for each, stars in self.rated if each == ref)
                assert snapshot.standing(ref).ratings[None] in said
            assert snapshot.inspection.refusals() == []
        assert every_answer(self.library) == fresh_answers(self.library)


def test_nobody_sees_an_error_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path)
    crowd.run([crowd.server, crowd.writer, crowd.rater, crowd.importer, crowd.asker, crowd.rebuilder], 0.1)
    crowd.check()


@pytest.mark.faults
@pytest.mark.parametrize("wrecked", [False, True])
def test_nobody_sees_an_error_in_a_long_day_of_many(tmp_path: Path, wrecked: bool) -> None:
    crowd = Crowd(tmp_path)
    roles = [crowd.server] * 3 + [crowd.writer] * 4 + [crowd.rater] * 2 + [crowd.asker, crowd.importer]
    crowd.run([*roles, crowd.wrecker if wrecked else crowd.rebuilder], 40.0)
    crowd.check()
