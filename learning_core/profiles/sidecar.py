"""Sidecars on disk: reading one, and finding that of a checkpoint or a LoRA. They are only read here."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from learning_core.errors import ProfileUnusable, Unreadable
from learning_core.limits import PROFILE_BYTES
from learning_core.profiles.beneath import read_beneath
from learning_core.profiles.check import Problem, typed
from learning_core.profiles.document import content_of
from learning_core.profiles.folders import stem_of_sidecar
from learning_core.profiles.profile import ENDINGS, AnyProfile, Kind, LoraProfile, ModelProfile
from learning_core.text.names import file_stem, same_name


class Sidecar(Struct, frozen=True):
    """A sidecar as it was read: its bytes, what they say, and what is to be told about it though it can be used.

    `parts` are the names that lead to it from `root`, the folder that a person named.
    """

    root: Path
    parts: tuple[str, ...]
    source: bytes
    content: dict[str, Any]
    profile: AnyProfile
    remarks: tuple[Problem, ...] = ()

    @property
    def path(self) -> Path:
        """Return where it lies."""
        return self.root.joinpath(*self.parts)

    @property
    def stem(self) -> str:
        """Return the name of the model file that it lies beside, without that file's ending."""
        return stem_of_sidecar(self.parts[-1], self.profile.kind)

    @property
    def sha256(self) -> str:
        """Return the hash of the file's bytes, 64 hex digits."""
        return hashlib.sha256(self.source).hexdigest()


def load_model_profile(path: Path) -> ModelProfile | None:
    """Return the profile in a `*.modelprofile.json`, None when there is no such file.

    Raises ProfileUnusable, which names file and field, for anything that is not a model profile of version 1.
    """
    sidecar = read_sidecar(path.parent, (path.name,), "model_profile")
    return sidecar.profile if sidecar is not None and isinstance(sidecar.profile, ModelProfile) else None


def load_lora_profile(path: Path) -> LoraProfile | None:
    """Return the profile in a `*.loraprofile.json`; otherwise as `load_model_profile`."""
    sidecar = read_sidecar(path.parent, (path.name,), "lora_profile")
    return sidecar.profile if sidecar is not None and isinstance(sidecar.profile, LoraProfile) else None


def find_model_profile_for_checkpoint(checkpoint: Path) -> ModelProfile | None:
    """Return the profile that lies beside a checkpoint file, None when there is none.

    `coast.safetensors` has `coast.modelprofile.json`, in any letter case. Raises ProfileUnusable.
    """
    name = _sidecar_in(checkpoint.parent, checkpoint.name, "model_profile")
    return None if name is None else load_model_profile(checkpoint.parent / name)


def find_lora_profile_for_name(lora: str, folders: Sequence[Path]) -> LoraProfile | None:
    """Return the profile of a LoRA from the first folder that has one, None when none has.

    A name never becomes a path: folders in it and the file's ending are dropped, and the rest is compared with the
    names of the files that lie there. Raises ProfileUnusable.
    """
    for folder in folders:
        name = _sidecar_in(folder, lora, "lora_profile")
        if name is not None:
            return load_lora_profile(folder / name)
    return None


def read_sidecar(root: Path, parts: Sequence[str], kind: Kind) -> Sidecar | None:
    """Return the sidecar of a kind beneath a folder, None when there is none; raises ProfileUnusable."""
    path = root.joinpath(*parts)
    try:
        source = read_beneath(root, parts, PROFILE_BYTES)
        if source is None:
            return None
        content, remarks = content_of(source)
    except Unreadable as error:
        raise ProfileUnusable(path, error.field or "", error.reason) from error
    profile, problems = typed(kind, content)
    if profile is None:
        first = problems[0]
        raise ProfileUnusable(path, first.field, first.reason, others=len(problems) - 1)
    parted = (remark.partition(": ") for remark in remarks)
    read_so = (Problem(field, reason, is_fatal=False) for field, _, reason in parted)
    return Sidecar(root, tuple(parts), source, content, profile, (*read_so, *problems))


def _sidecar_in(folder: Path, model: str, kind: Kind) -> str | None:
    """Return the name of the sidecar of a model file in a folder: the same letters first, then any letter case."""
    stem = file_stem(model)
    if stem is None:
        return None
    wanted = f"{stem}{ENDINGS[kind]}"
    alike = sorted(name for name in _names(folder) if same_name(name) == same_name(wanted))
    return wanted if wanted in alike else alike[0] if alike else None


def _names(folder: Path) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            yield from (entry.name for entry in entries)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise ProfileUnusable(folder, "", f"the folder cannot be read: {error.strerror or error}") from error
