"""Line numbers of byte offsets, all of one file in one pass."""

from collections.abc import Iterable
from pathlib import Path

from learning_core.log.read import BLOCK_BYTES


def line_numbers(path: Path, offsets: Iterable[int]) -> dict[int, int]:
    """Return the line, counted from 1, of each byte offset; offsets beyond the end, or of a lost file, are left out."""
    wanted = sorted(set(offsets))
    found: dict[int, int] = {}
    number, start = 1, 0
    try:
        with path.open("rb") as file:
            while len(found) < len(wanted) and (block := file.read(BLOCK_BYTES)):
                position = 0
                while len(found) < len(wanted) and wanted[len(found)] < start + len(block):
                    offset = wanted[len(found)]
                    number += block.count(b"\n", position, offset - start)
                    position = offset - start
                    found[offset] = number
                number += block.count(b"\n", position)
                start += len(block)
    except OSError:
        return found
    return found
