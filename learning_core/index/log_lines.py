"""What the lines of the log say that an index was made from."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from learning_core.errors import IndexDamaged, IndexUnavailable, Unreadable
from learning_core.index.columns import Column
from learning_core.index.folder import discard
from learning_core.log.events import decode
from learning_core.log.read import line_at, read_line
from learning_core.log.seal import line_checksum


class LogLines:
    """Reads lines by their places, as the index keeps them: file by its number, offset, length, checksum.

    Every method raises IndexUnavailable where a file is gone, and IndexDamaged where a line is another one than that
    which the index was made from: the index file is put aside, and asking again builds a new one.
    """

    def __init__(self, folder: Path, names: Mapping[int, str], index: Path) -> None:
        """Take the folder of the log, the names of its files by number, and the index file."""
        self._folder = folder
        self._names = names
        self._index = index

    def at(self, place: Column) -> dict[str, Any]:
        """Return what the line says that stands for a row of `columns.PLACE` or `EVENT`."""
        where = int(place["offset"]), int(place["length"]), int(place["crc"])
        return self.read(self._names[int(place["file"])], *where)

    def read(self, file: str, offset: int, length: int, checksum: int) -> dict[str, Any]:
        """Return what a line says."""
        try:
            line = read_line(self._folder / file, offset, length)
        except OSError as error:
            raise _changed(file) from error
        return self._decoded(line, file, checksum)

    def at_all(self, places: Column) -> Iterator[dict[str, Any]]:
        """Yield what the lines say that stand for rows of `columns.PLACE` or `EVENT`, each file opened once."""
        with ExitStack() as stack:
            files: dict[int, IO[bytes]] = {}
            where = (places[name].tolist() for name in ("file", "offset", "length", "crc"))
            for number, offset, length, checksum in zip(*where, strict=True):
                name = self._names[number]
                try:
                    if number not in files:
                        files[number] = stack.enter_context((self._folder / name).open("rb"))
                    line = line_at(files[number], offset, length)
                except OSError as error:
                    raise _changed(name) from error
                yield self._decoded(line, name, checksum)

    def _decoded(self, line: bytes, file: str, checksum: int) -> dict[str, Any]:
        try:
            event = decode(line) if line_checksum(line) == checksum else None
        except Unreadable:
            event = None
        if event is None:
            # Bytes in the middle are changed or lost: only a new index tells what the log says now.
            discard(self._index)
            raise IndexDamaged(self._index, f"{file} no longer says what it was made from")
        return dict(event.content)


def _changed(file: str) -> IndexUnavailable:
    return IndexUnavailable(f"{file} changed while it was read; ask again.")
