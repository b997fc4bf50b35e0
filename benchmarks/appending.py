"""Appending one record: acknowledged and durable, beside the system calls that cannot be left out."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figure import SPREAD, Figure, repeat
from benchmarks.studio import Studio
from learning_core.log.append import append_lines
from learning_core.log.events import decode
from learning_core.log.writer import LearningWriter

ACKNOWLEDGED = 2_000
DURABLE = 100
MICROSECONDS = 1e6


def measure(folder: Path) -> list[Figure]:
    """Return the figures of appending; `folder` must lie on a real disk, never on tmpfs."""
    line = next(Studio(4).lines())
    event = decode(line[:-1])
    assert event is not None
    record = event.content
    writer = LearningWriter(folder / "writer.jsonl")
    path = folder / "log.jsonl"
    actions: dict[str, Callable[[], object]] = {
        "append_lines": lambda: append_lines(path, [line]),
        "LearningWriter.write": lambda: writer.write(record),
    }
    with _open_descriptor(folder / "bare.jsonl") as descriptor:
        actions["bare os.write"] = lambda: os.write(descriptor, line)
        if sys.platform != "win32":
            actions["open + flock + write"] = lambda: _locked_write(folder / "locked.jsonl", line)
        timings = dict(zip(actions, repeat(ACKNOWLEDGED, *actions.values()), strict=True))
    figures = [
        Figure(
            "append",
            f"{ours}, acknowledged, {name}",
            "µs",
            pick(timings[ours], MICROSECONDS),
            peer,
            pick(timings[peer], MICROSECONDS),
        )
        for ours in ("append_lines", "LearningWriter.write")
        for peer in actions
        if peer not in ("append_lines", "LearningWriter.write")
        for name, pick in SPREAD.items()
    ]
    return figures + _durable(folder, line)


def _durable(folder: Path, line: bytes) -> list[Figure]:
    path = folder / "durable.jsonl"
    with _open_descriptor(folder / "bare-durable.jsonl") as descriptor:
        ours, peer = repeat(
            DURABLE,
            lambda: append_lines(path, [line], durable=True),
            lambda: _write_and_sync(descriptor, line),
        )
    return [
        Figure("append", "durable, p50", "ms", ours.median(1e3), "write + fsync", peer.median(1e3)),
        Figure("append", "durable, p99", "ms", ours.p99(1e3), "write + fsync", peer.p99(1e3)),
    ]


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


def _locked_write(path: Path, line: bytes) -> None:
    import fcntl

    with _open_descriptor(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, line)
