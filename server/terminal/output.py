"""What a command prints: the answer on stdout, everything else on stderr."""

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

if TYPE_CHECKING:
    from learning_core.library import Library


class _Summarized(Protocol):
    """An answer with a sentence that says what it comes to."""

    @property
    def summary(self) -> str: ...

    def model_dump(self, *, mode: str) -> dict[str, Any]: ...


_Summary = TypeVar("_Summary", bound=_Summarized)


def print_json(value: object) -> None:
    """Print a value as indented JSON in UTF-8, whatever the terminal speaks."""
    import orjson

    sys.stdout.flush()
    try:
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        # A path whose name is no text: written with escapes, from which Python makes the same path again.
        text = f"{json.dumps(value, indent=2)}\n".encode("ascii")
    sys.stdout.buffer.write(text)
    sys.stdout.buffer.flush()


def print_text(text: str) -> None:
    """Print text that ends in exactly one line break."""
    click.echo(text.rstrip("\n"))


def remark(sentence: str) -> None:
    """Say something beside the answer."""
    click.echo(sentence, err=True)


def hint_when_empty(library: "Library") -> None:
    """Say what to do when nothing was ever put into the library."""
    if not library.exists():
        remark(f"The library in {library.root} is empty. Import something first: whatworks import PATH")


def print_answer(library: "Library", answer: _Summary, lay_out: Callable[[_Summary], str], *, as_json: bool) -> None:
    """Print an answer: for programs, for a person, or only its sentence where there is no library yet."""
    if as_json:
        print_json(answer.model_dump(mode="json"))
    else:
        print_text(lay_out(answer) if library.exists() else answer.summary)
    hint_when_empty(library)


def shown(text: object) -> str:
    """Return stored or foreign text for the terminal, control characters made visible."""
    from server.untrusted import visible

    return visible(str(text))
