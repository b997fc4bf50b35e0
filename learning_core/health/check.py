"""Checking a library: log, index, audit chain and drafts, in memory that does not grow with the log. Read-only."""

import sqlite3
from collections.abc import Callable, Iterator

from msgspec import Struct

from learning_core.audit import AuditChain
from learning_core.errors import IndexUnavailable
from learning_core.health.comparison import compare
from learning_core.health.draft_state import check_drafts
from learning_core.health.findings import Finding, Health, file_text
from learning_core.health.index_state import REBUILD, check_index
from learning_core.health.log_files import check_folder, check_lines
from learning_core.health.profiles import check_profiles
from learning_core.library import Library
from learning_core.log.lock import HeldByOthers
from learning_core.text.wording import count

Bar = Callable[[int, int], None]


class Progress(Struct, frozen=True):
    """Where each part of a check tells how far it is, in bytes done and in all; None when nobody watches."""

    indexing: Bar | None = None
    reading: Bar | None = None
    comparing: Bar | None = None


def check(library: Library, *, deep: bool = False, progress: Progress | None = None) -> Health:
    """Check log, index, audit chain and what could not be read.

    `deep` also reads every line of the log again, checksums included, lets SQLite check the whole index, and compares
    it with one made from scratch in a temporary folder of the cache.
    """
    counts: dict[str, int] = {}
    try:
        findings = _once(_findings(library, counts, progress or Progress(), deep=deep))
    except IndexUnavailable as error:
        findings = [Finding(level="problem", check="library", what=str(error), file=file_text(library.log_folder))]
    return Health(ok=all(each.level != "problem" for each in findings), findings=findings, counts=counts)


def _once(findings: Iterator[Finding]) -> list[Finding]:
    """Return the findings, each bad line once: a deep check meets again what the index has said already."""
    kept: dict[tuple[object, ...], Finding] = {}
    for number, finding in enumerate(findings):
        at_line = finding.check == "line" and finding.offset is not None
        kept.setdefault((finding.file, finding.offset) if at_line else (number,), finding)
    return list(kept.values())


def _findings(library: Library, counts: dict[str, int], progress: Progress, *, deep: bool) -> Iterator[Finding]:
    files = library.index.log_files()
    counts["files"] = len(files)
    counts["bytes"] = sum(path.stat().st_size for path in files)
    if not files:
        yield Finding(
            level="warning",
            check="library",
            what="The library is empty.",
            file=file_text(library.root),
            remedy="Import something: whatworks import PATH.",
        )
    yield from check_folder(library)
    if files:
        yield from _index(library, counts, progress, deep=deep)
        if deep:
            yield from check_lines(files, counts, progress.reading)
    yield from _audit(library, counts)
    yield from check_profiles(library, counts)
    yield from check_drafts(library, counts)


def _index(library: Library, counts: dict[str, int], progress: Progress, *, deep: bool) -> Iterator[Finding]:
    try:
        with library.snapshot(progress.indexing) as snapshot:
            yield from check_index(library, snapshot, counts, deep=deep)
            if deep:
                yield from compare(library, snapshot, progress.comparing)
    except IndexUnavailable as error:
        yield Finding(level="problem", check="index", what=str(error), file=file_text(library.cache))
    except sqlite3.Error as error:
        yield Finding(
            level="problem",
            check="index",
            what=f"The index cannot be read: {error}.",
            file=file_text(library.cache),
            remedy=REBUILD.format(file_text(library.cache)),
        )
    except (OSError, HeldByOthers) as error:
        yield Finding(
            level="problem",
            check="comparison",
            what=f"The index could not be compared with a fresh one: {getattr(error, 'strerror', None) or error}.",
            file=file_text(library.cache),
            remedy="Free the disk, or choose another folder with WHATWORKS_CACHE.",
        )


def _audit(library: Library, counts: dict[str, int]) -> Iterator[Finding]:
    chain = AuditChain(library.root)
    try:
        if chain.anchor() is None and not chain.path.exists():
            return
        report = chain.verify()
    except OSError as error:
        what = f"The audit chain cannot be read: {error.strerror or error}."
        yield Finding(
            level="problem",
            check="audit",
            what=what,
            file=file_text(chain.path),
            remedy="Correct the file's permissions.",
        )
        return
    counts["audit_entries"] = report.entries
    if report.torn:
        what = f"{count(report.torn, 'torn line')} of a killed writer; the chain goes on around them."
        yield Finding(level="warning", check="audit", what=what, file=file_text(chain.path))
    if report.broken:
        yield Finding(
            level="problem",
            check="audit",
            what=f"The audit chain is broken: {report.broken}.",
            file=file_text(chain.path),
            line=report.line,
            offset=report.offset,
            remedy="Restore the audit folder from a backup; to start a new chain, move the folder away.",
        )
    else:
        what = f"The audit chain holds: {report.entries:,} entries."
        yield Finding(level="ok", check="audit", what=what, file=file_text(chain.path))
