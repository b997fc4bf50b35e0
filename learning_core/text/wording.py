"""Small pieces of sentences that several answers share."""

from collections.abc import Sequence
from datetime import UTC, datetime

NAME_CHARACTERS = 80
_SURE = 0.99


def percent(share: float) -> str:
    """Return 0.763 as `76 %`."""
    return f"{share * 100:.0f} %"


def chance(probability: float) -> str:
    """Return `88 %`, and `> 99 %` or `< 1 %` beyond them: what is learned from images is never certain."""
    if probability > _SURE:
        return f"> {percent(_SURE)}"
    return f"< {percent(1.0 - _SURE)}" if probability < 1.0 - _SURE else percent(probability)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return `1 image`, `1,234 images`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(names: Sequence[str], conjunction: str = "and") -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {conjunction} {names[-1]}"


def day(time: float) -> str | None:
    """Return the UTC day of epoch seconds, None when unknown (0) or outside the calendar."""
    stamp = moment(time)
    return None if stamp is None else stamp[:10]


def moment(time: float | None) -> str | None:
    """Return epoch seconds as UTC text, None when unknown (0) or outside the calendar."""
    if not time:
        return None
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        return None


def name(text: str) -> str:
    """Return a stored name short enough for a sentence."""
    return text if len(text) <= NAME_CHARACTERS else text[: NAME_CHARACTERS - 1] + "…"


def asked(subject: Sequence[Sequence[str]], where: str, exclude: Sequence[str] = ()) -> str:
    """Return how a question names what it is about: `"beach" without "people" where steps:20..30`."""
    topic = " + ".join("/".join(f'"{term.strip(chr(34))}"' for term in facet) for facet in subject)
    if exclude:
        left_out = ", ".join(f'"{term.strip(chr(34))}"' for term in exclude)
        topic = f"{topic or 'all records'} without {left_out}"
    if where:
        return f"{topic} where {where}" if topic else f"the filter {where}"
    return topic or "all records"
