"""Looking for sidecars and model files in the folders that a person named; nothing is followed, nothing is written."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct, field

from learning_core.limits import MODEL_FOLDER_DEPTH, MODEL_FOLDER_ENTRIES
from learning_core.profiles.profile import ENDINGS, Kind
from learning_core.text.names import file_stem

_SKIPPED = frozenset({"__pycache__", "node_modules", "venv"})
_MOST_NOTES = 20

Parts = tuple[str, ...]


class Layout(Struct, frozen=True):
    """How a program lays out its folder: what it is known by, and where models of each kind lie in it."""

    name: str
    known_by: tuple[Parts, ...]
    model_folders: tuple[tuple[Parts, Kind | None], ...]


def _in_models(**folders: Kind) -> tuple[tuple[Parts, Kind | None], ...]:
    return tuple((("models", name.replace("__", "-")), kind) for name, kind in folders.items())


_WEB_UI = _in_models(Stable__diffusion="model_profile", Lora="lora_profile", LyCORIS="lora_profile")
_COMFYUI = _in_models(
    checkpoints="model_profile", diffusion_models="model_profile", unet="model_profile", loras="lora_profile"
)
LAYOUTS = (
    Layout("Forge", (("modules_forge",), ("models", "Stable-diffusion")), _WEB_UI),
    Layout("A1111", (("models", "Stable-diffusion"),), _WEB_UI),
    Layout("ComfyUI", (("models", "checkpoints"),), _COMFYUI),
    Layout(
        "StableNew",
        (("models",), ("loras",)),
        ((("models",), "model_profile"), (("loras",), "lora_profile"), (("profiles",), None)),
    ),
)
"""Programs whose folder may be named as it is; of any other folder all is looked at."""

PLAIN = "folder"


class ModelFile(Struct, frozen=True):
    """A file beneath a named folder: `parts` lead from `root` to it; `kind` is None where the place does not tell."""

    root: Path
    parts: Parts
    kind: Kind | None

    @property
    def path(self) -> Path:
        """Return where it lies."""
        return self.root.joinpath(*self.parts)


class Searched(Struct):
    """What was found in one named folder; `notes` say what was not looked at, and what to do."""

    folder: Path
    layout: str = PLAIN
    sidecars: list[ModelFile] = field(default_factory=list)
    model_files: list[ModelFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def search(folder: Path) -> Searched:
    """Return the sidecars and model files beneath a folder, in the order of their names.

    The folder itself may be a link, as a person named it; links below it are noted and not followed. At most
    MODEL_FOLDER_ENTRIES entries are looked at, MODEL_FOLDER_DEPTH folders deep.
    """
    searched = Searched(folder)
    if not folder.is_absolute():
        searched.notes.append("is no absolute path on this system; passed over")
    elif not _is_folder(folder):
        searched.notes.append("is not there, or is no folder; nothing was looked at")
    else:
        layout = next((each for each in LAYOUTS if _has(folder, each)), None)
        searched.layout = layout.name if layout else PLAIN
        walk = _Walk(searched)
        for parts, kind in layout.model_folders if layout else (((), None),):
            walk.go(parts, kind)
    return searched


def kind_of_sidecar(name: str) -> Kind | None:
    """Return the kind of sidecar that a file name stands for, None for any other file."""
    low = name.casefold()
    return next((kind for kind, ending in ENDINGS.items() if low.endswith(ending) and len(low) > len(ending)), None)


def stem_of_sidecar(name: str, kind: Kind) -> str:
    """Return the name of the model that a sidecar lies beside."""
    return name[: -len(ENDINGS[kind])]


def _has(folder: Path, layout: Layout) -> bool:
    return all(_is_folder(folder.joinpath(*parts)) for parts in layout.known_by)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


class _Walk:
    def __init__(self, searched: Searched) -> None:
        self._searched = searched
        self._left = MODEL_FOLDER_ENTRIES

    def go(self, start: Parts, kind: Kind | None) -> None:
        """Look at everything beneath a folder, of which the last part may be missing."""
        for length in range(1, len(start) + 1):
            above = self._searched.folder.joinpath(*start[:length])
            if _is_link(above):
                self._note(start[:length], f"is a link and was not followed; add its target: {_target(above)}")
                return
        if not _is_folder(self._searched.folder.joinpath(*start)):
            return
        folders: list[Parts] = [start]
        while folders and self._left > 0:
            parts = folders.pop()
            folders.extend(reversed(self._look(parts, kind)))
        if self._left <= 0:
            self._note((), f"holds more than {MODEL_FOLDER_ENTRIES:,} entries; name the folders of models in it")

    def _look(self, parts: Parts, kind: Kind | None) -> list[Parts]:
        inner: list[Parts] = []
        for entry in self._entries(parts):
            self._left -= 1
            if self._left <= 0:
                break
            below = (*parts, entry.name)
            if entry.is_dir(follow_symlinks=False) and not _is_link(Path(entry.path)):
                if entry.name.startswith(".") or entry.name in _SKIPPED:
                    continue
                if len(below) > MODEL_FOLDER_DEPTH:
                    self._note(below, f"lies deeper than {MODEL_FOLDER_DEPTH} folders; not looked at")
                else:
                    inner.append(below)
            else:
                self._file(entry, below, kind)
        return inner

    def _entries(self, parts: Parts) -> Iterator["os.DirEntry[str]"]:
        try:
            with os.scandir(self._searched.folder.joinpath(*parts)) as entries:
                yield from sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._note(parts, f"cannot be read: {error.strerror or type(error).__name__}")

    def _file(self, entry: "os.DirEntry[str]", parts: Parts, kind: Kind | None) -> None:
        sidecar = kind_of_sidecar(entry.name)
        if sidecar is not None:
            self._searched.sidecars.append(ModelFile(self._searched.folder, parts, sidecar))
        elif file_stem(entry.name) not in (None, entry.name):
            self._searched.model_files.append(ModelFile(self._searched.folder, parts, kind))
        elif _is_link(Path(entry.path)) and _is_folder(Path(entry.path)):
            self._note(parts, f"is a link and was not followed; add its target: {_target(Path(entry.path))}")

    def _note(self, parts: Parts, what: str) -> None:
        notes = self._searched.notes
        if len(notes) < _MOST_NOTES:
            notes.append(f"{Path(*parts)} {what}" if parts else what)


def _is_link(path: Path) -> bool:
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return False
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) == getattr(
        stat, "IO_REPARSE_TAG_MOUNT_POINT", -1
    )


def _target(path: Path) -> str:
    return os.path.realpath(path)
