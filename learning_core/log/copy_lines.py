"""Appending what one log has and another lacks, in batches of whole lines."""

from pathlib import Path

from learning_core.log.append import append_lines

BATCH_BYTES = 1024 * 1024


def append_from(source: Path, offset: int, target: Path) -> int:
    """Append the lines that a file has from a byte offset on to another, durably; returns how many. Raises LogError."""
    count = 0
    with source.open("rb") as file:
        file.seek(offset)
        while lines := file.readlines(BATCH_BYTES):
            append_lines(target, lines, durable=True)
            count += len(lines)
    return count
