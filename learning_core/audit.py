"""The audit chain: what was done to the library as a whole, each entry bound to the one before it by its hash.

`audit.jsonl` is appended to like a log. `anchor.json` beside it keeps the last entry's number and hash, so that a
cut tail is noticed; whoever rewrites both can hide that, as whoever may write the files can rewrite a whole chain.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from learning_core.errors import LogBusy, LogNotWritable, WhatworksError
from learning_core.log import lock
from learning_core.log.append import append_lines
from learning_core.log.copy_lines import append_from
from learning_core.log.read import RawLine, read_lines
from learning_core.log.seal import encode
from learning_core.new_file import new_file

LOCK_SECONDS = 30.0
FIRST = "0" * 64
"""What stands for the hash of the entry before the first."""

_SEAL = re.compile(rb',"hash":"([0-9a-f]{64})"\}$')
_SEAL_BYTES = len(b',"hash":""}') + 64


class AuditEntry(BaseModel):
    """One operation; `at` is epoch seconds (UTC), `previous` the SHA-256 of the whole line before it."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    seq: int = Field(ge=1)
    previous: str
    at: float
    actor: str
    action: str
    details: dict[str, Any] = {}


class Anchor(BaseModel):
    """The last entry as it was written: its number, the SHA-256 of its line, and where the line starts.

    Number 0 and the hash FIRST stand for a chain that is about to get its first entry.
    """

    model_config = ConfigDict(frozen=True)

    seq: int = Field(ge=0)
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    offset: int = Field(ge=0, lt=2**63)


class ChainReport(BaseModel):
    """What a verification found; `broken` says what is wrong at the first place that does not fit."""

    entries: int = 0
    torn: int = 0
    broken: str = ""
    line: int | None = None
    offset: int | None = None


class AuditChain:
    """The audit chain of one library, in `root`/audit."""

    def __init__(self, root: Path) -> None:
        self.folder = folder = root / "audit"
        self.path = folder / "audit.jsonl"
        self.anchor_path = folder / "anchor.json"

    def append(self, *, at: float, actor: str, action: str, details: Mapping[str, Any]) -> AuditEntry:
        """Append one entry, durably, and return it; `at` is epoch seconds. Raises LogError or TargetRefused."""
        with self._writing():
            seq, previous = self._end()
            if not seq and not self.path.exists():
                # Without it a writer killed after its first line would look like one who took the anchor away.
                self._anchor(Anchor(seq=0, hash=FIRST, offset=0).model_dump_json().encode() + b"\n")
            entry = AuditEntry(seq=seq + 1, previous=previous, at=at, actor=actor, action=action, details=dict(details))
            line = _line(entry)
            append_lines(self.path, [line], durable=True)
            last = Anchor(seq=entry.seq, hash=_hash(line[:-1]), offset=self.path.stat().st_size - len(line))
            self._anchor(last.model_dump_json().encode() + b"\n")
        return entry

    def note(self, *, at: float, actor: str, action: str, details: Mapping[str, Any]) -> str:
        """Append one entry about something that is done already; return why that was impossible, else nothing."""
        try:
            self.append(at=at, actor=actor, action=action, details=details)
        except WhatworksError as error:
            return str(error)
        return ""

    def entries(self) -> Iterator[AuditEntry]:
        """Yield the entries whose own hash fits, in their order."""
        yield from entries_in(self.path)

    def adopt(self, archived: Path, offset: int, anchor: bytes | None) -> int:
        """Append what an archived copy of this chain has from a byte offset on, take over its anchor, count lines.

        Raises LogError or TargetRefused.
        """
        with self._writing():
            count = append_from(archived, offset, self.path)
            if anchor is not None:
                self._anchor(anchor)
        return count

    def anchor(self) -> Anchor | None:
        """Return the anchor, None when there is none that can be read."""
        try:
            return Anchor.model_validate_json(self.anchor_path.read_bytes())
        except (OSError, ValidationError):
            return None

    def verify(self) -> ChainReport:
        """Walk the chain and name the first place that was edited, removed, added or reordered.

        What a killed writer left torn is counted, no fault. Raises OSError when the file cannot be read.
        """
        return verify(self.path, self.anchor())

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One at a time from reading the last entry to the anchor; `append_lines` takes the writers' lock inside."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with lock.held(self.folder / "chain.lock", LOCK_SECONDS):
                yield
        except lock.HeldByOthers as error:
            raise LogBusy(self.path, error.seconds, error.holder) from error
        except OSError as error:
            raise LogNotWritable(self.path, error.strerror or str(error)) from error

    def _anchor(self, content: bytes) -> None:
        with new_file(self.anchor_path, replace=True) as file:
            file.write(content)

    def _end(self) -> tuple[int, str]:
        """Return number and hash of the last entry.

        When the anchor knows of a later one than the file holds, the chain goes on from there: the gap stays visible.
        """
        anchor = self.anchor()
        end = self._last(0 if anchor is None else anchor.offset) or self._last(0) or (0, FIRST)
        return (anchor.seq, anchor.hash) if anchor is not None and anchor.seq > end[0] else end

    def _last(self, offset: int) -> tuple[int, str] | None:
        last = None
        for line, entry in self._read(offset):
            if isinstance(entry, AuditEntry):
                last = entry.seq, _hash(line.data or b"")
        return last

    def _read(self, offset: int) -> Iterator[tuple[RawLine, AuditEntry | Literal["edited"] | None]]:
        return _read(self.path, offset)


