"""All sidecars of the configured folders, found by the name of their checkpoint or LoRA."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from learning_core.errors import ProfileUnusable, UnknownProfile
from learning_core.profiles.folders import ModelFile, Searched, search
from learning_core.profiles.profile import ENDINGS, Kind, LoraProfile, ModelProfile, name_of
from learning_core.profiles.sidecar import Sidecar, read_sidecar
from learning_core.text.names import file_stem, same_name

_NEAR = 3


class Collection(Struct, frozen=True, dict=True):
    """What lies in the named folders, in their order: usable sidecars, unusable ones, and what was searched.

    Where two sidecars are of one name, the one in the folder that was named first counts.
    """

    sidecars: tuple[Sidecar, ...] = ()
    unusable: tuple[ProfileUnusable, ...] = ()
    searched: tuple[Searched, ...] = ()

    def find(self, kind: Kind, name: str) -> Sidecar | None:
        """Return the sidecar of a checkpoint or LoRA, by the name of its file, else by the name in it."""
        return self._by_name[kind].get(_key(name))

    def model(self, name: str) -> ModelProfile | None:
        """Return the profile of a checkpoint, None when there is none."""
        found = self.find("model_profile", name)
        return found.profile if found is not None and isinstance(found.profile, ModelProfile) else None

    def lora(self, name: str) -> LoraProfile | None:
        """Return the profile of a LoRA, None when there is none."""
        found = self.find("lora_profile", name)
        return found.profile if found is not None and isinstance(found.profile, LoraProfile) else None

    def any_named(self, name: str) -> list[Sidecar]:
        """Return the sidecars of a checkpoint and a LoRA of that name.

        Raises ProfileUnusable when the only one of that name cannot be used, UnknownProfile when there is none.
        """
        found = [each for kind in ENDINGS if (each := self.find(kind, name)) is not None]
        if not found:
            for kind in ENDINGS:
                if (error := self.unusable_named(kind, name)) is not None:
                    raise error
            raise UnknownProfile(name, self.near(name))
        return found

    def unusable_named(self, kind: Kind, name: str) -> ProfileUnusable | None:
        """Return what is wrong with the first sidecar whose file has that name and that cannot be used, if any."""
        wanted = _key(name) + ENDINGS[kind]
        return next((error for error in self.unusable if same_name(error.path.name) == wanted), None)

    def near(self, name: str) -> list[str]:
        """Return names of profiles that look like one."""
        known = {key: name_of(each.profile) for names in self._by_name.values() for key, each in names.items()}
        return [known[key] for key in difflib.get_close_matches(_key(name), sorted(known), _NEAR, 0.6)]

    def model_file(self, kind: Kind, name: str) -> ModelFile | None:
        """Return the checkpoint or LoRA file of that name, beside which a new sidecar would lie."""
        wanted = _key(name)
        for searched in self.searched:
            for file in searched.model_files:
                if file.kind in (None, kind) and _key(file.parts[-1]) == wanted:
                    return file
        return None

    @cached_property
    def _by_name(self) -> dict[Kind, dict[str, Sidecar]]:
        names: dict[Kind, dict[str, Sidecar]] = {kind: {} for kind in ENDINGS}
        for sidecar in self.sidecars:
            names[sidecar.profile.kind].setdefault(_key(sidecar.stem), sidecar)
        for sidecar in self.sidecars:
            names[sidecar.profile.kind].setdefault(_key(name_of(sidecar.profile)), sidecar)
        return names


def collect(folders: Sequence[Path]) -> Collection:
    """Read every sidecar beneath the folders; one that cannot be used costs only itself."""
    searched = [search(folder) for folder in folders]
    sidecars: list[Sidecar] = []
    unusable: list[ProfileUnusable] = []
    for file in _each_once(searched):
        try:
            sidecar = read_sidecar(file.root, file.parts, file.kind or "model_profile")
        except ProfileUnusable as error:
            unusable.append(error)
        else:
            sidecars += [sidecar] if sidecar is not None else []
    return Collection(tuple(sidecars), tuple(unusable), tuple(searched))


def _each_once(searched: Iterable[Searched]) -> Iterator[ModelFile]:
    seen: set[Path] = set()
    for each in searched:
        for file in each.sidecars:
            if file.path not in seen:
                seen.add(file.path)
                yield file


def _key(name: str) -> str:
    return same_name(file_stem(name) or name)
