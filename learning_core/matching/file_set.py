"""A few files that belong together: written whole, named by their hashes, never mixed with those of another set."""

import hashlib
import math
import stat
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from pydantic import BaseModel, ConfigDict

from learning_core.errors import TermsUnusable
from learning_core.index.columns import Column
from learning_core.limits import TERM_FILE_BYTES
from learning_core.new_file import new_file

MANIFEST = "manifest.json"
AGAIN = "Run `whatworks embed` again"


class _Said(BaseModel):
    """What every manifest says: of what kind the set is, and the SHA-256 of each file."""

    model_config = ConfigDict(strict=True)

    kind: str
    files: dict[str, str]


def write_set(folder: Path, files: Mapping[str, bytes], about: Mapping[str, Any]) -> None:
    """Write the files and, last, a manifest with their hashes; raises TargetRefused.

    A reader that comes meanwhile finds files that do not fit the manifest, and does without them.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    for name, content in files.items():
        with new_file(folder / name, replace=True) as file:
            file.write(content)
    manifest = orjson.dumps({**about, "files": hashes}, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    with new_file(folder / MANIFEST, replace=True) as file:
        file.write(manifest)


def manifest_of(folder: Path) -> bytes | None:
    """Return the manifest as it stands, None where there is none; raises TermsUnusable."""
    path = folder / MANIFEST
    try:
        return _read(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TermsUnusable(MANIFEST, error.strerror or str(error), AGAIN) from error


def read_set(folder: Path, manifest: bytes, kind: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return what a manifest says, and its files by their names; raises TermsUnusable for any that do not fit it."""
    try:
        about = orjson.loads(manifest)
        said = _Said.model_validate(about)
    except ValueError as error:
        raise TermsUnusable(MANIFEST, "it is damaged", AGAIN) from error
    if said.kind != kind:
        raise TermsUnusable(MANIFEST, f"it is not that of a {kind}", AGAIN)
    return about, {name: _verified(folder, name, digest) for name, digest in said.files.items()}


def _verified(folder: Path, name: str, digest: str) -> bytes:
    if Path(name).name != name or not name.isprintable():
        raise TermsUnusable(MANIFEST, "it names a file outside its folder", AGAIN)
    try:
        content = _read(folder / name)
    except OSError as error:
        raise TermsUnusable(name, error.strerror or str(error), AGAIN) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise TermsUnusable(name, "it is not the file that its manifest names, or only a part of it", AGAIN)
    return content


def _read(path: Path) -> bytes:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        # To open a pipe would wait for who never writes.
        raise TermsUnusable(path.name, "it is no plain file", AGAIN)
    if status.st_size > TERM_FILE_BYTES:
        raise TermsUnusable(path.name, f"it is larger than {TERM_FILE_BYTES // 1024**2} MB", AGAIN)
    return path.read_bytes()


def array_bytes(array: Column) -> bytes:
    """Return an array as a `.npy` file."""
    buffer = BytesIO()
    np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def array_of(name: str, content: bytes, kind: type[np.generic], dimensions: int) -> Column:
    """Return the array in a `.npy` file, which must be of this kind; raises TermsUnusable. Nothing is unpickled.

    Memory is taken for what the file holds, never for what its header says: numpy's own reader takes it first.
    """
    stream = BytesIO(content)
    try:
        np.lib.format.read_magic(stream)
        shape, is_turned, found = np.lib.format.read_array_header_1_0(stream)
    except (ValueError, EOFError, OSError) as error:
        raise TermsUnusable(name, "it is no array", AGAIN) from error
    if found != np.dtype(kind) or len(shape) != dimensions:
        raise TermsUnusable(name, f"it holds {len(shape)} dimensions of {found}", AGAIN)
    start = stream.tell()
    if is_turned or min(shape) < 0 or math.prod(shape) * found.itemsize != len(content) - start:
        raise TermsUnusable(name, "it is not as long as it says", AGAIN)
    return np.frombuffer(content, found, offset=start).reshape(shape)
