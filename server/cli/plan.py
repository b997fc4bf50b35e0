"""`whatworks plan`: learning plans, from a proposal to a conclusion."""

import click

from server.cli.group import CommandsByName
from server.cli.options import examples

VERBS = {
    "import": "server.cli.plan_import",
    "export": "server.cli.plan_export",
    "run": "server.cli.plan_run",
}


@click.group(
    "plan",
    cls=CommandsByName,
    modules=VERBS,
    short_help="Plan an experiment, run it, conclude.",
    epilog=examples("whatworks plan --help"),
)
def command() -> None:
    """Plan what to try next, make its images, and say what came of it."""
