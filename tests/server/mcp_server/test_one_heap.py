import platform
import subprocess
import sys

import pytest

# glibc names its heaps in the dump of malloc_info(3), one element each.
THREADS = """
import ctypes, threading
{first}
def use():
    taken = bytes(60_000)
    barrier.wait()
barrier = threading.Barrier(4)
threads = [threading.Thread(target=use) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
library = ctypes.CDLL(None)
library.fdopen.restype = ctypes.c_void_p
library.fdopen.argtypes = [ctypes.c_int, ctypes.c_char_p]
stdout = library.fdopen(1, b"w")
library.malloc_info(0, ctypes.c_void_p(stdout))
library.fflush(ctypes.c_void_p(stdout))
"""
SHARED = "from server.mcp.one_heap import share_one_heap; share_one_heap()"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has a heap for each thread")
@pytest.mark.parametrize(("first", "is_one"), [(SHARED, True), ("", False)])
def test_threads_share_one_heap(first: str, is_one: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", THREADS.replace("{first}", first)],
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert (done.stdout.count("<heap nr=") == 1) is is_one
