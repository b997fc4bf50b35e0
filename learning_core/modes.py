"""How much a library may learn: off, passive (jobs are logged) or active (programs may make what plans lack, too).

One document, `<library>/learning.json`, says it for the library and for single prompt packs; a run may say it for
itself in its record. The nearest word counts: run, prompt pack, library; without any word it is passive.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from learning_core.errors import Unreadable
from learning_core.model.job import LearningMode
from learning_core.new_file import new_file

DOCUMENT = "learning.json"
USUAL: LearningMode = "passive"


class LearningModes(BaseModel):
    """The modes of a library: its own, and those of prompt packs by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: LearningMode = USUAL
    prompt_packs: dict[str, LearningMode] = {}

    def of(self, run: LearningMode | None = None, prompt_pack: str | None = None) -> LearningMode:
        """Return the mode that holds for a run, given what it says itself and its prompt pack."""
        return run or self.prompt_packs.get(prompt_pack or "", self.mode)

    def changed(self, mode: LearningMode, prompt_pack: str | None = None) -> "LearningModes":
        """Return the modes with another one for the library, or for one prompt pack."""
        if prompt_pack is None:
            return self.model_copy(update={"mode": mode})
        return self.model_copy(update={"prompt_packs": {**self.prompt_packs, prompt_pack: mode}})


def read_modes(library_root: Path) -> LearningModes:
    """Return the modes of a library; raises Unreadable, which names the file, for a document that cannot be used."""
    path = library_root / DOCUMENT
    try:
        return LearningModes.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return LearningModes()
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror or error}") from error
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        raise Unreadable(
            f"{path}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}; correct or delete it"
        ) from error


def write_modes(library_root: Path, modes: LearningModes) -> None:
    """Write the modes of a library in one step; raises TargetRefused."""
    with new_file(library_root / DOCUMENT, replace=True) as file:
        file.write(orjson.dumps(modes.model_dump(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))


def mode_of_record(library_root: Path, record: Mapping[str, Any]) -> str:
    """Return the mode that holds for a record; a document that cannot be used costs nothing but its word."""
    said, pack = record.get("learning_mode"), record.get("prompt_pack")
    if said:
        return str(said)
    try:
        return read_modes(library_root).of(prompt_pack=pack if isinstance(pack, str) else None)
    except Unreadable:
        return USUAL
