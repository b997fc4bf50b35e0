"""Options that several commands share, and the examples at the end of their help."""

import difflib
from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from learning_core.library import Library

Command = TypeVar("Command", bound=Callable[..., Any])
Parameter = TypeVar("Parameter", bound=str)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
where_option = click.option(
    "--where", default="", metavar="FILTER", help="Only these, e.g. 'sampler:euler steps:25..35 rating:>=4'."
)
context_option = click.option(
    "--context", default="", metavar="CONTEXT", help="Prefer images of it, e.g. 'refinement:gentle people:yes'."
)
profile_folders_option = click.option(
    "--profiles",
    "folders",
    multiple=True,
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Look for profiles here first, besides the folders that `whatworks profiles add` named; may be repeated.",
)
match_option = click.option(
    "--match",
    type=click.Choice(["exact", "words"]),
    default="words",
    show_default=True,
    help="SUBJECT as a phrase within one tag, or its words anywhere.",
)
exclude_option = click.option(
    "--exclude", multiple=True, metavar="WORDS", help='No prompts with these, e.g. "bench"; may be repeated.'
)
library_option = click.option(
    "--library",
    "library_folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the library.  [env: WHATWORKS_LIBRARY]",
)


def with_library(function: Callable[..., int]) -> Callable[..., int]:
    """Give the command the library as its first argument, chosen before or after the command's name."""

    @click.pass_context
    def call(context: click.Context, /, *args: Any, library_folder: Path | None, **kwargs: Any) -> int:
        return function(_library(context, library_folder), *args, **kwargs)

    return library_option(update_wrapper(call, function))


def _library(context: click.Context, chosen: Path | None) -> "Library":
    from server.place import find_library

    return find_library(chosen or context.find_root().params.get("library_folder"))


def known_parameter(written: str, known: tuple[Parameter, ...], option: str) -> Parameter:
    """Return the parameter that was written in any spelling; raises BadParameter with a hint at the nearest."""
    from learning_core.text.names import parameter

    wanted = parameter(written)
    for each in known:
        if each == wanted:
            return each
    near = difflib.get_close_matches(wanted, known, 1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
    raise click.BadParameter(f"There is no parameter {written!r}. {hint}", param_hint=option)


def examples(*lines: str) -> str:
    """Return the end of a help text; a test runs each line."""
    heading = "Example:" if len(lines) == 1 else "Examples:"
    return "\b\n" + "\n".join([heading, *(f"  {line}" for line in lines)])
