from pathlib import Path

import pytest

from learning_core.log import mount
from learning_core.log.mount import network_file_system, shared_type

MOUNTS = """\
sysfs /sys sysfs rw 0 0
/dev/sda1 / ext4 rw,relatime 0 0
server:/export /mnt/share nfs4 rw 0 0
//nas/pictures /mnt/share/with\\040space cifs rw 0 0
/dev/sdb1 /mnt/share/disk ext4 rw 0 0
host:/home /mnt/ssh fuse.sshfs rw 0 0
/dev/sdc1 /mnt/stick fuseblk rw 0 0
drvfs /mnt/c 9p rw 0 0
systemd-1 /net autofs rw 0 0
systemd-1 /net/done autofs rw 0 0
server:/done /net/done nfs rw 0 0
/dev/sdf1 /deep/inside ext4 rw 0 0
server:/deep /deep nfs rw 0 0
/dev/sdd1 /over xfs rw 0 0
server:/over /over nfs rw 0 0
server:/under /under nfs rw 0 0
/dev/sde1 /under btrfs rw 0 0
short
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/me/library", None),
        ("/mnt/share", "nfs4"),
        ("/mnt/share/library/log", "nfs4"),
        ("/mnt/shared/library", None),
        ("/mnt/share/with space/log", "cifs"),
        ("/mnt/share/disk/log", None),
        ("/mnt/ssh/log", "fuse.sshfs"),
        ("/mnt/stick/log", None),
        ("/mnt/c/pictures", "9p"),
        ("/net/other", "autofs"),
        ("/net/done/log", "nfs"),
        ("/deep/inside/log", None),
        ("/deep/log", "nfs"),
        ("/over/log", "nfs"),
        ("/under/log", None),
    ],
)
def test_the_longest_mount_point_above_a_folder_decides(folder: str, kind: str | None) -> None:
    assert shared_type(folder, MOUNTS) == kind


@pytest.mark.parametrize(("root", "kind"), [("nfs", "nfs"), ("9p", None), ("virtiofs", None), ("overlay", None)])
def test_the_own_disk_of_a_sandbox_is_not_shared(root: str, kind: str | None) -> None:
    assert shared_type("/home", f"root / {root} rw 0 0\n") == kind


def test_no_mounts_at_all_mean_a_local_disk() -> None:
    assert shared_type("/home", "") is None


def test_a_link_counts_as_the_place_that_it_leads_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = tmp_path / "far"
    far.mkdir()
    try:
        (tmp_path / "near").symlink_to(far)
    except OSError:
        pytest.skip("links need a right here")
    table = tmp_path / "mounts"
    table.write_text(f"/dev/a / ext4 rw 0 0\nserver:/x {far.resolve()} nfs4 rw 0 0\n", encoding="utf-8")
    monkeypatch.setattr(mount, "MOUNT_TABLE", table)
    assert network_file_system(tmp_path / "near" / "not" / "yet") == "nfs4"
    assert network_file_system(tmp_path / "not" / "yet") is None


def test_a_system_without_a_table_of_mounts_counts_as_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mount, "MOUNT_TABLE", tmp_path / "none")
    assert network_file_system(tmp_path) is None
