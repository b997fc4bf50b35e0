"""Which reader for which file: decided by content; the extension only tells text formats apart."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec import Struct

from learning_core.errors import Unreadable
from learning_core.importers import (
    comfyui,
    infotext_images,
    learning_records,
    stablenew_history,
    stablenew_images,
    stablenew_records,
)
from learning_core.importers.carriers import ImageFile, format_of, read_image, read_text_file
from learning_core.importers.lines import read_lines
from learning_core.importers.path_text import path_text
from learning_core.importers.reading import Reading, Skipped

HEAD_BYTES = 64
SNIFFED_LINES = 20
SNIFFED_BYTES = 1024 * 1024
REVIEW_ENDING = ".review.json"

IMAGE_READERS: tuple[tuple[str, Callable[[ImageFile], Reading | Skipped | None]], ...] = (
    ("StableNew image", stablenew_images.read),
    ("ComfyUI image", comfyui.read),
    ("infotext image", infotext_images.read),
)
"""In the order in which they answer when an image carries several texts."""

LOG_READERS = (
    ("StableNew records", stablenew_records, True),
    ("StableNew job history", stablenew_history, False),
    ("LearningRecordV2 log", learning_records, False),
)
"""Name, reader, and whether the producer rewrites its file, so that vanished lines are withdrawn."""

JSON_READERS = (
    ("StableNew image data", stablenew_images.read_json_file),
    ("ComfyUI graph", comfyui.read_json_file),
)


class Recognised(Struct, frozen=True):
    """What a file holds; `follows` tells that lines which vanish from it stop being evidence."""

    format: str
    readings: Iterator[Reading | Skipped]
    follows: bool = False
    one_picture: bool = False


def recognise(path: Path) -> Recognised | Skipped:
    """Return the reader for a file; raises OSError or Unreadable."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head and path.suffix.casefold() != ".jsonl":
        return Skipped("the file is empty")
    if format_of(head) is not None:
        return _image(path)
    suffix = path.suffix.casefold()
    if suffix in (".jsonl", ".ndjson"):
        return _log(path)
    if suffix == ".json":
        return _json(path)
    if suffix == ".txt":
        return _sidecar(path)
    return Skipped("not a format that whatworks reads")


def _image(path: Path) -> Recognised | Skipped:
    image = read_image(path)
    for name, reader in IMAGE_READERS:
        found = reader(image)
        if found is not None:
            return Recognised(name, iter((_with_remarks(found, image),)), one_picture=True)
    reason = "no generation settings in the image"
    return Skipped(f"{reason}; {'; '.join(image.remarks)}" if image.remarks else reason)


def _with_remarks(found: Reading | Skipped, image: ImageFile) -> Reading | Skipped:
    if isinstance(found, Skipped):
        return found
    return Reading(found.job, found.judgements, (*found.remarks, *image.remarks))


def _log(path: Path) -> Recognised | Skipped:
    first, problem = _first_values(path)
    for name, reader, follows in LOG_READERS:
        if reader.recognises(first):
            return Recognised(name, reader.read(path), follows=follows)
    if not first and problem is None:
        # Undo can leave StableNew's own file empty: what was imported from it stops being evidence.
        return Recognised("empty log", iter((Skipped("the file is empty"),)), follows=True)
    why = "no line is a record of a known format"
    return Skipped(why) if problem is None else Skipped(f"{why} ({problem.where}: {problem.reason})")


def _first_values(path: Path) -> tuple[list[dict[str, Any]], Skipped | None]:
    """Return the objects on the first lines, and the first line that is none; large lines end the look."""
    values: list[dict[str, Any]] = []
    problem: Skipped | None = None
    left = SNIFFED_BYTES
    for line in islice(read_lines(path), SNIFFED_LINES):
        if isinstance(line, Skipped):
            problem = problem or line
        else:
            values.append(line.value)
            left -= line.length
            if left <= 0:
                break
    return values, problem


def _json(path: Path) -> Recognised | Skipped:
    text = read_text_file(path)
    if path.name.casefold().endswith(REVIEW_ENDING):
        pictured = path.with_name(path.name[: -len(REVIEW_ENDING)])
        if pictured.is_file():
            return _reviewed(pictured, text)
    for name, reader in JSON_READERS:
        found = reader(text, path_text(path))
        if found is not None:
            return Recognised(name, iter((found,)), one_picture=True)
    if '"current_experiment"' in text and '"variable_under_test"' in text:
        return Skipped("an experiment of StableNew, not its images; `whatworks plan import` takes it over as a plan")
    return Skipped("JSON of no known format")


def _reviewed(pictured: Path, text: str) -> Recognised | Skipped:
    """A review beside an image is said of that image, whatever else is known of it."""
    image = _image(pictured)
    if isinstance(image, Skipped):
        return image
    reading = next(image.readings)
    if isinstance(reading, Skipped):
        return reading
    return Recognised("StableNew review", iter((stablenew_images.with_review_file(reading, text),)), one_picture=True)


def _sidecar(path: Path) -> Recognised | Skipped:
    text = read_text_file(path)
    image = _image_beside(path)
    if image is not None and any(isinstance(reader(image), Reading) for _, reader in IMAGE_READERS):
        return Skipped("the image beside it carries its own settings")
    found = infotext_images.read_sidecar(text, path_text(path), image)
    return Recognised("infotext file", iter((found,)), one_picture=True)


def _image_beside(path: Path) -> ImageFile | None:
    for suffix in (".png", ".jpg", ".jpeg", ".webp", ".avif"):
        beside = path.with_suffix(suffix)
        if beside.is_file():
            try:
                return read_image(beside)
            except (OSError, Unreadable):
                return None
    return None
