"""From the log to something that can be asked: time, memory and size, each build in a process of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from benchmarks.machine import cpu_seconds, peak_megabytes
from learning_core.library import Library


def measure(library: Library, scratch: Path) -> list[Figure]:
    """Build everything once and return the figures; leaves the index of `library` built."""
    log = library.own_log
    ours = _in_a_process("index", log, library.cache)
    peers = {
        "DuckDB read_json, one table": _in_a_process("duckdb", log, scratch),
        "json.loads loop, nothing kept": _in_a_process("json", log, scratch),
    }
    figures = []
    for peer, used in peers.items():
        figures += [
            Figure("index build", "processor", "s", ours["cpu_s"], peer, used["cpu_s"]),
            Figure("index build", "wall clock", "s", ours["wall_s"], peer, used["wall_s"]),
            Figure("index build", "peak memory", "MB", ours["peak_mb"], peer, used["peak_mb"]),
        ]
        if used["bytes"]:
            share = 100 / log.stat().st_size
            size, peer_size = ours["bytes"] * share, used["bytes"] * share
            figures.append(Figure("index build", "size", "% of the log", size, peer, peer_size))
    return figures


def _in_a_process(what: str, log: Path, scratch: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.index_build", what, str(log), str(scratch)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _build_index(log: Path, scratch: Path) -> int:
    library = Library(log.parent.parent, scratch)
    library.refresh()
    return sum(path.stat().st_size for path in scratch.glob("index-*"))


def _build_duckdb(log: Path, scratch: Path) -> int:
    import duckdb

    from benchmarks.duckdb_peer import read_lines

    path = scratch / "peer.duckdb"
    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path))
    read_lines(connection, log)
    connection.close()
    return path.stat().st_size


def _parse_json(log: Path, _scratch: Path) -> int:
    with log.open("rb") as file:
        for line in file:
            json.loads(line)
    return 0


_BUILDS: dict[str, Callable[[Path, Path], int]] = {
    "index": _build_index,
    "duckdb": _build_duckdb,
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
