"""Writing a whole library into one file: every finished line of the log as of a moment, audit chain, documents."""

import hashlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct
from pydantic import BaseModel

from learning_core.archive.documents import FOLDERS, Part, documents, is_document
from learning_core.archive.manifest import ANCHOR, AUDIT, LOG, MANIFEST, ArchivedFile, Manifest
from learning_core.archive.tar import CHUNK, archive_writer
from learning_core.audit import AuditChain
from learning_core.errors import ChangedWhileRead, TargetRefused
from learning_core.library import Library
from learning_core.limits import ARCHIVE_FILES
from learning_core.new_file import new_file, refuse_taken

Progress = Callable[[int, int], None]
COMPRESSED = (".gz", ".tgz")


class Packed(BaseModel):
    """What an archive holds.

    `files` and `lines` count those of the log, `documents` all else besides the audit chain. `left_out` names what lies
    in the log folder and is no readable log file, `not_noted` says why the audit chain could not be written (a library
    on a read-only disk can be exported all the same).
    """

    path: str
    files: int
    lines: int
    documents: int
    bytes: int
    left_out: list[str] = []
    not_noted: str = ""


class _Source(Struct, frozen=True):
    """One member to be: where it is read from, and how many of its bytes are whole lines."""

    name: str
    path: Path
    size: int
    content: bytes | None = None

    def open(self) -> BinaryIO:
        return self.path.open("rb") if self.content is None else BytesIO(self.content)

    def chunks(self) -> Iterator[bytes]:
        with self.open() as file:
            left = self.size
            while left:
                chunk = file.read(min(left, CHUNK))
                if not chunk:
                    raise ChangedWhileRead(self.path)
                left -= len(chunk)
                yield chunk


def pack(
    library: Library,
    target: Path,
    *,
    created: float,
    actor: str,
    version: str,
    without: frozenset[Part] = frozenset(),
    replace: bool = False,
    progress: Progress | None = None,
) -> Packed:
    """Write the library to `target`, compressed when its name ends in .gz or .tgz; `created` is epoch seconds.

    `without` leaves parts out. Every file is read twice: for the manifest, which comes first, and for the archive
    itself. `progress` is called with bytes done and in all. Raises TargetRefused, ChangedWhileRead, IndexUnavailable,
    OSError.
    """
    inside = target.absolute().parent.resolve()
    own_folders = library.log_folder, AuditChain(library.root).folder, *(library.root / each for each in FOLDERS)
    if any(inside.is_relative_to(folder.resolve()) for folder in own_folders):
        raise TargetRefused(target, "an archive does not belong into the folders that it is made of")
    refuse_taken(target, replace=replace)
    if not library.exists():
        raise TargetRefused(target, f"the library in {library.root} is empty; import something first")
    sources = _sources(library, without)
    if len(sources) > ARCHIVE_FILES:
        raise TargetRefused(
            target, f"the library has {len(sources):,} files, more than {ARCHIVE_FILES:,}; leave the images out"
        )
    done = _Done(progress, 2 * sum(source.size for source in sources))
    manifest = Manifest(whatworks=version, created=created, files=[_described(source, done) for source in sources])
    with (
        new_file(target, replace=replace) as file,
        archive_writer(file, created, compressed=target.name.endswith(COMPRESSED)) as archive,
    ):
        first = manifest.model_dump_json(indent=1).encode() + b"\n"
        archive.member(MANIFEST, len(first), iter([first]))
        for source, described in zip(sources, manifest.files, strict=True):
            archive.member(source.name, source.size, _unchanged(source, described, done))
    logs = library.index.log_files()
    details = {"archive": target.name, "files": len(manifest.files), "lines": manifest.lines, "bytes": manifest.size}
    return Packed(
        path=str(target),
        files=sum(file.name.startswith(LOG) for file in manifest.files),
        lines=manifest.lines,
        documents=sum(is_document(file.name) for file in manifest.files),
        bytes=manifest.size,
        left_out=[str(path) for path in library.index.entries() if path not in logs],
        not_noted=AuditChain(library.root).note(at=created, actor=actor, action="export", details=details),
    )


class _Done:
    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def add(self, size: int) -> None:
        self._done += size
        if self._progress is not None:
            self._progress(self._done, self._total)


def _sources(library: Library, without: frozenset[Part]) -> list[_Source]:
    """All sizes are taken before anything is read: that is the moment of which the archive tells."""
    sizes = [(path, path.stat().st_size) for path in library.index.log_files()]
    sources = [_Source(f"{LOG}{path.name}", path, _whole_lines(path, size)) for path, size in sizes]
    sources += _chain(AuditChain(library.root))
    # After the chain, so that no decision in it is about a draft that is missing.
    return [*sources, *(_Source(name, path, path.stat().st_size) for name, path in documents(library, without))]


def _chain(chain: AuditChain) -> Iterator[_Source]:
    if not chain.path.is_file():
        return
    # The anchor first: the chain that is read after it holds at least the entry that it names.
    anchor = chain.anchor()
    if anchor is not None:
        content = anchor.model_dump_json().encode() + b"\n"
        yield _Source(ANCHOR, chain.anchor_path, len(content), content)
    yield _Source(AUDIT, chain.path, _whole_lines(chain.path, chain.path.stat().st_size))


def _whole_lines(path: Path, size: int) -> int:
    """Return where the last finished line within the first `size` bytes ends."""
    with path.open("rb") as file:
        end = size
        while end > 0:
            start = max(0, end - CHUNK)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _described(source: _Source, done: _Done) -> ArchivedFile:
    digest, lines = hashlib.sha256(), 0
    for chunk in source.chunks():
        digest.update(chunk)
        lines += chunk.count(b"\n")
        done.add(len(chunk))
    return ArchivedFile(name=source.name, size=source.size, lines=lines, sha256=digest.hexdigest())


def _unchanged(source: _Source, described: ArchivedFile, done: _Done) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for chunk in source.chunks():
        digest.update(chunk)
        done.add(len(chunk))
        yield chunk
    if digest.hexdigest() != described.sha256:
        raise ChangedWhileRead(source.path)
