"""A crash or an error at each single system call of appending: nothing acknowledged is lost, a repeat counts once."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fault_counts import Counts
from library_factory import make_job, make_library

from learning_core.library import Library
from learning_core.log.events import event_line

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")

JOBS = 3
FAILING_CALLS = Path(__file__).with_name("failing_calls.c")

# Appends three jobs, durably, and reports each that was acknowledged. `learning_core.log.append` alone is imported:
# a process for each point of failure has to start quickly.
APPENDER = """
import os, sys
from pathlib import Path
from learning_core.errors import LogError
from learning_core.log.append import append_lines
log, lines = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes().splitlines(keepends=True)
for number, line in enumerate(lines):
    try:
        append_lines(log, [line], durable=True, lock_seconds=5)
    except LogError as error:
        os.write(2, f"{error}\\n".encode())
    else:
        os.write(1, f"{number}\\n".encode())
"""

# Makes the k-th call of one function of `os` fail in the way that was asked for, from within the process.
FAILPOINT = """
import os, signal, sys
name, k, how, told = sys.argv[3], int(sys.argv[4]), sys.argv[5], sys.argv[6]
real, seen = getattr(os, name), 0
def failing(descriptor, *arguments):
    global seen
    seen += descriptor > 2 and os.readlink(f"/proc/self/fd/{descriptor}").endswith(".jsonl")
    if seen != k or descriptor <= 2:
        return real(descriptor, *arguments)
    seen += 1
    os.close(os.open(told, os.O_CREAT | os.O_WRONLY))
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "tear":
        real(descriptor, arguments[0][: len(arguments[0]) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "short":
        return real(descriptor, arguments[0][: len(arguments[0]) // 2])
    if how.isdecimal():
        raise OSError(int(how), os.strerror(int(how)))
    done = real(descriptor, *arguments)
    os.kill(os.getpid(), signal.SIGKILL)
    return done
setattr(os, name, failing)
"""


class Point:
    """A library to which a failing process appends three jobs, and what must hold of it afterwards."""

    def __init__(self, folder: Path) -> None:
        self.library: Library = make_library(folder)
        self.jobs = [make_job(number) for number in range(JOBS)]
        folder.mkdir(exist_ok=True)
        self.lines = folder / "lines"
        self.lines.write_bytes(b"".join(event_line(job) for job in self.jobs))
        self.told = folder / "told"

    def run(self, script: str, *arguments: str, **environment: str) -> tuple[list[int], str]:
        done = subprocess.run(
            [sys.executable, "-c", script, str(self.library.own_log), str(self.lines), *arguments],
            env=os.environ | environment,
            capture_output=True,
            check=False,
        )
        return [int(number) for number in done.stdout.split()], done.stderr.decode()

    def check(self, acknowledged: list[int], counts: Counts) -> None:
        """Nothing acknowledged may be lost; what was not is repeated, and then everything is there once."""
        counts.injected += 1
        if self.library.own_log.exists():
            counts.compare(self.library.own_log, [self.jobs[number].job_id for number in acknowledged])
        assert (counts.lost, counts.doubled) == (0, 0)
        again = [job for number, job in enumerate(self.jobs) if number not in acknowledged]
        if again:
            self.library.append(again, durable=True)
        with self.library.snapshot() as snapshot:
            assert snapshot.jobs == JOBS
            assert snapshot.inspection.conflicts() == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
@pytest.mark.parametrize(
    ("call", "how"),
    [("write", "tear"), ("write", "short"), ("fsync", "kill"), ("write", str(errno.EIO)), ("fsync", str(errno.EIO))],
)
def test_a_fault_at_any_write_or_fsync_loses_nothing_acknowledged(
    tmp_path: Path, counts: Counts, call: str, how: str
) -> None:
    for k in range(1, JOBS + 2):
        point = Point(tmp_path / str(k))
        acknowledged, said = point.run(FAILPOINT + APPENDER, call, str(k), how, str(point.told))
        assert "Traceback" not in said
        if not point.told.exists():
            assert (k, acknowledged) == (JOBS + 1, list(range(JOBS))), said
            return
        assert how == "short" or k - 1 not in acknowledged
        if how == str(errno.EIO):
            assert len(acknowledged) == JOBS - 1
            assert "disk reported an error" in said
            assert ("counted once" if call == "fsync" else "Nothing was acknowledged") in said
        point.check(acknowledged, counts)


@pytest.fixture(scope="module")
def failing_calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("needs Linux and a C compiler")
    library = tmp_path_factory.mktemp("failing") / "failing_calls.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(FAILING_CALLS), "-ldl"], check=True, timeout=60
    )
    return library


@pytest.mark.faults
@pytest.mark.parametrize(
    ("call", "how"),
    [(call, how) for call in ("write", "fsync", "flock", "close") for how in ("kill", "killed", "5", "28")]
    + [("write", "tear"), ("write", "short")],
)
def test_a_fault_at_any_system_call_loses_nothing_acknowledged(
    tmp_path: Path, counts: Counts, failing_calls: Path, call: str, how: str
) -> None:
    for k in range(1, 100):
        point = Point(tmp_path / str(k))
        acknowledged, said = point.run(
            APPENDER,
            LD_PRELOAD=str(failing_calls.absolute()),
            FAIL_CALL=call,
            FAIL_AT=str(k),
            FAIL_HOW=how,
            FAIL_PATH=".jsonl",
            FAIL_TOLD=str(point.told),
        )
        assert "Traceback" not in said
        if not point.told.exists():
            assert acknowledged == list(range(JOBS)), said
            return
        point.check(acknowledged, counts)


@pytest.mark.faults
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("injection", ["write:retval=50", "write:error=ENOSPC", "fsync:error=EIO", "write:signal=KILL"])
def test_a_fault_injected_by_the_tracer_loses_nothing_acknowledged(
    tmp_path: Path, counts: Counts, injection: str
) -> None:
    for k in range(1, JOBS + 1):
        point = Point(tmp_path / str(k))
        point.library.log_folder.mkdir(parents=True)
        point.library.own_log.touch()
        call, _, fault = injection.partition(":")
        trace = ["strace", "-f", "-o", str(point.told), "-P", str(point.library.own_log), "-e", f"trace={call}"]
        done = subprocess.run(
            [*trace, "-e", f"inject={call}:{fault}:when={k}", sys.executable, "-c", APPENDER,
             str(point.library.own_log), str(point.lines)],
            capture_output=True,
            check=False,
        )  # fmt: skip
        traced = point.told.read_text()
        if "PTRACE" in done.stderr.decode():
            pytest.skip("tracing is not allowed here")
        assert "INJECTED" in traced or "SIGKILL" in traced, traced
        assert "Traceback" not in done.stderr.decode()
        acknowledged = [int(number) for number in done.stdout.split()]
        assert k - 1 not in acknowledged
        point.check(acknowledged, counts)
