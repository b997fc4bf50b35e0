"""Where libraries, caches and reports lie on this machine."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from learning_core.library import Library

APPLICATION = "whatworks"


def data_folder() -> Path:
    """Return the folder for what a person owns."""
    from platformdirs import user_data_path

    return user_data_path(APPLICATION, appauthor=False)


def cache_folder() -> Path:
    """Return the folder for what can be made again: WHATWORKS_CACHE, else the user's cache folder."""
    from platformdirs import user_cache_path

    chosen = os.environ.get("WHATWORKS_CACHE")
    return Path(chosen).expanduser().absolute() if chosen else user_cache_path(APPLICATION, appauthor=False)


def reports_folder() -> Path:
    """Return the folder for reports about faults of our own."""
    return cache_folder() / "reports"


def find_library(chosen: Path | None = None) -> "Library":
    """Return the library that was chosen, else that of WHATWORKS_LIBRARY, else the user's own."""
    from learning_core.library import locate

    return locate(chosen, environment=os.environ, data_folder=data_folder(), cache_folder=cache_folder())