def entries_in(path: Path) -> Iterator[AuditEntry]:
    """Yield the entries in a file whose own hash fits, in their order: a chain, or an archived copy of one."""
    yield from (entry for _, entry in _read(path, 0) if isinstance(entry, AuditEntry))


def verify(path: Path, anchor: Anchor | None) -> ChainReport:
    """Walk a chain, or an archived copy of one, as `AuditChain.verify` does; raises OSError."""
    report, seq, previous = ChainReport(), 0, FIRST
    anchored = FIRST if anchor is not None and not anchor.seq else ""
    for number, (line, entry) in enumerate(_read(path, 0), 1):
        if entry is None:
            report.torn += bool(line.data)
            continue
        if reason := _misfit(entry, seq, previous):
            return report.model_copy(update={"broken": reason, "line": number, "offset": line.offset})
        seq, previous = seq + 1, _hash(line.data or b"")
        report.entries = seq
        if anchor is not None and anchor.seq == seq:
            anchored = previous
    return report.model_copy(update={"broken": _ending(seq, anchor, anchored)})


def _read(path: Path, offset: int) -> Iterator[tuple[RawLine, AuditEntry | Literal["edited"] | None]]:
    if path.exists():
        for line in read_lines(path, offset, with_tail=True):
            yield line, _entry(line.data or b"")


def _line(entry: AuditEntry) -> bytes:
    body = encode(entry.model_dump(mode="json"))[:-1]
    return b'%s,"hash":"%s"}\n' % (body[:-1], _hash(body).encode())


def _entry(line: bytes) -> AuditEntry | Literal["edited"] | None:
    """Return the entry in a line, `edited` when its hash does not fit, None for what is no whole entry."""
    found = _SEAL.search(line, max(0, len(line) - _SEAL_BYTES))
    if found is None:
        return None
    body = line[:-_SEAL_BYTES] + b"}"
    if _hash(body) != found.group(1).decode():
        return "edited"
    try:
        return AuditEntry.model_validate(orjson.loads(body))
    except (ValueError, ValidationError):
        return "edited"


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _misfit(entry: AuditEntry | Literal["edited"], seq: int, previous: str) -> str:
    if not isinstance(entry, AuditEntry):
        return "the entry was edited: its own hash does not fit"
    if entry.seq != seq + 1:
        return f"entry {seq + 1} is missing: entry {entry.seq} stands in its place"
    if entry.previous != previous:
        return f"entry {entry.seq} does not follow the entry before it, which was edited, removed or replaced"
    return ""


def _ending(seq: int, anchor: Anchor | None, anchored: str) -> str:
    if anchor is None:
        return "the anchor file is missing or unreadable, so a cut end could not be noticed" if seq else ""
    if anchor.seq > seq:
        return f"the end is cut: the anchor knows {anchor.seq} entries, the file holds {seq}"
    return "" if anchored == anchor.hash else f"entry {anchor.seq} is not the one that the anchor knows"
