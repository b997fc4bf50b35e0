"""Code that a process runs first to be bound by file permissions even when root starts it."""

# Permissions do not bind root; root without the right to override them is bound like everybody.
BOUND_BY_PERMISSIONS = """
import ctypes, os
if os.geteuid() == 0:
    header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    system = ctypes.CDLL(None)
    assert system.capget(header, data) == 0
    data[0] &= ~0b110
    assert system.capset(header, data) == 0
"""
