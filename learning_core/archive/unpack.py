"""Bringing an archive into a library: all of it is verified before any of it is placed.

Members are written to a hidden folder beside the log first, so that a killed import leaves nothing under a name that
is read; the next import clears that folder and starts again.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel

from learning_core.archive.documents import is_document
from learning_core.archive.manifest import ANCHOR, AUDIT, LOG, MANIFEST, ArchivedFile, Manifest, read_manifest
from learning_core.archive.placing import Placed, place_chain, place_document, place_log
from learning_core.archive.tar import CHUNK, ArchiveReader, open_archive
from learning_core.audit import Anchor, AuditChain, entries_in
from learning_core.drafts.history import history, told
from learning_core.errors import ArchiveUnusable, LogBusy, LogNotWritable
from learning_core.library import Library
from learning_core.limits import MANIFEST_BYTES
from learning_core.log import lock

LOCK_SECONDS = 30.0
STAGE = ".incoming"
LEAST_FREE_BYTES = 16 * 1024 * 1024

Progress = Callable[[int, int], None]


class Unpacked(BaseModel):
    """What an import of an archive did; `lines` counts those of the log that the library did not have.

    `not_noted` says why the audit chain could not be written; empty when it was, or when nothing changed.
    """

    path: str
    created: float
    whatworks: str
    files: list[Placed]
    lines: int
    not_noted: str = ""


def unpack(library: Library, archive: Path, *, at: float, actor: str, progress: Progress | None = None) -> Unpacked:
    """Verify an archive and add what the library lacks of it; the same archive again changes nothing.

    `at` (epoch seconds) and `actor` are noted in the audit chain.
    `progress` is called with bytes read and in all. Raises ArchiveUnusable (nothing was placed), LogError, OSError.
    """
    with open_archive(archive) as reader:
        manifest = _manifest(reader)
        with _stage(library) as stage:
            _refuse_too_large(reader, manifest, stage)
            _receive(library, reader, manifest, stage, progress)
            anchor = _anchor(manifest, archive, stage)
            _refuse_open_decisions(library, manifest, archive, stage)
            placed = list(_place(library, manifest, stage, anchor))
    result = Unpacked(
        path=str(archive),
        created=manifest.created,
        whatworks=manifest.whatworks,
        files=placed,
        lines=sum(each.lines for each in placed if each.name.startswith(LOG)),
    )
    if any(file.outcome != "there" for file in placed):
        details = {"archive": archive.name, "files": len(placed), "lines": result.lines}
        result.not_noted = AuditChain(library.root).note(at=at, actor=actor, action="import", details=details)
    return result


@contextmanager
def _stage(library: Library) -> Iterator[Path]:
    """Give an empty hidden folder in the log folder (of the same file system), one import at a time."""
    stage = library.log_folder / STAGE
    try:
        library.log_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with lock.held(library.root / "import.lock", LOCK_SECONDS):
            _clear(stage)
            stage.mkdir(mode=0o700)
            try:
                yield stage
            finally:
                _clear(stage)
    except lock.HeldByOthers as error:
        raise LogBusy(stage, error.seconds, error.holder) from error
    except OSError as error:
        if str(error.filename or "").startswith(str(library.root)):
            raise LogNotWritable(library.log_folder, error.strerror or str(error)) from error
        raise


def _clear(stage: Path) -> None:
    if stage.is_symlink():
        stage.unlink()
    elif stage.exists():
        shutil.rmtree(stage)


def _manifest(reader: ArchiveReader) -> Manifest:
    header = reader.header()
    if header is None or header[0] != MANIFEST:
        raise ArchiveUnusable(reader.path, "it does not begin with the manifest of a whatworks library")
    if header[1] > MANIFEST_BYTES:
        raise ArchiveUnusable(reader.path, "its manifest is too large")
    return read_manifest(b"".join(reader.data(header[1])), reader.path)


def _refuse_too_large(reader: ArchiveReader, manifest: Manifest, stage: Path) -> None:
    free = shutil.disk_usage(stage).free - LEAST_FREE_BYTES
    if manifest.size > free:
        raise ArchiveUnusable(
            reader.path, f"it unpacks to {manifest.size:,} bytes, and only {max(free, 0):,} are free on that disk"
        )


def _receive(
    library: Library, reader: ArchiveReader, manifest: Manifest, stage: Path, progress: Progress | None
) -> None:
    """Verify every member; each is kept in the stage unless the library has all of it under the same name."""
    done = 0
    for number, file in enumerate(manifest.files):
        header = reader.header()
        if header != (file.name, file.size):
            found = "nothing" if header is None else f"{header[0]!r:.200} of {header[1]:,} bytes"
            expected = f"{file.name!r:.200} of {file.size:,} bytes"
            raise ArchiveUnusable(reader.path, f"{expected} should follow, but {found} does")
        if _is_there(library.root / file.name, file, whole=is_document(file.name)):
            _verify(reader, file, None)
        else:
            with open(stage / str(number), "xb", opener=_for_the_owner) as kept:
                _verify(reader, file, kept)
        done += file.size
        if progress is not None:
            progress(done, manifest.size)
    if reader.header() is not None:
        raise ArchiveUnusable(reader.path, "it holds more than its manifest names")
    reader.finish()


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is_there(path: Path, file: ArchivedFile, *, whole: bool) -> bool:
    """Tell whether a file begins with exactly the archived bytes, or is exactly these."""
    if path.is_symlink() or not path.is_file():
        return False
    size = path.stat().st_size
    if size != file.size if whole else size < file.size:
        return False
    digest, left = hashlib.sha256(), file.size
    with path.open("rb") as there:
        while left and (chunk := there.read(min(left, CHUNK))):
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest() == file.sha256


def _verify(reader: ArchiveReader, file: ArchivedFile, kept: BinaryIO | None) -> None:
    digest, lines, last = hashlib.sha256(), 0, b"\n"
    for chunk in reader.data(file.size):
        digest.update(chunk)
        lines += chunk.count(b"\n")
        last = chunk[-1:]
        if kept is not None:
            kept.write(chunk)
    if digest.hexdigest() != file.sha256:
        raise ArchiveUnusable(reader.path, f"{file.name!r:.200} is damaged: its hash does not fit")
    if lines != file.lines or (last != b"\n" and not is_document(file.name)):
        raise ArchiveUnusable(reader.path, f"the lines of {file.name!r:.200} are not those of the manifest")


def _refuse_open_decisions(library: Library, manifest: Manifest, archive: Path, stage: Path) -> None:
    """Raise ArchiveUnusable for an approval that was not carried out: only a person here may cause a write here."""
    number = next((number for number, file in enumerate(manifest.files) if file.name == AUDIT), None)
    if number is None or not (stage / str(number)).exists():
        return
    known = [each.event.decision for each in history(AuditChain(library.root)).open()]
    for each in told(entries_in(stage / str(number))).open():
        if each.event.decision not in known:
            raise ArchiveUnusable(
                archive,
                f"a decision about {each.event.decision.sidecar!r:.200} in it is not carried out; run `whatworks "
                "review` where it comes from, then export again",
            )


def _anchor(manifest: Manifest, archive: Path, stage: Path) -> bytes | None:
    """Return the archived anchor, None when there is none or the library has the same."""
    number = next((number for number, file in enumerate(manifest.files) if file.name == ANCHOR), None)
    if number is None or not (stage / str(number)).exists():
        return None
    content = (stage / str(number)).read_bytes()
    try:
        Anchor.model_validate_json(content)
    except ValueError as error:
        raise ArchiveUnusable(archive, "the anchor of its audit chain cannot be read") from error
    return content


def _locks(chain: AuditChain, staged: Path) -> bool:
    """Tell whether an archived chain would lock a review that has no chain: nobody here knows the passphrase."""
    return not chain.path.exists() and staged.exists() and bool(told(entries_in(staged)).key)


def _place(library: Library, manifest: Manifest, stage: Path, anchor: bytes | None) -> Iterator[Placed]:
    is_used = any(library.log_folder.glob("*.jsonl"))
    for number, file in enumerate(manifest.files):
        if file.name.startswith(LOG):
            yield place_log(stage / str(number), file, library.log_folder)
        elif file.name == AUDIT:
            chain = AuditChain(library.root)
            yield place_chain(
                stage / str(number), file, chain, anchor, is_own=not (is_used and _locks(chain, stage / str(number)))
            )
        elif file.name != ANCHOR:
            yield place_document(stage / str(number), file, library.root)
