"""Infotext in images and in the text files beside them, as jobs with the ratings that came along."""

import hashlib

from msgspec import Struct
from msgspec.structs import replace

from learning_core.importers.carriers import ImageFile
from learning_core.importers.foreign_values import shown, whole
from learning_core.importers.identity import event_id, image_job_id
from learning_core.importers.infotext_fields import job_fields
from learning_core.importers.photo_ratings import ratings_in_metadata
from learning_core.importers.plan_marks import KEYWORD, mark_in_chunk, take_mark
from learning_core.importers.reading import Reading, Skipped
from learning_core.limits import INFOTEXT_CHARACTERS
from learning_core.model.generation import RawReference
from learning_core.model.judgement import AnyJudgement, Rating
from learning_core.text.infotext import Infotext, parse

READER = "infotext/1"
_PARAMETERS = "parameters"
_CARRIERS = (_PARAMETERS, "UserComment", "exif:0x9286", "ImageDescription", "comment")
_EXIF_NAMES = ("UserComment", "ImageDescription")
_GRID = Skipped("a grid of several generations, not one generation")
_NO_SETTINGS = Skipped("text without settings")
_NO_IMAGE_TOOL = "a1111"


class _Found(Struct, frozen=True):
    """One text that was understood, and where it stood."""

    carrier: str
    text: str
    infotext: Infotext


def read(image: ImageFile) -> Reading | Skipped | None:
    """Return the job that an image's infotext describes, or None when the image holds no infotext.

    `parameters`, UserComment, ImageDescription and comments are tried in this order; the first with settings
    answers, another one that says otherwise is remarked. Without settings anywhere, the text of `parameters`
    is a prompt. A grid of several generations is Skipped.
    """
    found = _found_in(image)
    long = tuple(_too_long(name) for name in _CARRIERS if len(image.texts.get(name, "")) > INFOTEXT_CHARACTERS)
    with_settings = [each for each in found if each.infotext.settings]
    if with_settings:
        first = with_settings[0]
        if first.infotext.is_grid:
            return _GRID
        return _reading(_named(first, image), image, (*_disagreements(with_settings), *long))
    prompts = [each for each in found if each.carrier == _PARAMETERS and each.infotext.prompt]
    return _reading(_named(prompts[0], image), image, long) if prompts else Skipped(long[0]) if long else None


def read_sidecar(text: str, path: str, image: ImageFile | None) -> Reading | Skipped:
    """Return the job that a text file describes: the image's, if one is given, else one without picture.

    `path` is the text file's. A text without settings (a caption, a note) is Skipped, as is a grid.
    """
    if len(text) > INFOTEXT_CHARACTERS:
        return Skipped(_too_long("the text"))
    infotext = parse(text)
    if not infotext.settings:
        return _NO_SETTINGS
    if infotext.is_grid:
        return _GRID
    return _reading(_Found("txt", text, infotext), image, (), path)


def _found_in(image: ImageFile) -> list[_Found]:
    texts = [(carrier, image.texts.get(carrier, "")) for carrier in _CARRIERS]
    texts = [(carrier, text) for carrier, text in texts if len(text) <= INFOTEXT_CHARACTERS]
    # Other programs put JSON into the same places; their readers know what to do with it.
    plain = [(carrier, text) for carrier, text in texts if text.strip() and text.lstrip()[0] not in "{["]
    return [_Found(carrier, text, parse(text)) for carrier, text in plain]


def _too_long(carrier: str) -> str:
    return f"{carrier} is longer than {INFOTEXT_CHARACTERS:,} characters, no infotext"


def _named(found: _Found, image: ImageFile) -> _Found:
    place = "exif" if found.carrier in _EXIF_NAMES else image.format
    return found if ":" in found.carrier else replace(found, carrier=f"{place}:{found.carrier}")


def _disagreements(found: list[_Found]) -> tuple[str, ...]:
    first, *others = found
    return tuple(
        f"{other.carrier} describes another generation than {first.carrier}, which counts"
        for other in others
        if other.infotext != first.infotext
    )


def _reading(found: _Found, image: ImageFile | None, remarks: tuple[str, ...], path: str | None = None) -> Reading:
    fields = job_fields(found.infotext, image.texts.get("Software", "") if image else "")
    values = fields.values
    sha256 = hashlib.sha256(found.text.encode("utf-8", "surrogatepass")).hexdigest()
    tool = values.get("source_tool") or _NO_IMAGE_TOOL
    values["job_id"] = image_job_id(tool, image.image_hash if image else sha256, values)
    values["raw"] = RawReference(
        path=path or (image.path if image else None), carrier=found.carrier, sha256=sha256, reader=READER
    )
    if image:
        values |= {"image_hash": image.image_hash, "output_paths": [image.path]}
        if values.get("timestamp_end") is None and image.modified is not None:
            values |= {"timestamp_end": image.modified, "timestamp_source": "file_modified"}
    mark = mark_in_chunk(image.texts.get(KEYWORD), fields.remarks) if image else None
    if mark is not None:
        take_mark(fields, mark)
    job, all_remarks = fields.build((*remarks, *(image.remarks if image else ())))
    judgements, odd = _ranking(found.infotext, job.job_id)
    photo = ratings_in_metadata(image, job.job_id) if image else ()
    return Reading(job, (*judgements, *photo), (*all_remarks, *odd))


def _ranking(infotext: Infotext, job_id: str) -> tuple[tuple[AnyJudgement, ...], tuple[str, ...]]:
    written = infotext.setting("Ranking")
    if written is None or written.strip().casefold() in ("", "none", "0"):
        return (), ()
    stars = whole(written)
    if stars is None or not 1 <= stars <= 5:
        return (), (f"Ranking: {shown(written)!r} is no number of stars from 1 to 5",)
    key = event_id("images-browser", job_id, stars)
    return (Rating(event_id=key, job_id=job_id, source="images-browser", value=stars),), ()
