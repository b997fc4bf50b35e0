"""Checking the index: is it whole, is it level with the log, and which lines it could not use."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from learning_core.health.findings import SHOWN, Finding, bad_line, file_text, not_all
from learning_core.health.places import line_numbers
from learning_core.index.snapshot import Snapshot
from learning_core.library import Library

REBUILD = "Delete the folder of the index ({}); it is built again from the log, and no answer changes."


def check_index(library: Library, snapshot: Snapshot, counts: dict[str, int], *, deep: bool) -> Iterator[Finding]:
    """Yield what is wrong with the index and what it says of the log; adds to the counts."""
    counts["jobs"] = snapshot.jobs
    counts["withdrawn"] = snapshot.jobs - int(snapshot.standing_jobs().sum())
    counts["waiting_judgements"] = snapshot.events_without_job()
    inside = snapshot.inspection
    counts["refused_lines"], counts["conflicts"] = inside.refusal_count(), inside.conflict_count()
    faults = inside.faults(thorough=deep)
    for what in faults:
        yield Finding(
            level="problem",
            check="index",
            what=f"The index is damaged: {what.rstrip('.')}.",
            file=file_text(library.cache),
            remedy=REBUILD.format(file_text(library.cache)),
        )
    if not faults:
        what = "The index is whole and level with the log."
        yield Finding(level="ok", check="index", what=what, file=file_text(library.cache))
    yield from _refused(library.log_folder, snapshot)
    yield from not_all("unusable lines", counts["refused_lines"])
    yield from _conflicts(library.log_folder, snapshot)
    yield from not_all("conflicts", counts["conflicts"])


def _refused(folder: Path, snapshot: Snapshot) -> list[Finding]:
    refusals = snapshot.inspection.refusals(SHOWN)
    number = _numbers(folder, [(name, offset) for name, offset, _, _ in refusals])
    return [
        bad_line(folder / name, number(name, offset), offset, f"Not usable ({length} bytes): {reason}.")
        for name, offset, length, reason in refusals
    ]


def _conflicts(folder: Path, snapshot: Snapshot) -> list[Finding]:
    conflicts = snapshot.inspection.conflicts(SHOWN)
    number = _numbers(folder, [(name, offset) for name, offset, _ in conflicts])
    return [
        Finding(
            level="warning",
            check="id",
            what=f"The id of {identifier} was used before with other content; the first one stands.",
            file=file_text(folder / name),
            line=number(name, offset),
            offset=offset,
            remedy="Give each job an id of its own.",
        )
        for name, offset, identifier in conflicts
    ]


def _numbers(folder: Path, places: list[tuple[str, int]]) -> Callable[[str, int], int | None]:
    """Return what gives the line of each place; every file is read once, whatever the number of places."""
    offsets: dict[str, list[int]] = defaultdict(list)
    for name, offset in places:
        offsets[name].append(offset)
    found = {name: line_numbers(folder / name, each) for name, each in offsets.items()}
    return lambda name, offset: found[name].get(offset)
