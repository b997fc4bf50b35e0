"""The drafts of a library as they are kept: one immutable file each, named by the hash of its content."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from learning_core.drafts.draft import Draft, ref_digits
from learning_core.errors import DraftDamaged, LogBusy, TargetRefused, UnknownDraft
from learning_core.log import lock
from learning_core.new_file import new_file

LOCK_SECONDS = 30.0


class DraftFolder:
    """The folder `root`/drafts; files are added, never changed, never removed."""

    def __init__(self, root: Path) -> None:
        self.path = root / "drafts"

    def keep(self, draft: Draft) -> None:
        """Keep a draft durably. Raises TargetRefused when it is kept already or the system refuses."""
        with new_file(self._file(draft.id)) as file:
            file.write(draft.data)

    def read(self, ref: str) -> Draft:
        """Return a draft by reference; raises UnknownDraft, DraftDamaged when its file was changed."""
        found = sorted(self.path.glob(f"{ref_digits(ref)}*.json"))
        if not found:
            raise UnknownDraft(ref)
        return _read(found[0])

    def get(self, draft_id: str) -> Draft | None:
        """Return the draft with a whole id, None when there is none; raises DraftDamaged."""
        path = self._file(draft_id)
        return _read(path) if path.exists() else None

    def all(self) -> Iterator[Draft]:
        """Yield every draft that can be read, the oldest first."""
        found = []
        for path in self.path.glob("*.json"):
            try:
                found.append(_read(path))
            except DraftDamaged:
                continue
        yield from sorted(found, key=lambda draft: (draft.made_at, draft.id))

    def damaged(self) -> list[str]:
        """Return what is wrong with files that are no drafts any more, a sentence each."""
        sentences = []
        for path in sorted(self.path.glob("*.json")):
            try:
                _read(path)
            except DraftDamaged as error:
                sentences.append(str(error))
        return sentences

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock under which drafts are added and decided about; raises LogBusy, TargetRefused."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            with lock.held(self.path / "drafts.lock", LOCK_SECONDS):
                yield
        except lock.HeldByOthers as error:
            raise LogBusy(self.path, error.seconds, error.holder) from error
        except OSError as error:
            if str(error.filename or "").startswith(str(self.path)):
                raise TargetRefused(self.path, error.strerror or str(error)) from error
            raise

    def _file(self, draft_id: str) -> Path:
        return self.path / f"{draft_id}.json"


def _read(path: Path) -> Draft:
    try:
        data = path.read_bytes()
        draft = Draft.model_validate_json(data)
    except (OSError, ValidationError) as error:
        raise DraftDamaged(path.name, "it cannot be read") from error
    if draft.id != path.stem or draft.data != data:
        raise DraftDamaged(path.name, "its content is not the one that it is named by")
    return draft
