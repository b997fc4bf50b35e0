"""The sidecars that questions about a library may use: of the folders that its owner named."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from learning_core.library import Library
    from learning_core.profiles.collection import Collection


def profiles_of(library: "Library", first: Sequence[Path] = ()) -> "Collection":
    """Return the sidecars in folders named for now, then in those configured; raises ModelFoldersUnusable."""
    from learning_core.profiles.collection import collect
    from learning_core.profiles.configured import model_folders

    named = [path.expanduser().absolute() for path in first]
    return collect(list(dict.fromkeys([*named, *model_folders(library.root)])))
