"""What a person said in StableNew's words, as events: stars, subscores, flags, notes, tags."""

from collections.abc import Mapping
from typing import Any

from learning_core.importers.foreign_values import distinct, items, mapping, real, shown, small_whole, whole
from learning_core.limits import NOTE_CHARACTERS, TAG_CHARACTERS
from learning_core.model.judgement import Note, Rating

SOURCE = "stablenew"


def stars(value: object, name: str, remarks: list[str]) -> int | None:
    """Return whole stars from 1 to 5; anything else is no rating and is remarked, never clamped."""
    if value is None:
        return None
    found = whole(value)
    if found is None:
        remarks.append(f"{name}: {shown(value)} is no rating")
    elif not 1 <= found <= 5:
        remarks.append(f"{name}: {shown(value)} lies outside 1 to 5, not counted")
    else:
        return found
    return None


def has_rating(metadata: Mapping[str, Any]) -> bool:
    """Tell whether stars of any quality are stated."""
    return metadata.get("user_rating") is not None or metadata.get("user_rating_raw") is not None


def rating(
    metadata: Mapping[str, Any], *, job_id: str, event_id: str, recorded_at: float | None, remarks: list[str]
) -> Rating | None:
    """Return the person's own stars with everything said beside them; None when there are no usable stars.

    `user_rating_raw` are the stars and `user_rating` a blend with the subscores; older lines have stars only.
    """
    raw, blend = metadata.get("user_rating_raw"), metadata.get("user_rating")
    name, given = ("user_rating", blend) if raw is None else ("user_rating_raw", raw)
    value = stars(given, name, remarks)
    if value is None:
        return None
    derived = None if raw is None else real(blend)
    return Rating(
        event_id=event_id,
        job_id=job_id,
        recorded_at=recorded_at,
        source=SOURCE,
        value=value,
        derived_value=None if derived == value else derived,
        subscores=_subscores(metadata, remarks),
        context_flags=_context_flags(metadata),
        rating_schema_version=small_whole(metadata.get("rating_schema_version")) or 0,
    )


def _subscores(metadata: Mapping[str, Any], remarks: list[str]) -> dict[str, int] | None:
    stated = mapping(metadata.get("subscores")) or mapping(metadata.get("rating_details"))
    kept = {}
    for name, value in stated.items():
        score = whole(value)
        if score is not None and 1 <= score <= 5:
            kept[name] = score
        else:
            remarks.append(f"subscore {shown(name)}: {shown(value)} is not 1 to 5, dropped")
    return kept or None


def _context_flags(metadata: Mapping[str, Any]) -> dict[str, bool] | None:
    stated = mapping(metadata.get("rating_context")) or mapping(metadata.get("review_context"))
    flags = {name.removeprefix("has_"): value for name, value in stated.items() if isinstance(value, bool)}
    return flags or None


def note(value: object, *, job_id: str, event_id: str, recorded_at: float | None, remarks: list[str]) -> Note | None:
    """Return a person's free text, None when there is none; a text over the limit is left out whole."""
    if not isinstance(value, str) or not value.strip():
        return None
    if len(value) > NOTE_CHARACTERS:
        remarks.append(f"note: longer than {NOTE_CHARACTERS} characters, left out")
        return None
    return Note(event_id=event_id, job_id=job_id, recorded_at=recorded_at, source=SOURCE, text=value)


def tags(value: object, remarks: list[str]) -> list[str]:
    """Return tags from comma text or a list, each once; a tag over the limit is left out."""
    parts = value.split(",") if isinstance(value, str) else items(value)
    found = distinct(part.strip() for part in parts if isinstance(part, str) and part.strip())
    kept = [tag for tag in found if len(tag) <= TAG_CHARACTERS]
    if len(kept) < len(found):
        remarks.append(f"tags: {len(found) - len(kept)} longer than {TAG_CHARACTERS} characters, left out")
    return kept
