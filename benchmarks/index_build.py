"""From the log to something that can be asked: time, memory and size, each build in a process of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.duckdb_lines import ALL, USED, read_lines
from benchmarks.figure import Figure
from benchmarks.libraries import log_of
from benchmarks.machine import cpu_seconds, peak_megabytes
from learning_core.library import Library

SUBJECT = "index build"
PEERS = {
    "duckdb_all": "DuckDB read_json, all fields",
    "duckdb_used": "DuckDB read_json, only the 19 fields asked for",
    "json": "json.loads loop, nothing kept",
}


def measure(library: Library, scratch: Path) -> list[Figure]:
    """Build everything once and return the figures; leaves the index of `library` built."""
    log = log_of(library)
    ours = _in_a_process("index", log, library.cache)
    figures = []
    for what, peer in PEERS.items():
        used = _in_a_process(what, log, scratch)
        figures += [
            Figure(SUBJECT, "processor", "s", ours["cpu_s"], peer, used["cpu_s"]),
            Figure(SUBJECT, "wall clock", "s", ours["wall_s"], peer, used["wall_s"]),
            Figure(SUBJECT, "peak memory", "MB", ours["peak_mb"], peer, used["peak_mb"]),
        ]
        if used["bytes"]:
            share = 100 / log.stat().st_size
            size, peer_size = ours["bytes"] * share, used["bytes"] * share
            figures.append(Figure(SUBJECT, "size", "% of the log", size, peer, peer_size))
    return figures


def _in_a_process(what: str, log: Path, scratch: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.index_build", what, str(log), str(scratch)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _build_index(log: Path, scratch: Path) -> int:
    library = Library(log.parent.parent, scratch)
    library.refresh()
    return sum(path.stat().st_size for path in scratch.rglob("*") if path.is_file())


def _build_duckdb(log: Path, scratch: Path, fields: dict[str, str]) -> int:
    import duckdb

    path = scratch / "peer.duckdb"
    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path))
    read_lines(connection, log, fields)
    connection.close()
    return path.stat().st_size


def _parse_json(log: Path, _scratch: Path) -> int:
    with log.open("rb") as file:
        for line in file:
            json.loads(line)
    return 0


_BUILDS: dict[str, Callable[[Path, Path], int]] = {
    "index": _build_index,
    "duckdb_all": partial(_build_duckdb, fields=ALL),
    "duckdb_used": partial(_build_duckdb, fields=USED),
    "json": _parse_json,
}


def main() -> None:
    """Build one thing and print what it took as JSON; run by `measure` in a fresh process."""
    what, log, scratch = sys.argv[1:4]
    cpu, wall = cpu_seconds(), time.perf_counter()
    size = _BUILDS[what](Path(log), Path(scratch))
    used: dict[str, Any] = {
        "cpu_s": cpu_seconds() - cpu,
        "wall_s": time.perf_counter() - wall,
        "peak_mb": peak_megabytes(),
        "bytes": size,
    }
    print(json.dumps(used))


if __name__ == "__main__":
    main()
