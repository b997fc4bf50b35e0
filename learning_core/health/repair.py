"""Repaired copies of damaged log files: written beside the log, never in place, and nothing is thrown away.

The copy holds every usable line byte for byte and in order. Each other line goes to a file of its own with its place,
the reason, and its bytes as base64.
"""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import orjson
from pydantic import BaseModel

from learning_core.audit import AuditChain
from learning_core.errors import TargetRefused, Unreadable
from learning_core.health.findings import file_text
from learning_core.index.counted import read
from learning_core.library import Library
from learning_core.log.read import RawLine, read_lines
from learning_core.new_file import new_file, refuse_taken

Progress = Callable[[int, int], None]
CHUNK = 3 * 256 * 1024
"""Bytes that are encoded at a time: a multiple of 3, so that the pieces of base64 join without padding."""


class RepairedFile(BaseModel):
    """A damaged log file, its copy, and how many lines went where."""

    file: str
    copy_in: str
    rejected_in: str
    kept: int
    rejected: int


class Repair(BaseModel):
    """All damaged files; `not_noted` says why the audit chain could not be written."""

    files: list[RepairedFile]
    advice: str
    not_noted: str = ""


def repair(library: Library, folder: Path, *, at: float, actor: str, progress: Progress | None = None) -> Repair:
    """Write a repaired copy of every log file that has an unusable line into `folder`, which is made when missing.

    `at` (epoch seconds) and `actor` are noted in the audit chain; `progress` is called with bytes read and in all.
    Raises TargetRefused when a file there would have to be overwritten, IndexUnavailable, OSError.
    """
    _refuse_own(library, folder)
    damaged = _damaged(library.index.log_files(), progress)
    for path in damaged:
        refuse_taken(folder / path.name)
        refuse_taken(_rejected(folder, path))
    files = [_copy(path, folder) for path in damaged]
    if not files:
        return Repair(files=[], advice="Every line can be used; nothing was written.")
    details = {
        "files": [{"name": Path(each.file).name, "kept": each.kept, "rejected": each.rejected} for each in files]
    }
    return Repair(
        files=files,
        advice=(
            "Nothing in the library was changed. To use a copy: stop what writes to the log, move the damaged file out "
            f"of {file_text(library.log_folder)} and keep it, then move the copy there under the same name."
        ),
        not_noted=AuditChain(library.root).note(at=at, actor=actor, action="repair", details=details),
    )


def _refuse_own(library: Library, folder: Path) -> None:
    place = folder.absolute().resolve()
    for own in (library.log_folder, AuditChain(library.root).folder, library.cache):
        if place.is_relative_to(own.resolve()):
            raise TargetRefused(folder, "copies do not belong into the folders of the library; name another folder")


def _damaged(files: list[Path], progress: Progress | None) -> list[Path]:
    total, before, found = sum(path.stat().st_size for path in files), 0, []
    for path in files:
        for line in read_lines(path, with_tail=True):
            if _reason(line) is not None:
                found.append(path)
                break
            if progress is not None:
                progress(before + line.offset + line.length, total)
        before += path.stat().st_size
    return found


def _reason(line: RawLine) -> str | None:
    """Return why a line is left out of the copy; what a newer whatworks may read stays in it."""
    if line.data is None:
        return "longer than the limit"
    try:
        read(line.data)
    except Unreadable as error:
        if error.field == "schema_version":
            return None
        return str(error) if line.finished else f"unfinished last line: {error}"
    return None


def _rejected(folder: Path, path: Path) -> Path:
    """The name does not end as a log's does: moved into the log folder by mistake, it is not read."""
    return folder / f"{path.name}.rejected"


def _copy(path: Path, folder: Path) -> RepairedFile:
    kept = rejected = 0
    target, left_out = folder / path.name, _rejected(folder, path)
    with path.open("rb") as source, new_file(left_out) as bad, new_file(target) as good:
        for line in read_lines(path, with_tail=True):
            reason = _reason(line)
            if reason is None:
                kept += bool((line.data or b"").strip())
                for chunk in _chunks(source, line):
                    good.write(chunk)
                if not line.finished:
                    good.write(b"\n")
            else:
                rejected += 1
                _reject(bad, source, line, reason)
    return RepairedFile(
        file=file_text(path),
        copy_in=file_text(target),
        rejected_in=file_text(left_out),
        kept=kept,
        rejected=rejected,
    )


def _reject(file: BinaryIO, source: BinaryIO, line: RawLine, reason: str) -> None:
    head = orjson.dumps({"offset": line.offset, "length": line.length, "reason": reason})
    file.write(head[:-1] + b',"base64":"')
    for chunk in _chunks(source, line):
        file.write(base64.b64encode(chunk))
    file.write(b'"}\n')


def _chunks(source: BinaryIO, line: RawLine) -> Iterator[bytes]:
    source.seek(line.offset)
    left = line.length
    while left and (chunk := source.read(min(left, CHUNK))):
        left -= len(chunk)
        yield chunk
