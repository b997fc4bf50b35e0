"""Arrays that an answer had to work out, kept beside the index for the next process that asks the same of it.

A file holds one set of arrays and what they rest on. It is a cache of a cache: missing, old or damaged, it is made
anew, and nobody is told.
"""

import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from learning_core.index.columns import Column

_RESTS_ON = "rests on"


def read_arrays(path: Path, rests_on: str) -> dict[str, Column] | None:
    """Return the arrays in a file if they rest on this, None otherwise."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if str(stored[_RESTS_ON]) == rests_on:
                return {name: stored[name] for name in stored.files if name != _RESTS_ON}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        pass
    return None


def keep_arrays(path: Path, rests_on: str, arrays: Mapping[str, Column]) -> None:
    """Write arrays and what they rest on; what cannot be written is not kept."""
    stored: dict[str, Any] = {_RESTS_ON: np.array(rests_on), **arrays}
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with new.open("wb") as file:
            np.savez(file, allow_pickle=False, **stored)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
