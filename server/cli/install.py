"""`whatworks install`: tell an MCP client how to start our server."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.ending import FAILED
from server.cli.options import examples, library_option
from server.clients.known import BY_NAME
from server.terminal.output import print_text, remark, shown

if TYPE_CHECKING:
    from server.clients.setup import Change


@click.command(
    "install",
    short_help="Tell an MCP client how to start the server.",
    epilog=examples("whatworks install claude-desktop --print", "whatworks install cursor --yes"),
)
@click.argument("client", type=click.Choice(sorted(BY_NAME)))
@click.option("--print", "only_print", is_flag=True, help="Only print what belongs into the file; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before the file is changed.")
@click.option("--hide-prompts", is_flag=True, help="Show no prompt to this client; see `whatworks serve`.")
@click.option(
    "--hide-words",
    "words",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Show no prompt with a word or tag that this file lists.",
)
@library_option
@click.pass_context
def command(
    context: click.Context,
    client: str,
    library_folder: Path | None,
    *,
    only_print: bool,
    yes: bool,
    hide_prompts: bool,
    words: Path | None,
) -> int:
    """Tell CLIENT how to start the server of this library.

    Shows what would change in its settings, asks, keeps a copy of the file as it was, and changes our entry alone.
    A library chosen by --library or WHATWORKS_LIBRARY is written into the entry.
    """
    from server.clients.entry import own_command, server_entry, snippet
    from server.clients.known import here
    from server.clients.setup import planned

    program = BY_NAME[client]
    hidden = [
        *(["--hide-prompts"] if hide_prompts else []),
        *(["--hide-words", str(words.absolute())] if words else []),
    ]
    chosen = library_folder or context.find_root().params.get("library_folder") or os.environ.get("WHATWORKS_LIBRARY")
    library = ["--library", str(Path(chosen).expanduser().absolute())] if chosen else []
    cache = os.environ.get("WHATWORKS_CACHE")
    entry = server_entry(
        program, own_command(), [*library, "serve", *hidden], str(Path(cache).expanduser().absolute()) if cache else ""
    )
    path = here(program)
    if only_print:
        remark(f"For {program.title}, in {shown(path)}:")
        print_text(snippet(program, entry))
        return 0
    change = planned(program, path, entry)
    if not change.is_needed:
        print_text(f"{program.title} is set up already, in {shown(path)}.")
        return 0
    if not _is_wanted(change, path, yes=yes):
        return FAILED
    _write(change)
    print_text(f"{program.title} is set up. {program.reload}")
    return 0


def _is_wanted(change: "Change", path: Path, *, yes: bool) -> bool:
    """Show a change, and tell whether the person wants it."""
    print_text("\n".join([f"{shown(path)} would change:", *(f"  {shown(line)}" for line in change.lines())]))
    if yes:
        return True
    if not sys.stdin.isatty():
        remark("Nothing was changed: nobody can be asked here. Run it in a terminal, or with --yes.")
        return False
    if click.confirm("Change it?"):
        return True
    remark("Nothing was changed.")
    return False


def _write(change: "Change") -> None:
    from server.clients.setup import apply
    from server.clock import now

    backup = apply(change, now())
    if backup is not None:
        print_text(f"As it was before: {shown(backup)}")
