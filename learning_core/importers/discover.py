"""Finding the files that a person named: files, folders, and patterns where the shell does not expand them."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_PATTERN = frozenset("*?[")
_OURS_TO_LEAVE = frozenset({"__pycache__", "node_modules"})


@dataclass(frozen=True, slots=True)
class Found:
    """A file to look at, with what tells whether it changed; or, with a reason, a place that could not be read."""

    path: str
    size: int = 0
    modified_ns: int = 0
    reason: str = ""


def discover(paths: Sequence[Path]) -> list[Found]:
    """Return the files under the paths, each once, in a stable order; folders are walked, links to them are not."""
    found: dict[str, Found] = {}
    for path in paths:
        for each in _expand(path):
            found.setdefault(os.path.normcase(each.path), each)
    return list(found.values())


def _expand(path: Path) -> Iterator[Found]:
    if path.is_dir():
        yield from _walk(str(path))
    elif path.exists():
        yield _file(str(path))
    elif _PATTERN & set(str(path)):
        yield from _matches(path)
    else:
        yield Found(str(path), reason="there is no such file or folder")


def _matches(pattern: Path) -> Iterator[Found]:
    anchor = Path(pattern.anchor) if pattern.anchor else Path()
    relative = str(pattern.relative_to(pattern.anchor)) if pattern.anchor else str(pattern)
    try:
        hits = sorted(anchor.glob(relative))
    except (ValueError, NotImplementedError) as error:
        yield Found(str(pattern), reason=f"the pattern cannot be used: {error}")
        return
    if not hits:
        yield Found(str(pattern), reason="the pattern matches nothing")
    for hit in hits:
        yield from _expand(hit)


def _file(path: str) -> Found:
    try:
        status = Path(path).stat()
    except OSError as error:
        return Found(path, reason=error.strerror or str(error))
    return Found(path, status.st_size, status.st_mtime_ns)


def _walk(folder: str) -> Iterator[Found]:
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError as error:
        yield Found(folder, reason=f"the folder cannot be read: {error.strerror or error}")
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _OURS_TO_LEAVE:
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path)
            elif entry.is_file():
                status = entry.stat()
                yield Found(entry.path, status.st_size, status.st_mtime_ns)
        except OSError as error:
            yield Found(entry.path, reason=error.strerror or str(error))
