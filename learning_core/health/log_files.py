"""Checking the files of the log themselves: what lies in the folder, how each ends, and every line of it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from learning_core.errors import Unreadable
from learning_core.health.findings import SHOWN, Finding, bad_line, file_text, not_all
from learning_core.index.counted import read
from learning_core.library import Library
from learning_core.log.read import RawLine, read_lines

Progress = Callable[[int, int], None]


def check_folder(library: Library) -> Iterator[Finding]:
    """Yield a finding for each entry of the log folder; raises IndexUnavailable when the folder cannot be read."""
    files = library.index.log_files()
    for path in library.index.entries():
        yield _file(path) if path in files else _not_read(path)


def _not_read(path: Path) -> Finding:
    return Finding(
        level="warning",
        check="file",
        what="Not read: no plain file, or a name with characters that cannot be shown.",
        file=file_text(path),
        remedy="Rename it, or move it out of the log folder.",
    )


def _file(path: Path) -> Finding:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            torn = size > 0 and file.read(1) != b"\n"
    except OSError as error:
        return Finding(
            level="problem",
            check="file",
            what=f"The log cannot be read: {error.strerror or error}.",
            file=file_text(path),
            remedy="Correct the file's permissions.",
        )
    if torn:
        return Finding(
            level="warning",
            check="file",
            what="The last line is unfinished: a writer is busy, or was killed.",
            file=file_text(path),
            remedy="None needed: the next write closes it, and it never counts as a record.",
        )
    if path.is_symlink():
        return Finding(
            level="warning",
            check="file",
            what="A symbolic link: it is read, but whatworks never writes through it.",
            file=file_text(path),
            remedy="None needed for a log that another program writes; otherwise move the file itself here.",
        )
    return Finding(level="ok", check="file", what="Readable, ends with a whole line.", file=file_text(path))


def check_lines(files: list[Path], counts: dict[str, int], progress: Progress | None) -> Iterator[Finding]:
    """Read every line of the log again, checksums included; adds `lines_verified` to the counts."""
    counts["lines_verified"] = 0
    total, before = sum(path.stat().st_size for path in files), 0
    for path in files:
        good = bad = 0
        try:
            for number, line in enumerate(read_lines(path), 1):
                reason = fault(line)
                if reason is None:
                    good += 1
                else:
                    bad += 1
                    if bad <= SHOWN:
                        yield bad_line(path, number, line.offset, f"Not usable ({line.length} bytes): {reason}.")
                if progress is not None:
                    progress(before + line.offset + line.length, total)
        except OSError:
            continue  # said already, file by file
        before += path.stat().st_size
        counts["lines_verified"] += good
        yield from not_all("unusable lines", bad)
        what = f"{good:,} lines verified, {bad:,} not usable."
        yield Finding(level="warning" if bad else "ok", check="line", what=what, file=file_text(path))


def fault(line: RawLine) -> str | None:
    """Return why a line cannot be used, None when it can or is blank."""
    if line.data is None:
        return "longer than the limit"
    try:
        read(line.data)
    except Unreadable as error:
        return str(error)
    return None
