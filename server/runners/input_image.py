"""The image that a plan starts from: the one file of a person that a server gets to see."""

from pathlib import Path

from learning_core.errors import PlanRefused
from learning_core.importers.carriers import HEAD_BYTES, format_of

LARGEST_INPUT = 64 * 1024 * 1024


def read_input(path: Path) -> bytes:
    """Return the bytes of the input image; raises PlanRefused for what is none, so that nothing else is sent."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_INPUT + 1)
    except OSError as error:
        raise PlanRefused(f"base_config.input_image: {path} cannot be read: {error.strerror or error}") from error
    if format_of(content[:HEAD_BYTES]) is None or len(content) > LARGEST_INPUT:
        raise PlanRefused(f"base_config.input_image: {path} is no image of at most {LARGEST_INPUT // 1024**2} MB")
    return content
