"""The machine that figures were measured on, and what one process used of it."""

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("whatworks", "mcp", "pydantic", "orjson", "numpy", "pillow", "duckdb", "pandas")


def description(folder: Path) -> dict[str, Any]:
    """Return what matters to compare figures: system, processors, load, versions, the disk's file system."""
    return {
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "load": os.getloadavg() if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "sqlite": _sqlite_version(),
        "file_system": _file_system(folder),
        "versions": {name: _version(name) for name in PACKAGES},
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _sqlite_version() -> str:
    import sqlite3

    return sqlite3.sqlite_version


def _file_system(folder: Path) -> str | None:
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return None
    best, kind = "", None
    for line in mounts.read_text(encoding="utf-8").splitlines():
        _device, place, name, *_rest = line.split()
        if folder.resolve().is_relative_to(place) and len(place) >= len(best):
            best, kind = place, name
    return kind


def cpu_seconds() -> float:
    """Return the processor seconds that this process has used, all threads together."""
    spent = os.times()
    return spent.user + spent.system


def peak_megabytes() -> float:
    """Return the most memory that this process held at once; NaN where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():
        # getrusage would count the parent's memory too: the figure survives exec.
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024
    if sys.platform == "win32":
        return float("nan")
    import resource

    peak_size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_size / (1024 * 1024 if sys.platform == "darwin" else 1024)
