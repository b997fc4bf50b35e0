"""`whatworks doctor`: is everything in order, and if not, what to do."""

from typing import TYPE_CHECKING

import click

from server.cli.ending import FAILED
from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text, shown

if TYPE_CHECKING:
    from learning_core.health import Finding, Health
    from learning_core.library import Library

MARKS = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}


@click.command(
    "doctor",
    short_help="Check log, index and folders.",
    epilog=examples("whatworks doctor", "whatworks doctor --deep --json"),
)
@click.option("--deep", is_flag=True, help="Also read the whole log and compare it with the index.")
@json_option
@with_library
def command(library: "Library", *, deep: bool, as_json: bool) -> int:
    """Check the log, the index and the folders, and say what to do about each finding.

    Exits with 1 when it found a problem.
    """
    from learning_core.health import check

    health = check(library, deep=deep)
    if as_json:
        print_json(health.model_dump(mode="json"))
    else:
        print_text(_in_words(health))
    return 0 if health.ok else FAILED


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
