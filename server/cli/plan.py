"""`whatworks plan`: what to try next, how far it is, and what came of it."""

import click

from server.cli.group import CommandsByName
from server.cli.options import examples

VERBS = {
    "propose": "server.cli.plans.propose",
    "new": "server.cli.plans.new",
    "list": "server.cli.plans.list_",
    "scan": "server.cli.plans.scan",
    "show": "server.cli.plans.show",
    "start": "server.cli.plans.start",
    "run": "server.cli.plans.run",
    "export": "server.cli.plans.export",
    "import": "server.cli.plans.import_",
    "next": "server.cli.plans.next_",
    "conclude": "server.cli.plans.conclude",
    "mode": "server.cli.plans.mode",
}


@click.command(
    "plan",
    cls=CommandsByName,
    modules=VERBS,
    short_help="Plan an experiment: propose, run, conclude.",
    epilog=examples(
        "whatworks plan propose beach",
        "whatworks plan new --vary steps --values 20..40 --step 10 --prompt 'a beach at dawn'",
        "whatworks plan list",
    ),
)
def command() -> None:
    """Plan an experiment: what to try next, how far it is, and what may be concluded.

    A plan varies one setting and holds all others fixed, over several prompts with the same seeds. It is never
    changed once it is written; a changed plan is a new one. Its images are made by `whatworks plan run`, or by
    hand and come home by `whatworks import`; ratings come by `whatworks rate`.
    """
