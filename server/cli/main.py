"""The entry of the command line: which commands there are, and how each of them ends."""

import gc
import sys
from collections.abc import Sequence

import click

from server.cli.ending import run_to_its_end
from server.cli.group import CommandsByName
from server.cli.options import library_option

VERBS = {
    "demo": "server.cli.demo",
    "import": "server.cli.import_",
    "ask": "server.cli.ask",
    "feedback": "server.cli.feedback",
    "trends": "server.cli.trends",
    "compare": "server.cli.compare",
    "drivers": "server.cli.drivers",
    "pairs": "server.cli.pairs",
    "recommend": "server.cli.recommend",
    "profiles": "server.cli.profiles.group",
    "plan": "server.cli.plan",
    "embed": "server.cli.embed",
    "records": "server.cli.records",
    "rate": "server.cli.rate",
    "draft": "server.cli.draft",
    "review": "server.cli.review",
    "undo": "server.cli.undo",
    "export": "server.cli.export",
    "doctor": "server.cli.doctor",
    "audit": "server.cli.audit",
    "paths": "server.cli.paths",
    "serve": "server.cli.serve",
    "install": "server.cli.install",
}

_OBJECTS = 200_000
"""Objects made between two searches for garbage: loading modules makes many, none of them garbage, and searching them
takes a seventh of a server's start."""


def _print_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's shape
    if wanted and not context.resilient_parsing:
        from server.release import version

        click.echo(f"whatworks {version()}")
        context.exit()


@click.command(
    cls=CommandsByName,
    modules=VERBS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@library_option
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
@click.pass_context
def whatworks(context: click.Context, /, **_chosen: object) -> None:
    """Find out which settings made your good Stable Diffusion images.

    whatworks reads your images and ratings, keeps them in a log that is yours, and answers with numbers: how
    many images an answer rests on, and how sure it is. Assistants ask it over MCP.

    \b
    Start here:
      whatworks demo                 see it work on sample images; keeps nothing
      whatworks import PATH          read a folder of your own
      whatworks ask beach            what works for beach prompts?
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave the process with its exit code: 0, 1, 2, 130 or 3."""
    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(run_to_its_end(whatworks, given))
