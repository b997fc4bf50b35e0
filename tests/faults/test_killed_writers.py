"""Writers that die, stop or fork while they write: nothing acknowledged is lost, no lock outlives its holder."""

import os
import random
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fault_counts import Counts, job_line, jobs_in

from learning_core.errors import LogBusy
from learning_core.log.append import append_lines
from learning_core.log.shared import lock_path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL, SIGSTOP and fork are POSIX")

WRITERS = 8
WRITER = """
import os, random, sys
from pathlib import Path
from learning_core.log.append import append_lines
from learning_core.log.shared import lock_path
from learning_core.log.seal import seal
log, name = Path(sys.argv[1]), sys.argv[2]
sizes = random.Random(name)
for number in range(10**9):
    job_id = f"{name}-{number}"
    text = "x" * sizes.choice([200, 1000, 64_000, 900_000])
    append_lines(log, [seal({"kind": "job", "job_id": job_id, "prompt_positive": text})], durable=number % 50 == 7)
    os.write(1, f"{job_id}\\n".encode())
"""
HOLDER = """
import sys, time
from learning_core.log import lock
assert lock.acquire(sys.argv[1], 5) is not None
print("held", flush=True)
time.sleep(600)
"""
FORKING_HOLDER = """
import os, sys, threading, time
from learning_core.log import lock
taken = threading.Event()
def hold():
    assert lock.acquire(sys.argv[1], 5) is not None
    taken.set()
    time.sleep(600)
threading.Thread(target=hold, daemon=True).start()
taken.wait()
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    os.write(writer, b"x")
    time.sleep(600)
os.read(reader, 1)
print(child, flush=True)
time.sleep(600)
"""


class Writers:
    """Eight processes that append to one log and report what was acknowledged over a pipe each."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._pipes = selectors.DefaultSelector()
        self._running: list[subprocess.Popen[bytes]] = []
        self._started = 0
        self._reported: dict[int, bytearray] = {}

    def start(self) -> None:
        command = [sys.executable, "-c", WRITER, str(self._log), f"w{self._started}"]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0)
        assert writer.stdout is not None
        self._started += 1
        self._running.append(writer)
        self._reported[writer.stdout.fileno()] = bytearray()
        self._pipes.register(writer.stdout, selectors.EVENT_READ)

    def watch(self, seconds: float, acknowledged: set[str]) -> None:
        """Take the reports as they come."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for key, _ in self._pipes.select(left):
                self._take(key.fd, os.read(key.fd, 65536), acknowledged)

    def _take(self, pipe: int, data: bytes, acknowledged: set[str]) -> None:
        self._reported[pipe] += data
        *whole, rest = self._reported[pipe].split(b"\n")
        self._reported[pipe][:] = rest
        acknowledged.update(bytes(line).decode() for line in whole)

    def kill(self, which: int, acknowledged: set[str]) -> None:
        """Kill one; what it had reported counts."""
        writer = self._running.pop(which)
        assert writer.stdout is not None
        writer.kill()
        writer.wait()
        while data := os.read(writer.stdout.fileno(), 65536):
            self._take(writer.stdout.fileno(), data, acknowledged)
        self._pipes.unregister(writer.stdout)
        writer.stdout.close()


def kill_loop(log: Path, kills: int, counts: Counts) -> None:
    chance = random.Random(5)
    acknowledged: set[str] = set()
    writers = Writers(log)
    for _ in range(WRITERS):
        writers.start()
    while not acknowledged:
        writers.watch(0.1, acknowledged)
    for number in range(kills):
        writers.watch(chance.uniform(0.02, 0.15), acknowledged)
        writers.kill(chance.randrange(WRITERS), acknowledged)
        writers.start()
        counts.injected = number + 1
    for _ in range(WRITERS):
        writers.kill(0, acknowledged)
        counts.injected += 1
    counts.compare(log, acknowledged)


def check(counts: Counts, log: Path) -> None:
    assert counts.acknowledged > 50
    assert (counts.lost, counts.doubled) == (0, 0)
    assert counts.quarantined <= counts.injected
    append_lines(log, [job_line("after")], lock_seconds=5)
    assert jobs_in(log)[0][-1] == "after"


def test_eight_killed_writers_lose_and_double_no_acknowledged_record(tmp_path: Path, counts: Counts) -> None:
    log = tmp_path / "a.jsonl"
    kill_loop(log, 2, counts)
    check(counts, log)


@pytest.mark.faults
def test_over_a_hundred_kills_lose_and_double_no_acknowledged_record(tmp_path: Path, counts: Counts) -> None:
    log = tmp_path / "a.jsonl"
    kill_loop(log, 160, counts)
    assert counts.injected >= 100
    assert counts.quarantined > 0, "no kill tore a line: the loop proves little"
    check(counts, log)


def held_lock(script: str, log: Path) -> tuple[subprocess.Popen[str], str]:
    holder = subprocess.Popen([sys.executable, "-c", script, lock_path(str(log))], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    said = holder.stdout.readline()
    holder.stdout.close()
    return holder, said.strip()


def test_a_lock_ends_with_its_killed_holder(tmp_path: Path, counts: Counts) -> None:
    log = tmp_path / "a.jsonl"
    holder, _ = held_lock(HOLDER, log)
    with pytest.raises(LogBusy):
        append_lines(log, [job_line("early")], lock_seconds=0.05)
    holder.kill()
    holder.wait()
    counts.injected += 1
    append_lines(log, [job_line("next")], lock_seconds=5)
    counts.compare(log, ["next"])
    assert (counts.found, counts.lost) == (1, 0)


def test_a_stopped_holder_is_still_the_holder_and_the_sentence_names_it(tmp_path: Path, counts: Counts) -> None:
    log = tmp_path / "a.jsonl"
    holder, _ = held_lock(HOLDER, log)
    try:
        holder.send_signal(signal.SIGSTOP)
        counts.injected += 1
        who = f"process {holder.pid}" if Path("/proc/locks").exists() else "another program"
        with pytest.raises(LogBusy, match=f"locked by {who}") as refused:
            append_lines(log, [job_line("early")], lock_seconds=0.2)
        assert "there is no file to delete" in str(refused.value)
        assert log.read_bytes() == b""
    finally:
        holder.kill()
        holder.wait()
    append_lines(log, [job_line("next")], lock_seconds=5)
    counts.compare(log, ["next"])
    assert counts.lost == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_does_not_keep_the_lock_of_its_killed_parent(tmp_path: Path, counts: Counts) -> None:
    log = tmp_path / "a.jsonl"
    parent, child = held_lock(FORKING_HOLDER, log)
    try:
        with pytest.raises(LogBusy):
            append_lines(log, [job_line("early")], lock_seconds=0.05)
        parent.kill()
        parent.wait()
        counts.injected += 1
        append_lines(log, [job_line("next")], lock_seconds=5)
        os.kill(int(child), 0)
    finally:
        os.kill(int(child), signal.SIGKILL)
    counts.compare(log, ["next"])
    assert counts.lost == 0
