"""Checking the folders of models that a library names, and the sidecars in them. Read-only."""

from collections.abc import Iterator

from learning_core.errors import ModelFoldersUnusable
from learning_core.health.findings import SHOWN, Finding, file_text
from learning_core.library import Library
from learning_core.profiles.collection import Collection, collect
from learning_core.profiles.configured import FILE_NAME, model_folders


def check_profiles(library: Library, counts: dict[str, int]) -> Iterator[Finding]:
    """Yield what is wrong with the list of folders, the folders and the sidecars; nothing where none is named."""
    try:
        folders = model_folders(library.root)
    except ModelFoldersUnusable as error:
        path = library.root / FILE_NAME
        remedy = "Correct the file, or move it away and name the folders again: whatworks profiles add FOLDER."
        yield Finding(level="problem", check="profiles", what=str(error), file=file_text(path), remedy=remedy)
        return
    if not folders:
        return
    found = collect(folders)
    counts["profiles"] = len(found.sidecars)
    yield from _unread(found)
    if not found.unusable:
        what = f"Profiles of models: {len(found.sidecars):,}, all usable."
        yield Finding(level="ok", check="profiles", what=what, file=file_text(library.root / FILE_NAME))


def _unread(found: Collection) -> Iterator[Finding]:
    remedy = "Add or remove folders with `whatworks profiles`; nothing else depends on it."
    for searched in found.searched:
        for note in searched.notes:
            yield Finding(level="warning", check="profiles", what=note, file=file_text(searched.folder), remedy=remedy)
    for error in found.unusable[:SHOWN]:
        remedy = "Correct the file: `whatworks profiles validate` names every field. It costs only itself."
        yield Finding(level="warning", check="profiles", what=str(error), file=file_text(error.path), remedy=remedy)
    if len(found.unusable) > SHOWN:
        yield Finding(level="warning", check="profiles", what=f"{SHOWN} of {len(found.unusable):,} profiles are shown.")
