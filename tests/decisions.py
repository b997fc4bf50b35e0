"""Deciding in tests: a person's confirmation typed by the test, which only the test suite may do without a terminal."""

import shutil
from pathlib import Path

from drafted_library import SIDECAR

from learning_core.deciding.deciding import Deciding, Person
from learning_core.drafts.draft import TYPED_CHARACTERS
from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.view import DraftView
from learning_core.drafts.waiting import list_drafts
from learning_core.library import Library
from learning_core.profiles.configured import add_model_folder

PERSON = Person(user="ada", terminal="/dev/pts/0")
AT = 1_800_000_000.0


def sidecar(library: Library) -> Path:
    return library.root.parent / "models" / SIDECAR


def seal_end(library: Library, made: DraftView) -> str:
    return DraftFolder(library.root).read(made.ref).seal[-TYPED_CHARACTERS:]


def approve(library: Library, made: DraftView, person: Person = PERSON, at: float = AT) -> None:
    Deciding(library).approve(made.ref, seal_end(library, made), person, at=at)


def undo(library: Library, made: DraftView, person: Person = PERSON, at: float = AT + 1) -> None:
    Deciding(library).undo(made.ref, seal_end(library, made), person, at=at)


def the_draft(library: Library) -> DraftView:
    """Return the oldest draft of a library."""
    return list_drafts(library, limit=50).items[-1]


def copied(template: Library, folder: Path) -> Library:
    """Return a library of one's own that is like the template, with its models and drafts beside it."""
    for name in ("library", "models"):
        shutil.copytree(template.root.parent / name, folder / name)
    (folder / "library" / "model_folders.json").unlink()
    library = Library(folder / "library", folder / "cache")
    add_model_folder(library.root, folder / "models")
    return library
