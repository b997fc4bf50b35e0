"""A library: one folder with the log, and its index in the cache folder."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from learning_core.errors import IndexDamaged
from learning_core.index.folder import IndexFolder, Progress
from learning_core.index.matching_files import MatchingFiles
from learning_core.log.append import append_lines
from learning_core.log.events import event_line
from learning_core.log.shared import own_file
from learning_core.variables import ALIASES_VARIABLE, CACHE_VARIABLE, LIBRARY_VARIABLE

if TYPE_CHECKING:
    from learning_core.index.snapshot import Snapshot
    from learning_core.model.job import JobRecord
    from learning_core.model.judgement import AnyJudgement

Answer = TypeVar("Answer")

OWN_LOG = "whatworks.jsonl"
MATCHING = "matching"
ALIASES = "tag_aliases.csv"
"""The tag aliases in a library that came with an archive; they hold where no setting names a list."""


class Library:
    """The log of one person or studio, and the index derived from it.

    `root/log/*.jsonl` is the truth; every file there is read. Own events go to `whatworks.jsonl`, on a network mount
    to a file of this computer. The index lies in the cache folder and may be deleted at any time. `root/matching` holds
    what a model told of words; `aliases` is the person's own list of tag aliases,
    else the one that lies there.
    """

    def __init__(self, root: Path, cache: Path, *, aliases: Path | None = None) -> None:
        self.root = root
        self.cache = cache
        self.log_folder = root / "log"
        self.own_log = own_file(self.log_folder, OWN_LOG)
        self.index = IndexFolder(cache, self.log_folder)
        own = root / MATCHING / ALIASES
        aliases = own if aliases is None and own.is_file() else aliases
        self.matching = MatchingFiles(root / MATCHING, cache / MATCHING, aliases)

    def exists(self) -> bool:
        """Tell whether anything was ever logged here."""
        return bool(self.index.log_files())

    def append(self, events: "Sequence[JobRecord | AnyJudgement]", *, durable: bool) -> None:
        """Append events in one write; durable for what a person said. Raises LogError and its kin."""
        self.append_lines([event_line(event) for event in events], durable=durable)

    def append_lines(self, lines: Sequence[bytes], *, durable: bool) -> None:
        """Append events that are lines already (`log.events.event_line`); as `append` otherwise."""
        append_lines(self.own_log, lines, durable=durable)

    def refresh(self, progress: Progress | None = None) -> None:
        """Bring the index level with the log. Raises IndexUnavailable."""
        self.index.refresh(progress)

    @contextmanager
    def snapshot(self, progress: Progress | None = None) -> Iterator["Snapshot"]:
        """Refresh, then give one consistent view for as many questions as are asked of it."""
        from learning_core.index.opening import open_snapshot

        with open_snapshot(lambda: self.index.refresh(progress), self.log_folder, self.matching) as snapshot:
            yield snapshot

    def ask(self, question: Callable[["Snapshot"], Answer], progress: Progress | None = None) -> Answer:
        """Answer one question from a view of its own, from a new index if the first one turns out to be damaged."""
        try:
            with self.snapshot(progress) as snapshot:
                return question(snapshot)
        except IndexDamaged:
            with self.snapshot(progress) as snapshot:
                return question(snapshot)


def locate(
    chosen: Path | None = None, *, environment: Mapping[str, str], data_folder: Path, cache_folder: Path
) -> Library:
    """Return the library chosen by argument, else by WHATWORKS_LIBRARY, else the one in the user's data folder.

    The cache is `WHATWORKS_CACHE` or the user's cache folder; each library has a folder of its own in it.
    `WHATWORKS_TAG_ALIASES` names a list of tag aliases.
    """
    named = environment.get(LIBRARY_VARIABLE)
    root = (chosen or (Path(named) if named else data_folder / "library")).expanduser().absolute()
    cache_root = environment.get(CACHE_VARIABLE)
    cache = Path(cache_root).expanduser().absolute() if cache_root else cache_folder
    name = hashlib.sha256(os.path.normcase(os.path.realpath(root)).encode("utf-8", "surrogateescape")).hexdigest()
    listed = environment.get(ALIASES_VARIABLE)
    aliases = Path(listed).expanduser().absolute() if listed else None
    return Library(root, cache / f"library-{name[:16]}", aliases=aliases)
