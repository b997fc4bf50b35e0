"""What an archive says of itself: its first member, which names every other with size, lines and hash."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from learning_core.archive.documents import is_document
from learning_core.errors import ArchiveUnusable
from learning_core.limits import ARCHIVE_FILES

MANIFEST = "manifest.json"
LOG = "log/"
AUDIT = "audit/audit.jsonl"
ANCHOR = "audit/anchor.json"
VERSION = 2
OLDEST = 1
"""Archives of version 1 hold log and audit chain alone."""

Count = Annotated[int, Field(ge=0)]


class ArchivedFile(BaseModel):
    """One member: its name, its size in bytes, its lines, and its SHA-256."""

    model_config = ConfigDict(frozen=True, strict=True)

    name: str
    size: Count
    lines: Count
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """The contents of an archive; `created` is epoch seconds (UTC), `whatworks` the release that wrote it."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

    format: Literal["whatworks library"] = "whatworks library"
    version: int = VERSION
    whatworks: str
    created: float
    files: list[ArchivedFile] = Field(max_length=ARCHIVE_FILES)

    @property
    def size(self) -> int:
        """Bytes of all members together."""
        return sum(file.size for file in self.files)

    @property
    def lines(self) -> int:
        """Lines of the log, all files together."""
        return sum(file.lines for file in self.files if file.name.startswith(LOG))


def read_manifest(data: bytes, archive: Path) -> Manifest:
    """Return a manifest whose every name is one that a library has; raises ArchiveUnusable."""
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as error:
        raise ArchiveUnusable(archive, "its manifest is none of whatworks") from error
    if not OLDEST <= manifest.version <= VERSION:
        raise ArchiveUnusable(archive, "it was written by a newer whatworks; update to read it")
    names = [file.name for file in manifest.files]
    if len(set(names)) != len(names):
        raise ArchiveUnusable(archive, "a name occurs twice in it")
    for name in names:
        if name not in (AUDIT, ANCHOR) and not is_log_member(name) and not is_document(name):
            raise ArchiveUnusable(archive, f"it names a file that no library has: {name!r:.200}")
    return manifest


def is_log_member(name: str) -> bool:
    """Tell whether a member is a log file by its name: directly in `log/`, and a name that every reader reads."""
    file = name.removeprefix(LOG)
    return (
        name.startswith(LOG)
        and Path(file).name == file
        and (sys.platform != "win32" or ":" not in file)
        and file.endswith(".jsonl")
        and file[0] != "."
        and file.isprintable()
        and len(file.encode("utf-8", "replace")) <= 255
    )
