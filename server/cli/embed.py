"""`whatworks embed`: make what `--match semantic` rests on, from a model on this disk."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import asdict

from server.cli.options import examples, json_option, with_library
from server.terminal.output import hint_when_empty, print_json, print_text, remark
from server.terminal.progress import log_bar

if TYPE_CHECKING:
    from learning_core.library import Library
    from learning_core.matching.embed import Embedded

_FOLDER = click.Path(path_type=Path)
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")


@click.command(
    "embed",
    short_help="Let --match semantic find near terms.",
    epilog=examples("whatworks embed"),
)
@click.option("--distil", type=_FOLDER, metavar="FOLDER", help="Make the static table from this model first.")
@click.option("--model", type=_FOLDER, metavar="FOLDER", help="Let this model itself make the vectors, too; slower.")
@click.option("--sha256", metavar="HEX", help="Take only a model whose model.safetensors has this SHA-256.")
@json_option
@with_library
def command(library: "Library", distil: Path | None, model: Path | None, sha256: str | None, *, as_json: bool) -> int:
    """Make the vectors of your prompts' words, by which --match semantic finds what means nearly the same.

    FOLDER is a sentence-transformers model that you have on this disk, such as all-MiniLM-L6-v2; nothing is ever
    fetched. Its weights must be safetensors. Only this command needs sentence-transformers; questions need nothing
    but the table. Without options only terms that are new since the last time are added. For instance:
    whatworks embed --distil ~/models/all-MiniLM-L6-v2
    """
    from learning_core.matching.embed import distil_table, embed
    from learning_core.matching.model_folder import checked_model

    os.environ.update(dict.fromkeys(_OFFLINE, "1"))
    folders = {path: checked_model(path.expanduser().absolute(), sha256) for path in (distil, model) if path}
    for found in folders.values():
        if not found.is_measured:
            remark(f"The thresholds were not measured for {found.path.name} (SHA-256 {found.sha256}).")
    with _Bars() as show:
        if distil:
            distil_table(library, folders[distil], show)
        made = embed(library, show, folders[model] if model else None)
    if as_json:
        print_json(asdict(made))
    else:
        print_text(_said(made))
    hint_when_empty(library)
    return 0


def _said(made: "Embedded") -> str:
    from learning_core.text.wording import count

    lines = [f"{count(made.terms, 'term')} in three prompts or more, of {count(made.prompts, 'prompt')}."]
    for what, new in (("the static table", made.new_by_table), ("the model", made.new_by_model)):
        if new is not None:
            lines.append(f"  by {what}: {new:,} new, {made.terms - new:,} known already")
    if made.new_by_table is None and made.new_by_model is None:
        remedy = "There is no static table yet; make it from a model on this disk: whatworks embed --distil FOLDER"
        return "\n".join([*lines, remedy])
    return "\n".join([*lines, "Now ask: whatworks ask SUBJECT --match semantic"])


class _Bars:
    """One progress bar a step, each ended when the next one begins."""

    def __init__(self) -> None:
        self._step = ""
        self._open = ExitStack()
        self._show: Callable[[int, int], None] | None = None

    def __enter__(self) -> Callable[[str, int, int], None]:
        return self.show

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def show(self, step: str, done: int, total: int) -> None:
        """Show what is done of a step."""
        if step != self._step:
            self._open.close()
            self._step = step
            self._show = self._open.enter_context(log_bar(step, worth=1))
        if self._show is not None:
            self._show(done, total)
