"""Headings, paragraphs and tables that fit a terminal."""

import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence

WIDTH = 96
"""Columns of a paragraph: of one that goes to a file or a pipe, and at most of one on a terminal."""

NARROWEST = 40
_KEPT_TOGETHER = "\u00a0%"


def width() -> int:
    """Return the columns to write in: the terminal's, if stdout is one, within limits."""
    if not sys.stdout.isatty():
        return WIDTH
    return max(NARROWEST, min(WIDTH, shutil.get_terminal_size().columns - 1))


def heading(text: str) -> str:
    """Return a heading with an empty line before it."""
    return f"\n{text}\n{'-' * len(text)}"


def paragraph(text: str, indent: str = "") -> str:
    """Return a text in lines that fit a terminal; words such as references are never broken, nor 70 % into two."""
    lines = textwrap.fill(
        text.replace(" %", _KEPT_TOGETHER),
        width(),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines.replace(_KEPT_TOGETHER, " %")


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    left: int = 1,
    indent: str = "  ",
    spare: Sequence[int] = (),
) -> list[str]:
    """Return the lines of a table: the first `left` columns and the last one flush left, the others flush right.

    The columns in `spare` are given up one after the other while the table is wider than the terminal; a file or a
    pipe gets them all.
    """
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(columns(row[place]) for row in cells) for place in range(len(head))]
    kept = list(range(len(head)))
    for place in spare:
        if not sys.stdout.isatty() or len(indent) + sum(widths[each] + 2 for each in kept) - 2 <= width():
            break
        kept.remove(place)
    lines = []
    for row in cells:
        parts = []
        for place in kept:
            gap = " " * (widths[place] - columns(row[place]))
            flush_left = place < left or place == len(head) - 1
            parts.append(row[place] + gap if flush_left else gap + row[place])
        lines.append((indent + "  ".join(parts)).rstrip())
    return lines


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: East Asian letters take two, marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )
