"""The folders of models that a person named for a library: a small JSON file in the library's folder."""

import json
import os
from pathlib import Path
from typing import Any

from learning_core.errors import ModelFoldersUnusable, Unreadable
from learning_core.limits import MODEL_FOLDERS, PROFILE_BYTES
from learning_core.new_file import new_file
from learning_core.profiles.beneath import read_beneath
from learning_core.profiles.document import content_of
from learning_core.text.names import same_name

FILE_NAME = "model_folders.json"
_VERSION = 1


def model_folders(library: Path) -> list[Path]:
    """Return the folders in the order in which they were added, none where none was.

    Raises ModelFoldersUnusable, which names file and field, for a file that says something else.
    """
    return [Path(each) for each in _content(library)["folders"]]


def add_model_folder(library: Path, folder: Path) -> bool:
    """Add a folder of models, last; False when it was there already.

    Raises ModelFoldersUnusable for what is no folder, TargetRefused when the list cannot be written.
    """
    path = _whole(folder)
    try:
        is_folder = path.is_dir()
    except (OSError, ValueError):
        is_folder = False
    if not is_folder:
        raise ModelFoldersUnusable(path, "there is no such folder")
    content = _content(library)
    if any(_same(each, path) for each in content["folders"]):
        return False
    if len(content["folders"]) >= MODEL_FOLDERS:
        raise ModelFoldersUnusable(path, f"{MODEL_FOLDERS} folders are named already; take one away first")
    _write(library, {**content, "folders": [*content["folders"], str(path)]})
    return True


def remove_model_folder(library: Path, folder: Path) -> bool:
    """Take a folder off the list, which touches nothing in it; False when it was not there."""
    content = _content(library)
    path = _whole(folder)
    kept = [each for each in content["folders"] if not _same(each, path) and each != str(folder)]
    if len(kept) == len(content["folders"]):
        return False
    _write(library, {**content, "folders": kept})
    return True


def _whole(folder: Path) -> Path:
    return Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100  `..` must go, links must stay


def _same(one: str, other: Path) -> bool:
    return os.path.normcase(one) == os.path.normcase(str(other))


def _content(library: Path) -> dict[str, Any]:
    path = library / FILE_NAME
    try:
        source = read_beneath(library, (FILE_NAME,), PROFILE_BYTES)
        if source is None:
            return {"version": _VERSION, "folders": []}
        content, _ = content_of(source)
    except Unreadable as error:
        raise ModelFoldersUnusable(path, error.reason) from error
    if content.get("version") != _VERSION:
        raise ModelFoldersUnusable(path, f"version: only {_VERSION} is known")
    folders = content.get("folders")
    if not isinstance(folders, list) or not all(isinstance(each, str) and same_name(each) for each in folders):
        raise ModelFoldersUnusable(path, "folders: a list of paths belongs there")
    if any("\0" in each for each in folders):
        raise ModelFoldersUnusable(path, "folders: a path with a NUL character")
    return content


def _write(library: Path, content: dict[str, Any]) -> None:
    with new_file(library / FILE_NAME, replace=True) as file:
        file.write((json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8"))
