"""Headings, paragraphs and tables that fit a terminal."""

import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 96


def heading(text: str) -> str:
    """Return a heading with an empty line before it."""
    return f"\n{text}\n{'-' * len(text)}"


def paragraph(text: str, indent: str = "") -> str:
    """Return a text in lines that fit a terminal; words such as references are never broken."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1, indent: str = "  ") -> list[str]:
    """Return the lines of a table: the first `left` columns and the last one flush left, the others flush right."""
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = []
    for row in cells:
        parts = [
            text.ljust(width) if place < left or place == len(row) - 1 else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((indent + "  ".join(parts)).rstrip())
    return lines
