"""What the library holds: the vocabulary an assistant needs before it asks."""

import json

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import Curation, Named, NamedCount, Overview
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.text.wording import count, day

FIELDS = ("checkpoint", "sampler", "scheduler", "steps", "cfg_scale", "size", "stage")
SHOWN = 8


class _Standing(Struct, frozen=True, eq=False):
    """The jobs that were not withdrawn: a mask over all, None for all of them, and which of them are judged."""

    snapshot: Snapshot
    mask: Column | None
    judged: Column

    def column(self, name: str) -> Column:
        column = self.snapshot.column(name)
        return column if self.mask is None else column[self.mask]

    def counts(self, field: str) -> tuple[Column, Column]:
        """Return the numbers of jobs, and of judged jobs, by number of a column."""
        column = self.column(field)
        most = int(column.max(initial=0))
        width = np.min_scalar_type(2 * most + 1)
        # One pass over the jobs: the last bit says whether a job is judged.
        counts = np.bincount((column.astype(width) << width.type(1)) | self.judged, minlength=2 * most + 2)
        return counts[::2] + counts[1::2], counts[1::2]


def library_overview(snapshot: Snapshot) -> Overview:
    """Answer what is in the library: counts, days, the most frequent names, and trouble."""
    counted = snapshot.derived("overview", lambda: _overview(snapshot))
    return counted.model_copy(update={"notes": [*snapshot.notes, *counted.notes]})


def _overview(snapshot: Snapshot) -> Overview:
    mask = snapshot.standing_jobs()
    standing = _Standing(snapshot, None if mask.all() else mask, _judged(snapshot)[mask])
    jobs, judged = len(standing.judged), int(np.count_nonzero(standing.judged))
    rated = standing.column("rated")
    images_rated, stars = int(rated.sum()), int(standing.column("rating_sum").sum())
    times = standing.column("time")
    known = times > 0
    first, last = times.min(where=known, initial=np.inf), times.max(where=known, initial=0.0)
    unreadable, conflicts = snapshot.inspection.refusal_count(), snapshot.inspection.conflict_count()
    return Overview(
        summary=_summary(jobs, judged),
        jobs=jobs,
        prompts=_different(standing.column("prompt")),
        jobs_rated=int(np.count_nonzero(rated)),
        jobs_judged=judged,
        images_selected=int(standing.column("selected").sum()),
        images_rejected=int(standing.column("rejected").sum()),
        mean_rating=round(stars / images_rated, 2) if images_rated else None,
        first_day=day(float(first)) if last else None,
        last_day=day(float(last)) if last else None,
        sources=_named(standing, "source").top,
        names=[*(_named(standing, field) for field in FIELDS), _loras(standing)],
        tags=_tags(standing),
        curation=[
            Curation(evidence_class=kind, decision=decision, events=number)
            for text, number in snapshot.curation()
            for kind, decision in [json.loads(text)]
        ],
        unreadable_lines=unreadable,
        conflicts=conflicts,
        withdrawn=snapshot.jobs - jobs,
        notes=_notes(snapshot, unreadable, conflicts),
        next="what_works answers which settings do well, e.g. subject beach; search_records lists records."
        if jobs
        else "Import something first: `whatworks import PATH`.",
    )


def _judged(snapshot: Snapshot) -> Column:
    return (snapshot.column("rated") | snapshot.column("selected") | snapshot.column("rejected")) > 0


def _different(prompts: Column) -> int:
    """Return how many different prompts are known, which are numbered from 1 without gaps."""
    seen = np.zeros(int(prompts.max(initial=0)) + 1, bool)
    seen[prompts] = True
    return int(np.count_nonzero(seen[1:]))


def _summary(jobs: int, judged: int) -> str:
    if not jobs:
        return "The library is empty."
    return f"The library holds {count(jobs, 'job')}, {judged:,} of them with stars or a selection."


def _named(standing: _Standing, field: str) -> Named:
    jobs, judged = standing.counts(field)
    displays = standing.snapshot.values(field)
    numbers = (number for number in np.flatnonzero(jobs).tolist() if number)
    return _most_frequent(field, [(displays[number], int(jobs[number]), int(judged[number])) for number in numbers])


def _loras(standing: _Standing) -> Named:
    sets = standing.snapshot.lora_sets()
    sizes = np.diff(sets.starts)
    of_sets = [np.pad(counts, (0, len(sizes) - len(counts))) for counts in standing.counts("lora_set")]
    jobs, judged = (np.bincount(sets.loras, np.repeat(counts, sizes)).astype(np.int64) for counts in of_sets)
    names: dict[int, str] = {}
    for number in np.unique(sets.spelled[np.repeat(of_sets[0] > 0, sizes)]).tolist():
        lora, spelling = sets.lora_of[number], sets.spellings[number]
        names[lora] = min(names.get(lora, spelling), spelling)
    return _most_frequent("lora", [(name, int(jobs[lora]), int(judged[lora])) for lora, name in names.items() if lora])


def _tags(standing: _Standing) -> list[NamedCount]:
    mask = standing.snapshot.standing_jobs()
    judged = mask & _judged(standing.snapshot)
    found = [
        (name, int(np.count_nonzero(mask[rows])), int(np.count_nonzero(judged[rows])))
        for name, rows in standing.snapshot.tags().items()
    ]
    return _most_frequent("tag", [each for each in found if each[1]]).top


def _most_frequent(field: str, counted: list[tuple[str, int, int]]) -> Named:
    """Return the first few of (name, jobs, judged jobs)."""
    top = sorted(counted, key=lambda each: (-each[1], each[0]))[:SHOWN]
    named = [NamedCount(name=name, jobs=jobs, judged=judged) for name, jobs, judged in top]
    return Named(field=field, top=named, shown=len(named), total=len(counted))


def _notes(snapshot: Snapshot, unreadable: int, conflicts: int) -> list[str]:
    notes = []
    if unreadable:
        notes.append(f"{count(unreadable, 'line')} of the log not or not fully usable: `whatworks doctor` lists them.")
    if conflicts:
        notes.append(f"{count(conflicts, 'id')} came back with other content; the first one stands.")
    if waiting := snapshot.events_without_job():
        notes.append(f"{count(waiting, 'judgement')} wait for a job that is not in the log yet.")
    return notes
