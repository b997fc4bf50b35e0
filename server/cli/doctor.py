"""`whatworks doctor`: is everything in order, and if not, what to do."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.ending import FAILED
from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text, remark, shown
from server.terminal.progress import index_bar, log_bar

if TYPE_CHECKING:
    from learning_core.health.findings import Finding, Health
    from learning_core.health.repair import Repair
    from learning_core.library import Library

MARKS = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}


@click.command(
    "doctor",
    short_help="Check log, index, audit chain and drafts.",
    epilog=examples(
        "whatworks doctor",
        "whatworks doctor --deep --json",
        "whatworks doctor --repair repaired",
    ),
)
@click.option("--deep", is_flag=True, help="Also read every line again and compare the index with a fresh one.")
@click.option(
    "--repair",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write repaired copies of damaged log files into this folder; the log itself is never changed.",
)
@json_option
@with_library
def command(library: "Library", *, deep: bool, folder: Path | None, as_json: bool) -> int:
    """Check the log, the index, audit chain, drafts, profiles and MCP clients, and say what to do about findings.

    Exits with 1 when it found a problem. Nothing is ever repaired in place: --repair writes a copy of each
    damaged file with all its usable lines, and beside it a file with the others, so that nothing is lost.
    """
    from learning_core.health.check import Progress, check

    with index_bar() as indexing, log_bar("Reading") as reading, log_bar("Comparing") as comparing:
        checked = check(library, deep=deep, progress=Progress(indexing, reading, comparing))
    health = _with_clients(checked, library)
    repaired = None if folder is None else _repair(library, folder)
    if as_json:
        content = health.model_dump(mode="json")
        print_json(content | {"repair": None if repaired is None else repaired.model_dump(mode="json")})
    else:
        print_text("\n".join([_in_words(health), *(_repair_in_words(repaired) if repaired else [])]))
    return 0 if health.ok else FAILED


def _with_clients(health: "Health", library: "Library") -> "Health":
    """Return what was found, with what is found in the settings of MCP clients."""
    from server.clients.check import check_clients

    found = check_clients(library)
    ok = health.ok and not any(finding.level == "problem" for finding in found)
    return health.model_copy(update={"findings": [*health.findings, *found], "ok": ok})


def _repair(library: "Library", folder: Path) -> "Repair":
    from learning_core.health.repair import repair
    from server.clock import now

    with log_bar("Repairing") as progress:
        repaired = repair(library, folder, at=now(), actor="person", progress=progress)
    if repaired.not_noted:
        remark(f"Not noted in the audit chain: {shown(repaired.not_noted)}")
    return repaired


def _repair_in_words(repaired: "Repair") -> list[str]:
    from learning_core.text.wording import count

    lines = [""]
    for each in repaired.files:
        lines += [
            f"copied   {shown(each.file)}",
            f"         {count(each.kept, 'usable line')} in {shown(each.copy_in)}",
            f"         {count(each.rejected, 'other')} in {shown(each.rejected_in)}",
        ]
    return [*lines, shown(repaired.advice)]


def _in_words(health: "Health") -> str:
    lines = [line for finding in health.findings for line in _finding(finding)]
    counts = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in health.counts.items())
    warnings = sum(finding.level == "warning" for finding in health.findings)
    verdict = "Something needs your attention; see PROBLEM above."
    if health.ok:
        verdict = "No problem; the warnings above say what was passed over." if warnings else "Everything is in order."
    return "\n".join([*lines, *([f"Counts: {counts}."] if counts else []), verdict])


def _finding(finding: "Finding") -> list[str]:
    where = f"  ({shown(finding.where)})" if finding.where else ""
    lines = [f"{MARKS[finding.level]}  {shown(finding.what)}{where}"]
    if finding.remedy and finding.level != "ok":
        lines.append(f"         {shown(finding.remedy)}")
    return lines
