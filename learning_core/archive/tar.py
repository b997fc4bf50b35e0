"""Members of a tar file as a stream: plain files with plain headers, and nothing else that tar can hold.

Headers are the standard library's; what it would do with links, devices, sparse files or extended headers of any
size is never asked of it.
"""

import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import BadGzipFile, GzipFile
from pathlib import Path
from typing import BinaryIO, cast

from learning_core.errors import ArchiveUnusable

BLOCK = tarfile.BLOCKSIZE
CHUNK = 1024 * 1024
LONGEST_NAME = 1024
_GZIP = b"\x1f\x8b"
_END = bytes(2 * BLOCK)


class ArchiveReader:
    """Reads the members of a tar file in their order; raises ArchiveUnusable for everything unexpected."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path = path
        self._stream = stream

    def header(self) -> tuple[str, int] | None:
        """Return name and size in bytes of the next member, None after the last."""
        block = self._exactly(BLOCK)
        if not block.strip(b"\0"):
            return None
        info = self._parsed(block)
        if info.type != tarfile.GNUTYPE_LONGNAME:
            return self._plain(info, info.name)
        if not 0 < info.size <= LONGEST_NAME:
            raise ArchiveUnusable(self.path, "a name in it is too long")
        name = b"".join(self.data(info.size)).rstrip(b"\0").decode("utf-8", "replace")
        return self._plain(self._parsed(self._exactly(BLOCK)), name)

    def data(self, size: int) -> Iterator[bytes]:
        """Yield the bytes of the member whose header was read last."""
        left = size
        while left:
            chunk = self._exactly(min(left, CHUNK))
            left -= len(chunk)
            yield chunk
        self._exactly(-size % BLOCK)

    def finish(self) -> None:
        """Read to the end, so that the checksum of the compression is checked; only padding may follow."""
        if self._stream.read(CHUNK).strip(b"\0"):
            raise ArchiveUnusable(self.path, "something follows after its end")

    def _plain(self, info: tarfile.TarInfo, name: str) -> tuple[str, int]:
        if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise ArchiveUnusable(self.path, f"it holds something else than plain files: {name!r:.200}")
        return name, info.size

    def _parsed(self, block: bytes) -> tarfile.TarInfo:
        try:
            return tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.TarError, ValueError) as error:
            raise ArchiveUnusable(self.path, "it is no tar file, or a damaged one") from error

    def _exactly(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) != size:
            raise ArchiveUnusable(self.path, "it ends too early, as after a broken copy")
        return data


@contextmanager
def open_archive(path: Path) -> Iterator[ArchiveReader]:
    """Open a tar file, compressed with gzip or not as its first bytes say; raises ArchiveUnusable."""
    try:
        with path.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
            file.seek(0)
            if packed:
                with GzipFile(fileobj=file, mode="rb") as stream:
                    yield ArchiveReader(path, cast("BinaryIO", stream))
            else:
                yield ArchiveReader(path, file)
    except (EOFError, BadGzipFile, zlib.error) as error:
        raise ArchiveUnusable(path, "its compression is damaged, or it ends too early") from error


class ArchiveWriter:
    """Writes members one after the other; the same members at the same time give the same bytes."""

    def __init__(self, stream: BinaryIO, created: float) -> None:
        self._stream = stream
        self._created = int(created)

    def member(self, name: str, size: int, chunks: Iterator[bytes]) -> None:
        """Write one plain file; the chunks hold `size` bytes together."""
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, self._created, 0o600
        self._stream.write(info.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict"))
        for chunk in chunks:
            self._stream.write(chunk)
        self._stream.write(bytes(-size % BLOCK))

    def finish(self) -> None:
        """Write the end of the tar file."""
        self._stream.write(_END)


@contextmanager
def archive_writer(file: BinaryIO, created: float, *, compressed: bool) -> Iterator[ArchiveWriter]:
    """Give a writer of members into an open file; `created` is epoch seconds."""
    if not compressed:
        writer = ArchiveWriter(file, created)
        yield writer
        writer.finish()
        return
    with GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=int(created)) as stream:
        writer = ArchiveWriter(cast("BinaryIO", stream), created)
        yield writer
        writer.finish()
