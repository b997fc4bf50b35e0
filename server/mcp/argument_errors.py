"""Wording of wrong arguments: one sentence that names the argument and what belongs there."""

import difflib
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from server.untrusted import visible

SHOWN_CHARACTERS = 40

_TYPES = {
    "int_type": "must be a whole number, such as 5",
    "int_parsing": "must be a whole number, such as 5",
    "int_from_float": "must be a whole number, such as 5",
    "string_type": "must be a text",
    "list_type": "must be a list",
    "missing": "is missing",
}
_BOUNDS = {
    "less_than_equal": "must be at most {le}",
    "greater_than_equal": "must be at least {ge}",
    "string_too_long": "must have at most {max_length} characters",
    "too_long": "must have at most {max_length} entries",
}


def wrong_arguments(error: ValidationError) -> str:
    """Return one sentence about the first wrong argument."""
    problems = error.errors(include_url=False)
    # A union reports each of its arms: the arm that got beyond the type knows best what is wrong.
    problem = next((one for one in problems if one["type"] not in _TYPES), problems[0])
    name = problem["loc"][0]
    if name == "subject" and problem["type"] in _TYPES:
        is_union = isinstance(problem["loc"][-1], int) or len(problem["loc"]) > 1
        lists = ", or lists of alternatives such as [['beach', 'coast']]" if is_union else ""
        return f"subject must be a text such as 'beach' or 'beach,coast'{lists}."
    return f"{name}{_place(problem['loc'])} {_requirement(dict(problem))}."


def unknown_name(kind: str, given: str, known: Sequence[str]) -> str:
    """Return one sentence about a name that does not exist, with the nearest one or all of them."""
    near = difflib.get_close_matches(given[:SHOWN_CHARACTERS], known, 1)
    hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(known) or 'none'}."
    return f"There is no {kind} '{visible(given, SHOWN_CHARACTERS)}'. {hint}"


def _place(location: Sequence[int | str]) -> str:
    numbers = [part + 1 for part in location[1:] if isinstance(part, int)]
    return f", entry {'.'.join(map(str, numbers))}," if numbers else ""


def _requirement(problem: dict[str, Any]) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    if kind in ("string_too_short", "too_short"):
        return "must not be empty"
    if kind in _BOUNDS:
        return _BOUNDS[kind].format(**context) + _given(problem.get("input"))
    if kind == "literal_error":
        return _choice(str(context["expected"]), problem.get("input"))
    return _TYPES.get(kind) or visible(str(problem["msg"]).lower(), 200)


def _given(value: object) -> str:
    """Return the value that was given, where it is short and ours to repeat."""
    if isinstance(value, str | list):
        return f", not {len(value)}"
    return f", not {visible(str(value), SHOWN_CHARACTERS)}" if isinstance(value, int | float) else ""


def _choice(expected: str, given: object) -> str:
    choices = expected.replace("'", "").replace(" or ", ", ").split(", ")
    near = difflib.get_close_matches(given[:SHOWN_CHARACTERS], choices, 1) if isinstance(given, str) else []
    return f"must be one of {', '.join(choices)}" + (f"; nearest: {near[0]}" if near else "")
