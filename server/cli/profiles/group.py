"""`whatworks profiles`: what the sidecars beside your models suggest."""

import click

from server.cli.group import CommandsByName
from server.cli.options import examples

SUBCOMMANDS = {
    "list": "server.cli.profiles.list_",
    "show": "server.cli.profiles.show",
    "explain": "server.cli.profiles.explain",
    "validate": "server.cli.profiles.validate",
    "add": "server.cli.profiles.add",
    "remove": "server.cli.profiles.remove",
}


@click.command(
    "profiles",
    cls=CommandsByName,
    modules=SUBCOMMANDS,
    invoke_without_command=True,
    short_help="List, show and explain profiles of your models.",
    epilog=examples("whatworks profiles list", "whatworks profiles explain coastlineXL_v3 --set steps=24"),
)
@click.pass_context
def command(context: click.Context) -> None:
    """List, show, check and explain the profiles beside your checkpoints and LoRAs.

    A profile is a file such as coastlineXL_v3.modelprofile.json or film.loraprofile.json in a folder of models:
    presets and weights that you or others rated. It is a start, never evidence. `whatworks profiles add FOLDER`
    names a folder to look in; folders of A1111, Forge, ComfyUI and StableNew are recognised, and only read.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
