"""The filter language `where`: parsing only; `learning_core.index.filtering` evaluates it.

    where = { ["-"] term }                       spaces mean AND, "-" means NOT
    term  = field ":" value { "," value } | text commas mean OR within a field
    value = word | "quoted" | low ".." high | (">=" | "<=" | ">" | "<") number
    text  = word | "quoted phrase"               found in the positive prompt

Example: `checkpoint:realvis sampler:"DPM++ 2M" steps:25..35 rating:>=4 after:2026-10-01 -tag:hands beach`
"""

import difflib
import math
import re
from datetime import UTC, date, datetime
from functools import lru_cache

from msgspec import Struct

from learning_core.errors import BadFilter, UnknownField

NAME_FIELDS = (
    "checkpoint",
    "lora",
    "vae",
    "sampler",
    "scheduler",
    "size",
    "stage",
    "source",
    "experiment",
    "hires_fix",
    "refinement",
    "motion",
    "rater",
)
NUMBER_FIELDS = ("steps", "cfg_scale", "denoising_strength", "seed", "rating", "runtime")
DAY_FIELDS = ("after", "before")
OTHER_FIELDS = ("tag", "selection", "people")
FIELDS = (*NAME_FIELDS, *NUMBER_FIELDS, *OTHER_FIELDS, *DAY_FIELDS)
ALIASES = {
    "model": "checkpoint", "ckpt": "checkpoint", "cfg": "cfg_scale", "guidance": "cfg_scale",
    "denoise": "denoising_strength", "resolution": "size", "tags": "tag", "loras": "lora", "stars": "rating",
    "hires": "hires_fix",
}  # fmt: skip
SELECTIONS = ("selected", "rejected", "none")
PEOPLE = ("yes", "no")

MAXIMUM_CHARACTERS = 500
MAXIMUM_TERMS = 24

_TOKEN = re.compile(r'\s*(-?)(?:([A-Za-z_]+):)?((?:"[^"]*"|[^\s"])+)')
_COMPARISON = re.compile(r"(>=|<=|>|<)(.+)", re.DOTALL)
_COMPARED = re.compile(r"[A-Za-z_]+(?:>=|<=|>|<|=)")
_SIZE = re.compile(r"\d+\s*[x×]\s*\d+")


class Range(Struct, frozen=True):
    """Numbers from `low` to `high`; an end is left out when its `open_` flag is set."""

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False


class Term(Struct, frozen=True):
    """One condition. `field` is canonical, empty for prompt text; exactly one of the value kinds is filled."""

    field: str
    negated: bool
    names: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()
    time: float = 0.0
    position: int = 1


@lru_cache(maxsize=256)
def parse(where: str) -> tuple[Term, ...]:
    """Return the terms of a filter; raises BadFilter or UnknownField, pointing at the token."""
    if len(where) > MAXIMUM_CHARACTERS:
        raise BadFilter(f"The filter has {len(where)} characters; at most {MAXIMUM_CHARACTERS} are read.")
    terms: list[Term] = []
    place = 0
    while where[place:].strip():
        match = _TOKEN.match(where, place)
        if match is None or where[match.end() : match.end() + 1] == '"':
            position = where.index('"', place) + 1
            raise BadFilter(f"A quote is opened at character {position} and not closed.")
        terms.append(_term(match))
        place = match.end()
    if len(terms) > MAXIMUM_TERMS:
        raise BadFilter(f"The filter has {len(terms)} terms; at most {MAXIMUM_TERMS} are read.")
    return tuple(terms)


@lru_cache(maxsize=256)
def canonical(terms: tuple[Term, ...]) -> str:
    """Return a filter as it was understood."""
    return " ".join(_written(term) for term in terms)


