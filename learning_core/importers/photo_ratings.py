"""Stars, rejections and tags that photo tools leave in an image's XMP packet or EXIF block."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from msgspec import Struct

from learning_core.importers.carriers import ImageFile
from learning_core.importers.foreign_values import distinct, real
from learning_core.importers.identity import event_id
from learning_core.limits import TAG_CHARACTERS, XMP_BYTES, XMP_TAGS
from learning_core.model.judgement import AnyJudgement, Rating, Selection, Tagging

_RATING = "{http://ns.adobe.com/xap/1.0/}Rating"
_TAG_LISTS = ("{http://purl.org/dc/elements/1.1/}subject", "{http://www.digikam.org/ns/1.0/}TagsList")
_ITEM = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li"
_STARS = "exif:0x4746"
_PERCENT = "exif:0x4749"
_STARS_OF_PERCENT = {1: 1, 25: 2, 50: 3, 75: 4, 99: 5}
_REJECTED = -1


class PhotoMarks(Struct, frozen=True):
    """What a photo tool says of a picture: `rating` from 1 to 5, -1 rejected, None unrated; and tags."""

    rating: int | None = None
    tags: tuple[str, ...] = ()


def ratings_in_metadata(image: ImageFile, job_id: str) -> tuple[AnyJudgement, ...]:
    """Return what the image's XMP packet and EXIF block say of the job; XMP goes before EXIF.

    An unreadable packet says nothing. 0 stars are no rating, -1 is a rejection.
    """
    marks = read_xmp(image.texts.get("xmp", ""))
    if marks.rating is not None:
        return tuple(judgements_of(marks, job_id, "xmp"))
    stars = PhotoMarks(rating=_exif_stars(image))
    return (*judgements_of(stars, job_id, "exif"), *judgements_of(marks, job_id, "xmp"))


def judgements_of(marks: PhotoMarks, job_id: str, source: str) -> Iterator[AnyJudgement]:
    """Yield the marks as events on the job; equal marks from the same source give equal event ids."""
    if marks.rating == _REJECTED:
        key = event_id(source, job_id, "rejected")
        yield Selection(event_id=key, job_id=job_id, source=source, verdict="rejected")
    elif marks.rating is not None:
        key = event_id(source, job_id, "rating", marks.rating)
        yield Rating(event_id=key, job_id=job_id, source=source, value=marks.rating)
    if marks.tags:
        key = event_id(source, job_id, "tags", *marks.tags)
        yield Tagging(event_id=key, job_id=job_id, source=source, tags=list(marks.tags))


def read_xmp(packet: str) -> PhotoMarks:
    """Return the marks in an XMP packet, also that of a sidecar file; nothing for one that is unreadable.

    A packet that declares a document type or entities is not parsed at all.
    """
    if not packet or len(packet) > XMP_BYTES or "<!DOCTYPE" in packet or "<!ENTITY" in packet:
        return PhotoMarks()
    try:
        # Without declarations there are no entities to expand, and the packet is small.
        root = ET.fromstring(packet.strip("\ufeff\0 \t\r\n"))  # noqa: S314
    except (ET.ParseError, ValueError):
        return PhotoMarks()
    rating: int | None = None
    tags: list[str] = []
    for element in root.iter():
        rating = rating or _rating(element)
        if element.tag in _TAG_LISTS:
            tags += [item.text or "" for item in element.findall(f"*/{_ITEM}")]
    return PhotoMarks(rating=rating, tags=_usable_tags(tags))


def _rating(element: ET.Element) -> int | None:
    written = element.text if element.tag == _RATING else element.get(_RATING)
    value = real(written.strip()) if written else None
    return int(value) if value in (_REJECTED, 1, 2, 3, 4, 5) else None


def _usable_tags(tags: list[str]) -> tuple[str, ...]:
    plain = distinct(" ".join(tag.split()) for tag in tags)
    return tuple(tag for tag in plain if 0 < len(tag) <= TAG_CHARACTERS)[:XMP_TAGS]


def _exif_stars(image: ImageFile) -> int | None:
    stars = real(image.texts.get(_STARS))
    if stars in (1, 2, 3, 4, 5):
        return int(stars)
    percent = real(image.texts.get(_PERCENT))
    return _STARS_OF_PERCENT.get(int(percent)) if percent is not None and stars is None else None
