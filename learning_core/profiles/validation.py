"""Looking through sidecars for everything that is wrong with them, not only the first thing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from learning_core.errors import Unreadable
from learning_core.limits import PROFILE_BYTES
from learning_core.profiles.beneath import read_beneath
from learning_core.profiles.check import Problem, check_profile
from learning_core.profiles.document import content_of
from learning_core.profiles.fields import unusual
from learning_core.profiles.folders import ModelFile, kind_of_sidecar, search
from learning_core.profiles.profile import ENDINGS
from learning_core.profiles.report import Checked, CheckedFile
from learning_core.profiles.telling import finding


def check_sidecars(paths: Sequence[Path]) -> Checked:
    """Return all that is wrong with the sidecars that are, or lie beneath, the paths, each file once."""
    files: dict[Path, ModelFile] = {}
    notes: list[str] = []
    for path in paths:
        if path.is_dir():
            searched = search(path)
            files |= {each.path: each for each in searched.sidecars if each.path not in files}
            notes += [f"{path}: {note}" for note in searched.notes]
        elif kind_of_sidecar(path.name) is None:
            notes.append(f"{path} is no sidecar: its name ends in none of {', '.join(ENDINGS.values())}")
        else:
            files.setdefault(path, ModelFile(path.parent, (path.name,), kind_of_sidecar(path.name)))
    checked = [_checked(file) for file in files.values()]
    is_fine = not any(each.is_fatal for file in checked for each in file.findings)
    return Checked(ok=is_fine, files=checked, notes=notes)


def _checked(file: ModelFile) -> CheckedFile:
    kind = file.kind or "model_profile"
    return CheckedFile(file=str(file.path), kind=kind, findings=[finding(each) for each in _problems(file)])


def _problems(file: ModelFile) -> Iterator[Problem]:
    kind = file.kind or "model_profile"
    try:
        source = read_beneath(file.root, file.parts, PROFILE_BYTES)
        if source is None:
            yield Problem("", "there is no such file")
            return
        content, remarks = content_of(source)
    except Unreadable as error:
        yield Problem(error.field or "", error.reason)
        return
    for remark in remarks:
        field, _, reason = remark.partition(": ")
        yield Problem(field, reason, is_fatal=False)
    found = check_profile(kind, content)
    yield from found
    named = {each.field for each in found}
    if not any(each.is_fatal for each in found):
        yield from (each for each in unusual(kind, content) if each.field not in named)
