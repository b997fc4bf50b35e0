"""`whatworks import`: read generations and ratings into the library."""

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.ending import FAILED
from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text, remark, shown
from server.terminal.progress import import_bar, log_bar

if TYPE_CHECKING:
    from learning_core.archive.unpack import Unpacked
    from learning_core.importers.run import ImportReport
    from learning_core.library import Library

SKIPPED_SHOWN = 10
ARCHIVES = (".tar", ".tar.gz", ".tgz")
_OUTCOMES = {
    "there": "was there already",
    "new": "added",
    "extended": "what was missing was appended",
    "renamed": "another file has this name, so it stands beside it as {}",
    "kept": "yours stays as it is",
}
_OUTCOMES_OF_MANY = {"there": "there already", "new": "added"}
_MANY = ("drafts", "matching", "plans", "review")
"""Folders whose files are told by their number."""


@click.command(
    "import",
    short_help="Read images, logs and ratings.",
    epilog=examples(
        "whatworks import ~/sd/outputs",
        "whatworks import 'outputs/**/*.png' learning_records.jsonl",
        "whatworks import outputs --report skipped.json",
        "whatworks import library.tar.gz",
    ),
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what was read and skipped to this JSON file.",
)
@json_option
@with_library
def command(library: "Library", paths: tuple[str, ...], report: Path | None, *, as_json: bool) -> int:
    """Read generations and ratings from files, folders and globs.

    Files are recognised by their content: images of A1111, Forge, SD.Next and ComfyUI, infotext files,
    StableNew records, learning logs. They are only read, never changed. Importing twice adds nothing, and a
    broken file costs only itself.

    A library that `whatworks export` wrote (.tar, .tar.gz) is verified as a whole before anything of it is
    taken over; only what is missing here is added.
    """
    from learning_core.importers.run import import_paths

    if not all(paths):
        raise click.BadParameter(
            "An empty name is no file or folder; name a folder, or . for this one.", param_hint="PATH"
        )

    # Unlike Path's own, this leaves the home folder of an unknown person as it was written.
    named = [Path(os.path.expanduser(path)) for path in paths]  # noqa: PTH111
    if any(path.name.casefold().endswith(ARCHIVES) and path.is_file() for path in named):
        if len(named) > 1 or report is not None:
            raise click.UsageError("Import an exported library alone, without other paths and without --report.")
        return _import_library(library, named[0], as_json=as_json)
    with import_bar() as progress:
        result = import_paths(library, named, progress=progress)
    if as_json:
        print_json(result.model_dump(mode="json"))
    else:
        _print_summary(result)
    written = report is None or _write_report(result, report)
    return FAILED if not written or _missing(result, named) or _nothing_usable(result) else 0


def _import_library(library: "Library", archive: Path, *, as_json: bool) -> int:
    from learning_core.archive.unpack import unpack
    from server.clock import now

    with log_bar("Importing") as progress:
        unpacked = unpack(library, archive, at=now(), actor="person", progress=progress)
    if unpacked.not_noted:
        remark(f"Not noted in the audit chain: {shown(unpacked.not_noted)}")
    if as_json:
        print_json(unpacked.model_dump(mode="json"))
    else:
        print_text("\n".join(_placed(unpacked)))
    if any(each.name.startswith("drafts/") and each.outcome == "new" for each in unpacked.files):
        remark("Drafts came with it. Name your folders of models here, too: whatworks profiles add FOLDER")
    return 0


def _placed(unpacked: "Unpacked") -> list[str]:
    from learning_core.text.wording import count

    lines = [f"{count(unpacked.lines, 'line')} added, {count(len(unpacked.files), 'file')} verified."]
    many: Counter[tuple[str, str]] = Counter()
    for each in unpacked.files:
        folder = each.name.partition("/")[0]
        if folder in _MANY and each.outcome in ("there", "new"):
            many[folder, each.outcome] += 1
        else:
            lines.append(f"  {shown(each.name)}: {_OUTCOMES[each.outcome].format(shown(each.placed_as))}")
    for (folder, outcome), number in sorted(many.items()):
        lines.append(f"  {folder}: {count(number, 'file')} {_OUTCOMES_OF_MANY[outcome]}")
    return lines


def _print_summary(result: "ImportReport") -> None:
    lines = [result.summary()]
    if result.by_format:
        lines.append("  " + ", ".join(f"{name} {count:,}" for name, count in result.by_format.items()))
    for item in result.skipped[:SKIPPED_SHOWN]:
        where = f", {item.where}" if item.where else ""
        lines.append(f"  skipped {shown(item.path)}{shown(where)}: {shown(item.reason)}")
    if result.skipped_total > SKIPPED_SHOWN:
        rest = result.skipped_total - min(len(result.skipped), SKIPPED_SHOWN)
        lines.append(f"  and {rest} more; --report FILE lists them")
    if result.remarks:
        lines.append(f"  {len(result.remarks):,} remarks on what was read; --report FILE lists them")
    print_text("\n".join(lines))
    if result.new:
        remark("Now ask: whatworks ask SUBJECT")


def _missing(result: "ImportReport", named: list[Path]) -> bool:
    """Tell whether something that was named is not there; what lies inside a folder costs only itself."""
    from learning_core.importers.path_text import path_text

    absent = {path_text(path) for path in named if not os.path.exists(path)}  # noqa: PTH110  never raises
    return any(item.path in absent for item in result.skipped)


def _nothing_usable(result: "ImportReport") -> bool:
    useful = (
        result.read,
        result.new,
        result.already_known,
        result.unchanged,
        result.judgements,
        result.withdrawn,
    )
    return result.skipped_total > 0 and not any(useful)


def _write_report(result: "ImportReport", path: Path) -> bool:
    import orjson

    try:
        path.write_bytes(orjson.dumps(result.model_dump(mode="json"), option=orjson.OPT_INDENT_2))
    except OSError as error:
        remark(f"Imported, but the report could not be written to {shown(path)}: {error.strerror or error}.")
        return False
    return True
