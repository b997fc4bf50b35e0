"""The sidecar that a draft is about: found by the name of its checkpoint or LoRA, never by a path."""

from pathlib import Path
from typing import Any

from msgspec import Struct

from learning_core.drafts.draft import digest
from learning_core.errors import UnknownTarget
from learning_core.profiles.collection import Collection
from learning_core.profiles.folders import ModelFile, stem_of_sidecar
from learning_core.profiles.profile import ENDINGS, AnyProfile, Kind
from learning_core.profiles.sidecar import read_sidecar
from learning_core.text.names import file_stem

_KINDS: dict[str, Kind] = {"model": "model_profile", "lora": "lora_profile"}


class Target(Struct, frozen=True):
    """A sidecar in a configured folder: `parts` lead to it from `root`, also when it is not there yet.

    `beside` is the model file that a new one lies beside, empty where there is a sidecar already.
    """

    name: str
    kind: Kind
    root: Path
    parts: tuple[str, ...]
    beside: str = ""

    @property
    def sidecar(self) -> str:
        """The file name of the sidecar."""
        return self.parts[-1]

    @property
    def model(self) -> str:
        """The name of the checkpoint or LoRA."""
        return self.name.partition(":")[2]


class Base(Struct, frozen=True):
    """A target with what its sidecar holds now; source, content and profile are None where there is none."""

    target: Target
    source: bytes | None = None
    content: dict[str, Any] | None = None
    profile: AnyProfile | None = None

    @property
    def sha256(self) -> str | None:
        """The hash of the sidecar's bytes, None where there is none."""
        return None if self.source is None else digest(self.source)


def find_base(collection: Collection, name: str) -> Base:
    """Return the target of a name with its sidecar: `model:NAME`, `lora:NAME`, or the bare name of a checkpoint.

    Where there is no sidecar, the target lies beside the model file of that name. Raises UnknownTarget,
    ProfileUnusable.
    """
    prefix, found, model = name.partition(":")
    if not found or prefix not in _KINDS:
        prefix, model = "model", name
    kind = _KINDS[prefix]
    if not collection.searched:
        raise UnknownTarget(name, "no folder of models is configured; a person names them with `whatworks profiles`")
    sidecar = collection.find(kind, model)
    if sidecar is not None:
        file = _file_at(collection, sidecar.path)
        stem = stem_of_sidecar(sidecar.path.name, kind)
        target = Target(f"{prefix}:{stem}", kind, file.root, file.parts)
        return Base(target, sidecar.source, sidecar.content, sidecar.profile)
    error = collection.unusable_named(kind, model)
    if error is not None:
        # A sidecar that cannot be used says so: it must not be taken for none.
        raise error
    return Base(_beside_model(collection, prefix, kind, model))


def _file_at(collection: Collection, path: Path) -> ModelFile:
    return next(file for each in collection.searched for file in each.sidecars if file.path == path)


def _beside_model(collection: Collection, prefix: str, kind: Kind, model: str) -> Target:
    file = collection.model_file(kind, model)
    stem = None if file is None else file_stem(file.parts[-1])
    if file is None or stem is None:
        near = collection.near(model)
        hint = f"nearest: {', '.join(near)}" if near else "`whatworks profiles` lists what there is"
        raise UnknownTarget(f"{prefix}:{model}", f"no sidecar and no model file has that name in your folders; {hint}")
    parts = (*file.parts[:-1], f"{stem}{ENDINGS[kind]}")
    # A sidecar that cannot be used says so here: it must not be taken for none.
    read_sidecar(file.root, parts, kind)
    return Target(f"{prefix}:{stem}", kind, file.root, parts, beside=file.parts[-1])
