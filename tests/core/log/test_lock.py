import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from learning_core.log import lock


def test_a_lock_excludes_the_next_until_it_is_given_back(tmp_path: Path) -> None:
    path = str(tmp_path / "a.lock")
    held = lock.acquire(path, 0)
    assert held is not None
    assert lock.acquire(path, 0.01) is None
    lock.release(held)
    again = lock.acquire(path, 0)
    assert again is not None
    lock.release(again)
    assert Path(path).exists()


def test_threads_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    path, inside, most = str(tmp_path / "a.lock"), 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(50):
            held = lock.acquire(path, 30)
            assert held is not None
            inside += 1
            most = max(most, inside)
            threading.Event().wait(1e-5)
            inside -= 1
            lock.release(held)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_the_holder_is_named_to_who_waits(tmp_path: Path) -> None:
    path = str(tmp_path / "a.lock")
    assert lock.holder(path) == "another program"
    held = lock.acquire(path, 0)
    assert held is not None
    mine = "another thread of this program" if Path("/proc/locks").exists() else "another program"
    assert lock.holder(path) == mine
    lock.release(held)


def test_no_descriptor_is_left_open_by_waiting_or_holding(tmp_path: Path) -> None:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("needs /proc")
    path = str(tmp_path / "a.lock")
    before = len(list(folder.iterdir()))
    held = lock.acquire(path, 0)
    assert held is not None
    assert lock.acquire(path, 0.01) is None
    lock.release(held)
    assert len(list(folder.iterdir())) == before


def test_a_lock_file_is_never_changed_or_made_shorter(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    path.write_bytes(b"kept")
    before = path.stat()
    held = lock.acquire(str(path), 0)
    assert held is not None
    lock.release(held)
    assert path.read_bytes() == b"kept"
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_no_link_is_followed_to_a_lock(tmp_path: Path) -> None:
    target = tmp_path / "target"
    try:
        (tmp_path / "a.lock").symlink_to(target)
    except OSError:
        pytest.skip("links need a right here")
    if sys.platform == "win32":
        pytest.skip("Windows has no O_NOFOLLOW")
    with pytest.raises(OSError, match="symbolic links"):
        lock.acquire(str(tmp_path / "a.lock"), 1)
    assert not target.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_lock_is_private_and_not_inherited(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        held = lock.acquire(str(tmp_path / "a.lock"), 0)
    finally:
        os.umask(old)
    assert held is not None
    assert stat.S_IMODE(os.fstat(held).st_mode) == 0o600
    assert os.get_inheritable(held) is False
    lock.release(held)


def test_a_copy_of_the_descriptor_does_not_keep_the_lock(tmp_path: Path) -> None:
    path = str(tmp_path / "a.lock")
    held = lock.acquire(path, 0)
    assert held is not None
    copy = os.dup(held)
    lock.release(held)
    again = lock.acquire(path, 0)
    assert again is not None
    lock.release(again)
    os.close(copy)


def test_a_lock_file_that_went_with_its_folder_is_no_lock_and_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.lock"
    real, opened = lock._take, []

    def take(descriptor: int) -> None:
        """Between opening the file and locking it, somebody deletes it."""
        opened.append(descriptor)
        if len(opened) == 1:
            path.unlink()
        real(descriptor)

    monkeypatch.setattr(lock, "_take", take)
    with lock.held(path, 5):
        assert path.exists()
        assert lock.acquire(str(path), 0) is None
    assert len(opened) == 3
