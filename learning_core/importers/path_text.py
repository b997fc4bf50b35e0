"""Paths as text that any report, record or cache can hold, whatever bytes the file's name has."""

import os


def path_text(path: str | os.PathLike[str]) -> str:
    r"""Return a path as valid Unicode; a byte of its name that is no text is written out, as in `\udcff`."""
    return os.fspath(path).encode("utf-8", "backslashreplace").decode("utf-8")


def absolute_path_text(path: str | os.PathLike[str]) -> str:
    """Return the one text under which a file is remembered, from whichever folder it was named."""
    return path_text(os.path.abspath(path))  # noqa: PTH100  Path.absolute keeps `..`, which makes two names of one
