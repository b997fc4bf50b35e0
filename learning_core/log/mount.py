"""Whether a folder lies on a file system that other computers may write to at the same time.

Linux is asked by its table of mounts, Windows by the type of the drive. macOS names its mounts only through a
program of its own; there a network folder counts as local.
"""

import os
import sys
from functools import lru_cache
from pathlib import Path

MOUNT_TABLE = Path("/proc/mounts")

SHARED_TYPES = frozenset({
    "9p", "afs", "autofs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.beegfs", "fuse.ceph", "fuse.cephfs",
    "fuse.curlftpfs", "fuse.davfs", "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs", "fuse.goofys", "fuse.grpcfuse",
    "fuse.juicefs", "fuse.osxfs", "fuse.rclone", "fuse.s3fs", "fuse.smbnetfs", "fuse.sshfs", "fuse.vmhgfs-fuse",
    "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb3", "smbfs",
    "vboxsf", "virtiofs", "vmhgfs",
})  # fmt: skip
"""Network, cluster and guest file systems, as /proc/mounts calls them.

A mount point that waits to be mounted (autofs) counts too: what will be there is not known yet.
"""

_OWN_DISK_OF_A_SANDBOX = frozenset({"9p", "virtiofs"})
"""As the root they are how a sandbox gets a disk of its own."""

_REMOTE_DRIVE = 4


def network_file_system(folder: Path) -> str | None:
    """Return the type of the shared file system that a folder lies on, None for a local one; it need not exist."""
    return _type_of(folder.absolute(), MOUNT_TABLE)


@lru_cache(maxsize=256)
def _type_of(folder: Path, table: Path) -> str | None:
    if sys.platform == "win32":
        return _windows_type(folder)
    try:
        mounts = os.fsdecode(table.read_bytes())
    except OSError:
        return None
    return shared_type(os.path.realpath(folder), mounts)


def shared_type(folder: str, mounts: str) -> str | None:
    """Return the shared type of the mount with the longest path above a real folder, the last one of equals.

    `mounts` is the text of /proc/mounts (proc_mounts(5)): device, mount point and type in its first fields.
    """
    point, kind = "", ""
    for words in (line.split(" ") for line in mounts.splitlines()):
        if len(words) > 2:
            here = _unescaped(words[1]).rstrip("/")
            if len(here) >= len(point) and (folder == here or folder.startswith(f"{here}/")):
                point, kind = here, words[2]
    if not point and kind in _OWN_DISK_OF_A_SANDBOX:
        return None
    return kind if kind in SHARED_TYPES else None


def _unescaped(mount_point: str) -> str:
    for written, meant in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        mount_point = mount_point.replace(written, meant)
    return mount_point


def _windows_type(folder: Path) -> str | None:
    drive = folder.drive
    if drive.startswith("\\\\"):
        is_local = drive.startswith(("\\\\?\\", "\\\\.\\")) and not drive.upper().startswith("\\\\?\\UNC\\")
        return None if is_local else "a Windows share"
    if sys.platform == "win32":
        import ctypes

        if ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == _REMOTE_DRIVE:
            return "a network drive"
    return None
