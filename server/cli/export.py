"""`whatworks export`: a table for other programs, or the whole library in one file."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import click

from server.cli.options import examples, json_option, where_option, with_library
from server.terminal.output import hint_when_empty, print_json, print_text, remark, shown
from server.terminal.progress import index_bar, log_bar

if TYPE_CHECKING:
    from learning_core.archive.pack import Packed
    from learning_core.exports.export import Exported, Table
    from learning_core.exports.tables import Form
    from learning_core.library import Library

What = Literal["records", "feedback", "statistics", "keywords", "loras", "days", "library"]
Format = Literal["csv", "json", "jsonl", "tar"]
Part = Literal["images", "key"]

STDOUT = "-"
ENDINGS: dict[str, Format] = {
    ".tar": "tar", ".tar.gz": "tar", ".tgz": "tar", ".csv": "csv", ".json": "json", ".jsonl": "jsonl",
}  # fmt: skip
NAMED: dict[str, What] = {
    "feedback": "feedback", "statistics": "statistics", "keywords": "keywords", "loras": "loras", "days": "days",
}  # fmt: skip
"""Names of files that say what is in them; any other holds records."""

WORTH_A_BAR = 5_000
"""Rows below which an export is over before a bar can be read."""


@click.command(
    "export",
    short_help="Write tables, or the whole library, to a file.",
    epilog=examples(
        "whatworks export library.tar.gz",
        "whatworks export records.csv --where 'beach rating:>=4'",
        "whatworks export feedback.jsonl",
        "whatworks export keywords.csv",
        "whatworks export everything.json --what statistics",
        "whatworks export - --what records --format jsonl",
    ),
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True))
@click.option("--what", type=click.Choice(get_args(What)), help="What to export, when the file's name does not say it.")
@click.option(
    "--format", "form", type=click.Choice(get_args(Format)), help="The format, when the file's ending does not say it."
)
@where_option
@click.option("--bom", is_flag=True, help="Begin a CSV file with a byte order mark, for Excel.")
@click.option(
    "--without", "parts", multiple=True, type=click.Choice(get_args(Part)),
    help="Of the library: leave out the images of plans, or the sealed key of the review.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@json_option
@with_library
def command(
    library: "Library",
    file: Path,
    what: What | None,
    form: Format | None,
    where: str,
    parts: tuple[Part, ...],
    *,
    bom: bool,
    force: bool,
    as_json: bool,
) -> int:
    """Write tables for other programs, or the whole library for a backup or another machine.

    \b
    FILE           what is written
    *.tar *.tar.gz the library: log, audit chain, drafts, plans; `whatworks import` reads it
    records.*      one row a record: settings, prompts, what stands of its judgement
    feedback.*     one row a judgement, also those that no longer stand
    statistics.*   one row a parameter and value: counts, estimate, 95 % interval
    keywords.*     one row a word of a prompt and checkpoint: how they did together
    loras.*        one row a checkpoint and LoRA
    days.*         one row a day (UTC)

    The ending chooses the format: .csv, .json or .jsonl; `-` is the standard output. Other names hold records
    unless --what says otherwise. A file that exists is kept unless --force is given.
    """
    form = form or _format(file)
    what = what or _what(file, form)
    if (form == "tar") != (what == "library"):
        raise click.UsageError("The library is exported as .tar or .tar.gz, a table as .csv, .json or .jsonl.")
    if parts and what != "library":
        raise click.UsageError("--without is for the library.")
    if bom and form != "csv":
        raise click.UsageError("--bom is for CSV files.")
    if what == "library":
        _export_library(library, file, where, frozenset(parts), force=force, as_json=as_json)
    else:
        assert form != "tar"  # noqa: S101  compared above
        _export_table(library, file, what, form, where, bom=bom, force=force, as_json=as_json)
    return 0


def _format(file: Path) -> Format:
    if str(file) == STDOUT:
        return "csv"
    name = file.name.casefold()
    found = next((form for ending, form in ENDINGS.items() if name.endswith(ending)), None)
    if found is None:
        raise click.BadParameter(
            f"{file.name!r} does not end in .tar, .tar.gz, .csv, .json or .jsonl; say which with --format.",
            param_hint="FILE",
        )
    return found


def _what(file: Path, form: Format) -> What:
    return "library" if form == "tar" else NAMED.get(file.stem.casefold(), "records")


def _export_library(
    library: "Library", file: Path, where: str, parts: frozenset[Part], *, force: bool, as_json: bool
) -> None:
    from learning_core.archive.pack import pack
    from learning_core.text.wording import count
    from server.clock import now
    from server.release import version

    if where or str(file) == STDOUT:
        raise click.UsageError("The library is exported whole, and to a file: neither --where nor - fit.")
    with log_bar("Exporting") as progress:
        packed = pack(
            library, file, created=now(), actor="person", version=version(), without=parts, replace=force,
            progress=progress,
        )  # fmt: skip
    _tell(packed, as_json=as_json)
    if not as_json:
        print_text(
            f"Wrote {count(packed.lines, 'line')} of {count(packed.files, 'log file')} and "
            f"{count(packed.documents, 'document')} to {shown(packed.path)}.\n"
            f"On another machine: whatworks import {shown(file.name)}"
        )


def _export_table(
    library: "Library",
    file: Path,
    table: "Table",
    form: "Form",
    where: str,
    *,
    bom: bool,
    force: bool,
    as_json: bool,
) -> None:
    from learning_core.exports.export import export_table
    from learning_core.text.wording import count
    from server.clock import now

    streamed = str(file) == STDOUT
    with index_bar() as indexing, log_bar("Exporting", WORTH_A_BAR) as progress:
        exported = export_table(
            library, sys.stdout.buffer if streamed else file, table, form, at=now(), actor="person", where=where,
            bom=bom, replace=force, indexing=indexing, progress=progress,
        )  # fmt: skip
    hint_when_empty(library)
    _tell(exported, as_json=as_json and not streamed)
    if not streamed and not as_json:
        print_text(f"Wrote {count(exported.rows, 'row')} of {table} to {shown(exported.path)}.")


def _tell(result: "Packed | Exported", *, as_json: bool) -> None:
    if result.not_noted:
        remark(f"Not noted in the audit chain: {shown(result.not_noted)}")
    for path in getattr(result, "left_out", ()):
        remark(f"Left out, because it is not read either: {shown(path)}")
    if as_json:
        print_json(result.model_dump(mode="json"))
