"""Finding the files that a person named: files, folders, and patterns where the shell does not expand them."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

_PATTERN = frozenset("*?[")
_OURS_TO_LEAVE = frozenset({"__pycache__", "node_modules"})


class Found(Struct, frozen=True):
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
            found.setdefault(os.path.normcase(os.path.abspath(each.path)), each)  # noqa: PTH100  `..` must go
    return list(found.values())


def _expand(path: Path) -> Iterator[Found]:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        if _PATTERN & set(str(path)):
            yield from _matches(path)
        else:
            yield Found(str(path), reason=_why_not(error))
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _walk(str(path))
    elif stat.S_ISREG(status.st_mode):
        yield Found(str(path), status.st_size, status.st_mtime_ns)
    else:
        # Opening a pipe would wait for somebody to write, and a device may never end.
        yield Found(str(path), reason="neither a file nor a folder")


def _why_not(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and not isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"cannot be read: {error.strerror or error}"
    return "there is no such file or folder"


def _matches(pattern: Path) -> Iterator[Found]:
    anchor = Path(pattern.anchor) if pattern.anchor else Path()
    relative = str(pattern.relative_to(pattern.anchor)) if pattern.anchor else str(pattern)
    try:
        hits = sorted(anchor.glob(relative))
    except (ValueError, NotImplementedError, OSError) as error:
        yield Found(str(pattern), reason=f"the pattern cannot be used: {error}")
        return
    except RecursionError:
        yield Found(str(pattern), reason="the pattern cannot be used: folders lie too deep for it, name a folder")
        return
    if not hits:
        yield Found(str(pattern), reason="the pattern matches nothing")
    for hit in hits:
        yield from _expand(hit)


def _walk(top: str) -> Iterator[Found]:
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            yield Found(folder, reason=f"the folder cannot be read: {error.strerror or error}")
            continue
        inner: list[str] = []
        for entry in entries:
            if entry.name.startswith(".") or entry.name in _OURS_TO_LEAVE:
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    inner.append(entry.path)
                elif entry.is_file():
                    status = entry.stat()
                    yield Found(entry.path, status.st_size, status.st_mtime_ns)
            except OSError as error:
                yield Found(entry.path, reason=f"cannot be read: {error.strerror or error}")
        folders.extend(reversed(inner))