def _term(match: re.Match[str]) -> Term:
    minus, field, rest = match.groups()
    position = match.start(2 if field else 3) + 1
    negated = minus == "-"
    if field is None:
        if _COMPARED.match(rest):
            raise BadFilter(f"{rest!r} at character {position}: a colon belongs after the field, as in rating:>=4.")
        if ":" in re.sub(r'"[^"]*"', "", rest):
            raise BadFilter(f"{rest!r} at character {position}: put text with a colon in quotes.")
        return Term("", negated, names=(rest,), position=position)
    name = ALIASES.get(field.casefold(), field.casefold())
    if name not in FIELDS:
        near = difflib.get_close_matches(field.casefold(), [*FIELDS, *ALIASES], 2)
        raise UnknownField(field, [ALIASES.get(hit) or hit for hit in near], list(FIELDS))
    if name in DAY_FIELDS:
        return Term(name, negated, time=_day(rest, name, position), position=position)
    values: tuple[str, ...] = tuple(part.strip().strip('"') for part in _commas(rest))
    if not all(values):
        raise BadFilter(f"{name}: at character {position} has an empty value.")
    if name in NUMBER_FIELDS:
        return Term(name, negated, ranges=tuple(_range(value, name, position) for value in values), position=position)
    return Term(
        name,
        negated,
        names=tuple(_checked_name(name, value, position) for value in values),
        position=position,
    )


def _commas(text: str) -> list[str]:
    return re.findall(r'(?:"[^"]*"|[^,"])+', text) if not text.startswith(",") else [""]


def _checked_name(field: str, value: str, position: int) -> str:
    if field == "selection" and value.casefold() not in SELECTIONS:
        raise BadFilter(f"selection:{value} at character {position}: it is selected, rejected or none.")
    if field == "people" and value.casefold() not in PEOPLE:
        raise BadFilter(f"people:{value} at character {position}: it is yes or no.")
    if field == "size":
        if not _SIZE.fullmatch(value):
            raise BadFilter(f"size:{value} at character {position}: write it as 832x1216.")
        return value.replace("×", "x").replace(" ", "")
    return value


def _range(value: str, field: str, position: int) -> Range:
    if ".." in value:
        low, _, high = value.partition("..")
        ends = Range(_number(low, field, position), _number(high, field, position))
        if ends.low > ends.high:
            raise BadFilter(f"{field}:{value} at character {position}: the range is reversed.")
        return ends
    if comparison := _COMPARISON.fullmatch(value):
        sign, text = comparison.groups()
        number = _number(text, field, position)
        if sign.startswith(">"):
            return Range(low=number, open_low=sign == ">")
        return Range(high=number, open_high=sign == "<")
    number = _number(value, field, position)
    return Range(number, number)


def _number(text: str, field: str, position: int) -> float:
    if field == "seed" and text.isascii() and text.isdecimal():
        return int(text)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadFilter(
            f"{field}:{text} at character {position} is not a number; write {field}:30, {field}:25..35 or {field}:>=4."
        )
    return value


def _day(text: str, field: str, position: int) -> float:
    try:
        day = date.fromisoformat(text.strip('"'))
    except ValueError:
        raise BadFilter(f"{field}:{text} at character {position} is not a day; write {field}:2026-10-01.") from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _written(term: Term) -> str:
    sign = "-" if term.negated else ""
    if term.field in DAY_FIELDS:
        return f"{sign}{term.field}:{datetime.fromtimestamp(term.time, UTC).date().isoformat()}"
    values = [_quoted(name) for name in term.names] + [_written_range(ends) for ends in term.ranges]
    if not term.field:
        return sign + term.names[0]
    return f"{sign}{term.field}:{','.join(values)}"


def _quoted(name: str) -> str:
    return f'"{name}"' if re.search(r"[\s,:]", name) else name


def _written_range(ends: Range) -> str:
    if ends.low == ends.high:
        return _written_number(ends.low)
    if ends.high == math.inf:
        return f">{'' if ends.open_low else '='}{_written_number(ends.low)}"
    if ends.low == -math.inf:
        return f"<{'' if ends.open_high else '='}{_written_number(ends.high)}"
    return f"{_written_number(ends.low)}..{_written_number(ends.high)}"


def _written_number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.15g}"
