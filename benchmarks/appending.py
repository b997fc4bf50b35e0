"""Appending one record: acknowledged and durable, by one process and by several, beside the bare system calls."""

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from benchmarks.figure import SPREAD, Figure, repeat
from benchmarks.studio import Studio
from learning_core.log.append import append_lines
from learning_core.log.events import decode
from learning_core.log.read import read_lines
from learning_core.log.writer import LearningWriter

ACKNOWLEDGED = 2_000
DURABLE = 200
TOGETHER = 32_000
PROCESSES = (1, 2, 8)
MICROSECONDS = 1e6


def measure(folder: Path) -> list[Figure]:
    """Return the figures of appending; `folder` must lie on a real disk, never on tmpfs."""
    line = next(Studio(4).lines())
    return _acknowledged(folder, line) + _durable(folder, line) + _together(folder, line)


def _acknowledged(folder: Path, line: bytes) -> list[Figure]:
    event = decode(line[:-1])
    assert event is not None
    record = event.content
    writer = LearningWriter(folder / "writer.jsonl")
    path = folder / "log.jsonl"
    ours: dict[str, Callable[[], object]] = {
        "append_lines": lambda: append_lines(path, [line]),
        "LearningWriter.write": lambda: writer.write(record),
    }
    with _open_descriptor(folder / "bare.jsonl") as descriptor:
        peers: dict[str, Callable[[], object]] = {"bare os.write": lambda: os.write(descriptor, line)}
        if sys.platform != "win32":
            peers["open + flock + write"] = lambda: _locked_write(folder / "locked.jsonl", line)
        actions = ours | peers
        timings = dict(zip(actions, repeat(ACKNOWLEDGED, *actions.values()), strict=True))
    return [
        Figure(
            "append",
            f"{name}, acknowledged, {spread}",
            "µs",
            pick(timings[name], MICROSECONDS),
            peer,
            pick(timings[peer], MICROSECONDS),
        )
        for name in ours
        for peer in peers
        for spread, pick in SPREAD.items()
    ]


def _durable(folder: Path, line: bytes) -> list[Figure]:
    path = folder / "durable.jsonl"
    with _open_descriptor(folder / "bare-durable.jsonl") as descriptor:
        actions: dict[str, Callable[[], object]] = {
            "ours": lambda: append_lines(path, [line], durable=True),
            "write + fsync": lambda: _write_and_sync(descriptor, line),
        }
        if sys.platform != "win32":
            actions["open + flock + write + fsync"] = lambda: _locked_write(folder / "locked.jsonl", line, durable=True)
        ours, *peers = repeat(DURABLE, *actions.values())
    return [
        Figure("append", f"durable, {spread}", "ms", pick(ours, 1e3), name, pick(peer, 1e3))
        for name, peer in zip([*actions][1:], peers, strict=True)
        for spread, pick in SPREAD.items()
    ]


def _together(folder: Path, line: bytes) -> list[Figure]:
    """Return the lines a second of several processes on one file; every line must be there, whole."""
    alone = _rate(folder / "together-1.jsonl", line, 1)
    figures = []
    for processes in PROCESSES:
        path = folder / f"together-{processes}.jsonl"
        rate = alone if processes == 1 else _rate(path, line, processes)
        whole = sum(raw.data == line[:-1] for raw in read_lines(path))
        assert whole == TOGETHER // processes * processes, f"{whole} whole lines of {TOGETHER}"
        figures.append(
            Figure(
                "append",
                f"{processes} at once",
                "lines/s",
                rate,
                "1 writer",
                alone,
                better="higher",
            )
        )
    return figures


def _rate(path: Path, line: bytes, processes: int) -> float:
    context = multiprocessing.get_context("spawn")
    start, times, each = context.Barrier(processes), context.SimpleQueue(), TOGETHER // processes
    writers = [context.Process(target=_append_many, args=(path, line, each, start, times)) for _ in range(processes)]
    for writer in writers:
        writer.start()
    began, ended = zip(*(times.get() for _ in writers), strict=True)
    for writer in writers:
        writer.join()
    return each * processes / float(max(ended) - min(began))


def _append_many(
    path: Path, line: bytes, count: int, start: Barrier, times: "SimpleQueue[tuple[float, float]]"
) -> None:
    start.wait()
    began = time.perf_counter()
    for _ in range(count):
        append_lines(path, [line])
    times.put((began, time.perf_counter()))


@contextmanager
def _open_descriptor(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _write_and_sync(descriptor: int, line: bytes) -> None:
    os.write(descriptor, line)
    os.fsync(descriptor)


def _locked_write(path: Path, line: bytes, *, durable: bool = False) -> None:
    import fcntl

    with _open_descriptor(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, line)
        if durable:
            os.fsync(descriptor)
