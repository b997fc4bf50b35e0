"""`whatworks profiles explain`: the settings that a checkpoint starts with, and why each is so."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli.options import examples, json_option, profile_folders_option, with_library
from server.terminal.output import print_json, print_text

if TYPE_CHECKING:
    from learning_core.library import Library


def _settings(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"{each!r} is no NAME=VALUE, such as steps=24.")
        try:
            settings[name.strip()] = json.loads(value)
        except (ValueError, RecursionError):
            settings[name.strip()] = value
    return settings


@click.command(
    "explain",
    short_help="Say which settings a checkpoint starts with, and why.",
    epilog=examples(
        "whatworks profiles explain coastlineXL_v3",
        "whatworks profiles explain coastlineXL_v3 film --lora film",
        "whatworks profiles explain coastlineXL_v3 --set steps=24 --set 'sampler=Euler a' --json",
    ),
)
@click.argument("checkpoint")
@click.argument("settings", nargs=-1, metavar="[SETTING]...")
@click.option("--lora", "loras", multiple=True, metavar="NAME", help="With this LoRA; may be repeated.")
@click.option(
    "--set", "overrides", multiple=True, metavar="NAME=VALUE", callback=_settings, help="What you want; it wins."
)
@profile_folders_option
@json_option
@with_library
def command(
    library: "Library",
    checkpoint: str,
    settings: tuple[str, ...],
    loras: tuple[str, ...],
    overrides: dict[str, Any],
    folders: tuple[Path, ...],
    *,
    as_json: bool,
) -> int:
    """Say which settings CHECKPOINT starts with, who decides each one, and what else was said.

    SETTING asks for some of them, such as steps or the name of a LoRA: why 0.8? What you want yourself counts most,
    then the profile's best preset, then its style, then the engine's defaults.
    """
    from learning_core.profiles.telling import explain_config
    from server.profiles import profiles_of
    from server.terminal.profiles import explained

    found = explain_config(profiles_of(library, folders), checkpoint, loras, overrides, only=settings)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_text(explained(found))
    return 0
