"""The state of a library: what `doctor` prints. Read-only: it never repairs anything in place."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from learning_core.errors import IndexUnavailable, Unreadable
from learning_core.library import Library
from learning_core.log.events import decode
from learning_core.log.read import RawLine, read_lines

SHOWN = 20
CHECKSUM = "checksum"


class Finding(BaseModel):
    """One thing that was checked; `where` is a file, with line and byte offset where there is one."""

    level: Literal["ok", "warning", "problem"]
    what: str
    where: str = ""
    remedy: str = ""


class Health(BaseModel):
    """All findings, and the counts behind them."""

    ok: bool
    findings: list[Finding]
    counts: dict[str, int]


def check(library: Library, *, deep: bool = False) -> Health:
    """Check log, index and what could not be read; `deep` reads every line of the log again, checksums included."""
    findings: list[Finding] = []
    counts: dict[str, int] = {}
    if not library.exists():
        findings.append(
            Finding(
                level="warning",
                what="The library is empty.",
                where=str(library.root),
                remedy="Import something: whatworks import PATH.",
            )
        )
        return Health(ok=True, findings=findings, counts={"files": 0})
    files = library.index.log_files()
    findings += [_ignored(path) for path in library.index.entries() if path not in files]
    counts["files"] = len(files)
    counts["bytes"] = sum(path.stat().st_size for path in files)
    findings += [finding for path in files for finding in _file(path)]
    findings += _index(library, counts)
    if deep:
        findings += [finding for path in files if _is_readable(path) for finding in _deep(path, counts)]
    return Health(ok=all(each.level != "problem" for each in findings), findings=findings, counts=counts)


def _ignored(path: Path) -> Finding:
    return Finding(
        level="warning",
        what="Not read: no plain file, or a name with characters that cannot be shown.",
        where=str(path),
        remedy="Rename it, or move it out of the log folder.",
    )


def _file(path: Path) -> list[Finding]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(size - 1, 0))
            torn = size > 0 and file.read(1) != b"\n"
    except OSError as error:
        return [
            Finding(
                level="problem",
                what=f"The log cannot be read: {error.strerror or error}.",
                where=str(path),
                remedy="Correct the file's permissions.",
            )
        ]
    if torn:
        return [
            Finding(
                level="warning",
                what="The last line is unfinished: a writer is busy, or was killed.",
                where=str(path),
                remedy="None needed: the next write closes it, and it never counts as a record.",
            )
        ]
    return [Finding(level="ok", what="Readable, ends with a whole line.", where=str(path))]


def _index(library: Library, counts: dict[str, int]) -> list[Finding]:
    try:
        with library.snapshot() as snapshot:
            refusals, conflicts = snapshot.refusals(), snapshot.conflicts()
            counts["jobs"] = snapshot.jobs
            counts["withdrawn"] = snapshot.jobs - int(snapshot.standing_jobs().sum())
            counts["waiting_judgements"] = snapshot.events_without_job()
    except IndexUnavailable as error:
        return [Finding(level="problem", what=str(error), where=str(library.cache))]
    counts["refused_lines"], counts["conflicts"] = len(refusals), len(conflicts)
    findings = [Finding(level="ok", what="The index is level with the log.", where=str(library.cache))]
    for name, offset, length, reason in refusals[:SHOWN]:
        place = _place(library.log_folder / name, offset)
        findings.append(_unusable(f"Not usable ({length} bytes): {reason}.", place))
    for name, offset, identifier in conflicts[:SHOWN]:
        findings.append(
            Finding(
                level="warning",
                what=f"The id of {identifier} was used before with other content; the first one stands.",
                where=_place(library.log_folder / name, offset),
                remedy="Give each job an id of its own.",
            )
        )
    for kind, total in (("unusable lines", len(refusals)), ("conflicts", len(conflicts))):
        if total > SHOWN:
            findings.append(Finding(level="warning", what=f"{SHOWN} of {total:,} {kind} are shown.", where=""))
    return findings


def _unusable(what: str, place: str) -> Finding:
    """A bad line of another program is a warning; one of ours that lost bytes means that a record is gone."""
    if CHECKSUM in what:
        return Finding(
            level="problem",
            what=what,
            where=place,
            remedy="Restore this line from a backup of the log; meanwhile it counts as not there.",
        )
    return Finding(
        level="warning",
        what=what,
        where=place,
        remedy="The line costs only itself; correct the program that wrote it.",
    )


def _place(path: Path, offset: int) -> str:
    """Return file, line number and byte offset; counting newlines is cheap and only done for what is reported."""
    number, left = 1, offset
    with path.open("rb") as file:
        while left > 0 and (block := file.read(min(left, 1024 * 1024))):
            number += block.count(b"\n")
            left -= len(block)
    return f"{path}, line {number}, byte {offset}"


def _deep(path: Path, counts: dict[str, int]) -> list[Finding]:
    good = bad = 0
    findings = []
    for line in read_lines(path):
        reason = _fault(line)
        good += reason is None
        bad += reason is not None
        if reason is not None and bad <= SHOWN:
            findings.append(_unusable(f"{reason}.", _place(path, line.offset)))
    counts["lines_verified"] = counts.get("lines_verified", 0) + good
    level: Literal["ok", "warning"] = "warning" if bad else "ok"
    findings.append(Finding(level=level, what=f"{good:,} lines verified, {bad:,} not usable.", where=str(path)))
    return findings


def _is_readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False  # said already, file by file


def _fault(line: RawLine) -> str | None:
    if line.data is None:
        return "longer than the limit"
    try:
        decode(line.data)
    except Unreadable as error:
        return str(error)
    return None
