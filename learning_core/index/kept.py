"""Arrays that an answer had to work out, kept beside the index for the next process that asks the same of it.

A file holds one set of arrays and what they rest on; the arrays stand in it as one, since hundreds of small members
take longer to write than the answer that needed them. It is a cache of a cache: missing, old or damaged, it is made
anew, and nobody is told.
"""

import json
import math
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from learning_core.index.columns import Column

_RESTS_ON = "rests on"
_FORMS = "aligned forms"
_CONTENT = "content"
_ALIGNED = 16
"""Each array begins at a multiple of so many bytes, so that it can be used where it was read."""


def read_arrays(path: Path, rests_on: str) -> dict[str, Column] | None:
    """Return the arrays in a file if they rest on this, None otherwise."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if str(stored[_RESTS_ON]) == rests_on:
                return _apart(stored[_FORMS].tobytes(), stored[_CONTENT])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        pass
    return None


def keep_arrays(path: Path, rests_on: str, arrays: Mapping[str, Column]) -> None:
    """Write arrays and what they rest on; what cannot be written is not kept."""
    forms = json.dumps([(name, array.dtype.str, array.shape) for name, array in arrays.items()]).encode()
    content = b"".join(array.tobytes() + bytes(-array.nbytes % _ALIGNED) for array in arrays.values())
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with new.open("wb") as file:
            np.savez(
                file,
                allow_pickle=False,
                **{
                    _RESTS_ON: np.array(rests_on),
                    _FORMS: np.frombuffer(forms, np.uint8),
                    _CONTENT: np.frombuffer(content, np.uint8),
                },
            )
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)


def _apart(forms: bytes, content: Column) -> dict[str, Column]:
    """Return the arrays whose names, types and shapes are listed, out of their bytes."""
    arrays: dict[str, Column] = {}
    start = 0
    for name, kind, shape in json.loads(forms):
        end = start + np.dtype(kind).itemsize * math.prod(shape)
        arrays[name] = content[start:end].view(kind).reshape(shape)
        start = end + -end % _ALIGNED
    return arrays
