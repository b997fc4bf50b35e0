"""Writing one sidecar: beside it, on the disk, then in its place in one step; no link is followed."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from msgspec import Struct

from learning_core.drafts.draft import digest
from learning_core.drafts.targets import Target
from learning_core.errors import ChangedOutside, SidecarRefused, Unreadable
from learning_core.limits import SIDECAR_BYTES
from learning_core.profiles.beneath import OpenedFolder, opened_folder, read_in

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_ALL, _SHARED, _OWN = 0o777, 0o666, 0o600


def replace(target: Target, base: str | None, content: bytes | None) -> None:
    """Give a sidecar a new content, durably, or take it away (None); permissions and owner stay.

    `base` is the SHA-256 of what stands there now, None for nothing. Raises ChangedOutside when it is something
    else, SidecarRefused; then the sidecar is as it was.
    """
    with _folder(target) as folder:
        if content is None:
            folder.expect(base)
            os.unlink(folder.name(target.sidecar), dir_fd=folder.descriptor)
        else:
            folder.write(base, content)
        folder.sync()


class _Folder(Struct, frozen=True):
    """The folder of a target, open."""

    target: Target
    opened: OpenedFolder

    @property
    def descriptor(self) -> int | None:
        return self.opened.descriptor

    def name(self, name: str) -> str:
        return name if self.descriptor is not None else str(self.opened.path / name)

    def read(self) -> bytes | None:
        try:
            return read_in(self.opened, self.target.sidecar, SIDECAR_BYTES)
        except FileNotFoundError:
            return None

    def expect(self, base: str | None) -> None:
        found = self.read()
        if (None if found is None else digest(found)) != base:
            raise ChangedOutside(self.target.sidecar)

    def write(self, base: str | None, content: bytes) -> None:
        # The name is the content's own: what a killed writer left behind is met again and taken away.
        part = f".whatworks-{digest(content)[:16]}.part"
        with suppress(FileNotFoundError):
            os.unlink(self.name(part), dir_fd=self.descriptor)
        descriptor = os.open(self.name(part), _NEW, _OWN, dir_fd=self.descriptor)
        try:
            with os.fdopen(descriptor, "wb") as file:
                self._keep_permissions(file.fileno(), is_new=base is None)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self.expect(base)
            self._give_name(part, is_new=base is None)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(self.name(part), dir_fd=self.descriptor)

    def sync(self) -> None:
        if self.descriptor is None:
            return
        try:
            os.fsync(self.descriptor)
        except OSError as error:
            # Some file systems cannot sync a folder.
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise

    def _give_name(self, part: str, *, is_new: bool) -> None:
        old, new, folder = self.name(part), self.name(self.target.sidecar), self.descriptor
        if not is_new:
            os.replace(old, new, src_dir_fd=folder, dst_dir_fd=folder)
        elif sys.platform == "win32":
            os.rename(old, new)  # noqa: PTH104 - names of an open folder, as above
        else:
            self._link(old, new)

    def _link(self, old: str, new: str) -> None:
        """A link fails where a rename would overwrite what appeared; where there are no links, a look has to do."""
        folder = self.descriptor
        try:
            os.link(old, new, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError:
            self.expect(None)
            os.rename(old, new, src_dir_fd=folder, dst_dir_fd=folder)

    def _keep_permissions(self, descriptor: int, *, is_new: bool) -> None:
        """Take over mode and owner of the sidecar; a new one is as readable as the model beside it."""
        if sys.platform == "win32":
            return
        like = self.target.beside if is_new else self.target.sidecar
        found = os.stat(self.name(like), dir_fd=self.descriptor, follow_symlinks=is_new)
        own = os.fstat(descriptor)
        if (found.st_uid, found.st_gid) != (own.st_uid, own.st_gid) and not is_new:
            os.fchown(descriptor, found.st_uid, found.st_gid)
        mode = found.st_mode & (_SHARED if is_new else _ALL)
        if own.st_mode & _ALL != mode:
            os.fchmod(descriptor, mode)


@contextmanager
def _folder(target: Target) -> Iterator[_Folder]:
    try:
        with opened_folder(target.root, target.parts) as opened:
            yield _Folder(target, opened)
    except Unreadable as error:
        raise SidecarRefused(target.sidecar, error.reason) from error
    except FileExistsError as error:
        raise ChangedOutside(target.sidecar) from error
    except OSError as error:
        is_link = error.errno in (errno.ELOOP, errno.ENOTDIR)
        reason = "a link, or no folder, on the way; links are not followed" if is_link else error.strerror
        raise SidecarRefused(target.sidecar, reason or type(error).__name__) from error
