"""Giving archived files their names in a library that may hold some of them already."""

import errno
import os
import re
import shutil
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import BaseModel

from learning_core.archive.manifest import AUDIT, LOG, ArchivedFile
from learning_core.audit import Anchor, AuditChain, verify
from learning_core.log.copy_lines import append_from
from learning_core.new_file import give_name, new_file

BLOCK = 64 * 1024

Outcome = Literal["there", "new", "extended", "renamed", "kept"]


class Placed(BaseModel):
    """Where one archived file went.

    `there`: the library had all of it; `new`: under its own name; `extended`: the lines that were missing were
    appended; `renamed`: another file has its name, so it stands under one that tells its hash; `kept`: the library's
    own document of this name stays, and the archived one is left. `lines` were added.
    """

    name: str
    placed_as: str
    outcome: Outcome
    lines: int


def place_log(staged: Path, file: ArchivedFile, folder: Path) -> Placed:
    """Bring one verified log file into the log folder; what is not staged is there already. Raises LogError."""
    name = file.name.removeprefix(LOG)
    if not staged.exists():
        return Placed(name=file.name, placed_as=name, outcome="there", lines=0)
    return _settle(staged, file, folder, [name, *_relatives(name, folder)])


def place_chain(
    staged: Path, file: ArchivedFile, chain: AuditChain, anchor: bytes | None, *, is_own: bool = True
) -> Placed:
    """Bring an audit chain into the library; one with another history, or a broken one, stands beside the own one.

    A chain that is broken stops every decision, so no archive may break the library's. One that is not to become the
    library's own (`is_own`) stands beside it, too.
    """
    own = chain.path.name
    known = chain.anchor() if anchor is None else Anchor.model_validate_json(anchor)
    if staged.exists() and (not is_own or verify(staged, known).broken):
        chain.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _settle(staged, file, chain.folder, _relatives(own, chain.folder))
    there = chain.path.exists()
    offset = file.size if not staged.exists() else missing_from(chain.path, staged) if there else 0
    if offset == file.size:
        return Placed(name=AUDIT, placed_as=own, outcome="there", lines=0)
    if offset is None:
        return _settle(staged, file, chain.folder, _relatives(own, chain.folder))
    lines = chain.adopt(staged, offset, anchor)
    return Placed(name=AUDIT, placed_as=own, outcome="extended" if there else "new", lines=lines)


def place_document(staged: Path, file: ArchivedFile, root: Path) -> Placed:
    """Give a verified document its name in a library, never over another, and never through a link."""
    target = root / file.name
    if not staged.exists():
        outcome: Outcome = "there"
    elif os.path.lexists(target) or not _folders_made(root, target):
        outcome = "kept"
    else:
        _give(staged, target)
        outcome = "new"
    return Placed(name=file.name, placed_as=file.name, outcome=outcome, lines=0)


def _folders_made(root: Path, target: Path) -> bool:
    """Make the folders above a file inside a library; False where something else than a folder lies in the way.

    The first one is the library's own and may be a link that a person made, to another disk for instance.
    """
    inside = target.relative_to(root).parts[:-1]
    for depth in range(1, len(inside) + 1):
        folder = root.joinpath(*inside[:depth])
        if not os.path.lexists(folder):
            folder.mkdir(mode=0o700)
        if not folder.is_dir() or (depth > 1 and folder.is_symlink()):
            return False
    return True


def _settle(staged: Path, file: ArchivedFile, folder: Path, names: list[str]) -> Placed:
    """Use the first of the names that is free or whose file holds the beginning of the archived one, else a new one."""
    for name in names:
        target = folder / name
        if not os.path.lexists(target):
            _give(staged, target)
            return Placed(name=file.name, placed_as=name, outcome="new", lines=file.lines)
        offset = missing_from(target, staged)
        if offset == file.size:
            return Placed(name=file.name, placed_as=name, outcome="there", lines=0)
        if offset is not None:
            lines = append_from(staged, offset, target)
            return Placed(name=file.name, placed_as=name, outcome="extended", lines=lines)
    other = f"{Path(file.name).stem}-{file.sha256[:8]}.jsonl"
    _give(staged, folder / other)
    return Placed(name=file.name, placed_as=other, outcome="renamed", lines=file.lines)


def _relatives(name: str, folder: Path) -> list[str]:
    """Return the files that an earlier import had to place under another name: a newer archive only extends one."""
    pattern = re.compile(re.escape(name.removesuffix(".jsonl")) + r"-[0-9a-f]{8}\.jsonl")
    return sorted(path.name for path in folder.iterdir() if pattern.fullmatch(path.name))


def _give(staged: Path, target: Path) -> None:
    try:
        with staged.open("rb+") as file:
            os.fsync(file.fileno())
        give_name(staged, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # Log and audit chain may lie on different disks.
        with new_file(target) as copy, staged.open("rb") as source:
            shutil.copyfileobj(source, copy)


def missing_from(there: Path, archived: Path) -> int | None:
    """Return from which offset on `archived` is missing in a file that holds its beginning, None when they differ.

    The size of `archived` when nothing is missing. Torn lines of killed writers, which begin like the line that
    follows them in the archive, are passed over: no part of a record is a record.
    """
    if there.is_symlink() or not there.is_file():
        return None
    with there.open("rb") as first, archived.open("rb") as second:
        ends = first.seek(0, 2), second.seek(0, 2)
        here, start = 0, 0
        while True:
            same, whole = _common(first, here, second, start)
            if start + same == ends[1]:
                return ends[1]
            if here + same == ends[0]:
                # A whole line that only lacks its newline is finished, never said twice.
                second.seek(start + same)
                return start + (same if second.read(1) == b"\n" else whole)
            first.seek(here + same)
            if first.read(1) != b"\n":
                return None
            here, start = here + same + 1, start + whole


def _common(first: BinaryIO, here: int, second: BinaryIO, start: int) -> tuple[int, int]:
    """Return how many bytes two files share from an offset each, and how many of these are whole lines."""
    first.seek(here)
    second.seek(start)
    same = whole = 0
    while True:
        one, other = first.read(BLOCK), second.read(BLOCK)
        shared = len(one) if one == other else _first_difference(one, other)
        found = one.rfind(b"\n", 0, shared)
        if found >= 0:
            whole = same + found + 1
        same += shared
        if not shared or shared < max(len(one), len(other)):
            return same, whole


def _first_difference(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (first, second) in pairs if first != second), min(len(one), len(other)))
