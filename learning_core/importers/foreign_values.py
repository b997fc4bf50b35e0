"""Single values as foreign programs write them: numbers as text, whole numbers as floats, nothing as `""`."""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from learning_core.limits import INTEGER_DIGITS
from learning_core.model.quantities import LARGEST_TIME, LARGEST_WHOLE

_SHORT = 60
_WHOLE_TEXT = re.compile(r"[+-]?[0-9]+(?:\.0*)?")
_COMPACT_TIME = "%Y%m%d_%H%M%S"


def mapping(value: object) -> dict[str, Any]:
    """Return the object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """Return the list, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def text(value: object) -> str | None:
    """Return the text as written, or None when it is blank or no text."""
    return value if isinstance(value, str) and value.strip() else None


def texts(value: object) -> list[str]:
    """Return the texts of a list, blanks and other things left out."""
    return [part for part in items(value) if isinstance(part, str) and part.strip()]


def first_text(*values: object) -> str | None:
    """Return the first of the values that is a text and not blank."""
    return next((value for value in values if isinstance(value, str) and value.strip()), None)


def real(value: object) -> float | None:
    """Return a finite number, also from text; true and false are no numbers."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and len(value) > _SHORT:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def whole(value: object) -> int | None:
    """Return an exact whole number, also from `30.0` and `"30"`; true is not 1."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and len(value) <= INTEGER_DIGITS and _WHOLE_TEXT.fullmatch(value.strip()):
        return int(value.strip().split(".")[0])
    return None


def utc_seconds(value: object) -> float | None:
    """Return epoch seconds of an ISO time or `YYYYmmdd_HHMMSS`; without an offset it counts as UTC.

    None for a time before 1970 or after the year 9999.
    """
    if not isinstance(value, str) or len(value) > _SHORT:
        return None
    try:
        if len(value) == len("20260112_231503") and value[8] == "_":
            moment = datetime.strptime(value, _COMPACT_TIME).replace(tzinfo=UTC)
        else:
            moment = datetime.fromisoformat(value.strip())
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds <= LARGEST_TIME else None


def small_whole(value: object) -> int | None:
    """Return a whole number of 64 bits; only seeds may be larger."""
    found = whole(value)
    return found if found is not None and abs(found) <= LARGEST_WHOLE else None


def shown(value: object) -> str:
    """Return a value short enough for a remark."""
    written = str(value) if isinstance(value, str) else repr(value)
    return written if len(written) <= _SHORT else written[: _SHORT - 1] + "…"


def distinct(values: Iterable[str]) -> list[str]:
    """Return the values in order, each once."""
    return list(dict.fromkeys(values))
