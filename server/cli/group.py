"""A group of commands that loads the one that is called, and offers the nearest name for a typo."""

import difflib
import importlib
from collections.abc import Mapping
from typing import Any

import click


class CommandsByName(click.Group):
    """Commands that live in modules of their own, each under the name `command`."""

    def __init__(self, *args: Any, modules: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order in which people meet them."""
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return a command, None when there is none of that name."""
        module = self.modules.get(cmd_name)
        if module is None:
            return None
        command: click.Command = importlib.import_module(module).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; the error for an unknown one names the nearest."""
        name = args[0]
        if name not in self.modules and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(f"There is no command {name!r}. {_hint(name, list(self.modules))}", ctx)
        return super().resolve_command(ctx, args)


def _hint(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name.casefold(), known, 1)
    return f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
