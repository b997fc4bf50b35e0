"""What the library holds: the vocabulary an assistant needs before it asks."""

import json

import numpy as np

from learning_core.answers.answer import Curation, Named, NamedCount, Overview
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.text.names import same_name
from learning_core.text.wording import count, day

FIELDS = ("checkpoint", "sampler", "scheduler", "steps", "cfg_scale", "size", "stage")
SHOWN = 8


def library_overview(snapshot: Snapshot) -> Overview:
    """Answer what is in the library: counts, days, the most frequent names, and trouble."""
    mask = snapshot.standing_jobs()
    jobs = int(mask.sum())
    rated = snapshot.column("rated")[mask]
    judged = (rated + snapshot.column("selected")[mask] + snapshot.column("rejected")[mask]) > 0
    times = snapshot.column("time")[mask]
    known = times[times > 0]
    prompts = snapshot.column("prompt")[mask]
    stars = int(snapshot.column("rating_sum")[mask].sum())
    unreadable, conflicts = snapshot.refusal_count(), snapshot.conflict_count()
    return Overview(
        summary=_summary(jobs, int(judged.sum())),
        jobs=jobs,
        prompts=len(np.unique(prompts[prompts > 0])),
        jobs_rated=int((rated > 0).sum()),
        jobs_judged=int(judged.sum()),
        images_selected=int(snapshot.column("selected")[mask].sum()),
        images_rejected=int(snapshot.column("rejected")[mask].sum()),
        mean_rating=round(stars / int(rated.sum()), 2) if rated.sum() else None,
        first_day=day(float(known.min())) if len(known) else None,
        last_day=day(float(known.max())) if len(known) else None,
        sources=_names(snapshot, "source", mask, judged)[0],
        names=[_named(snapshot, field, mask, judged) for field in FIELDS] + [_loras(snapshot, mask, judged)],
        tags=_tags(snapshot, mask),
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


def _summary(jobs: int, judged: int) -> str:
    if not jobs:
        return "The library is empty."
    return f"The library holds {count(jobs, 'job')}, {judged:,} of them with stars or a selection."


def _names(snapshot: Snapshot, field: str, mask: Column, judged: Column) -> tuple[list[NamedCount], int]:
    numbers = snapshot.column(field)[mask]
    jobs = np.bincount(numbers)
    with_judgement = np.bincount(numbers[judged], minlength=len(jobs))
    displays = snapshot.values(field)
    found = [
        NamedCount(name=displays[int(number)], jobs=int(jobs[number]), judged=int(with_judgement[number]))
        for number in np.flatnonzero(jobs)
        if number
    ]
    return sorted(found, key=lambda each: (-each.jobs, each.name))[:SHOWN], len(found)


def _named(snapshot: Snapshot, field: str, mask: Column, judged: Column) -> Named:
    top, total = _names(snapshot, field, mask, judged)
    return Named(field=field, top=top, shown=len(top), total=total)


def _tags(snapshot: Snapshot, mask: Column) -> list[NamedCount]:
    counted = (snapshot.column("rated") + snapshot.column("selected") + snapshot.column("rejected")) > 0
    found = [
        NamedCount(name=name, jobs=int(mask[ordinals].sum()), judged=int((mask & counted)[ordinals].sum()))
        for name, ordinals in snapshot.tags().items()
    ]
    return sorted((each for each in found if each.jobs), key=lambda each: (-each.jobs, each.name))[:SHOWN]


def _loras(snapshot: Snapshot, mask: Column, judged: Column) -> Named:
    numbers = snapshot.column("lora_set")[mask]
    jobs = np.bincount(numbers)
    with_judgement = np.bincount(numbers[judged], minlength=len(jobs))
    found: dict[str, tuple[str, int, int]] = {}
    for number, text in snapshot.values("lora_set", np.flatnonzero(jobs)).items():
        for name, _ in json.loads(text):
            spelling, total, judged_jobs = found.get(same_name(name), (name, 0, 0))
            found[same_name(name)] = (
                min(spelling, name),
                total + int(jobs[number]),
                judged_jobs + int(with_judgement[number]),
            )
    top = sorted(found.values(), key=lambda each: (-each[1], each[0]))[:SHOWN]
    counted = [NamedCount(name=name, jobs=total, judged=judged_jobs) for name, total, judged_jobs in top]
    return Named(field="lora", top=counted, shown=len(counted), total=len(found))


def _notes(snapshot: Snapshot, unreadable: int, conflicts: int) -> list[str]:
    notes = list(snapshot.notes)
    if unreadable:
        notes.append(f"{count(unreadable, 'line')} of the log not or not fully usable: `whatworks doctor` lists them.")
    if conflicts:
        notes.append(f"{count(conflicts, 'id')} came back with other content; the first one stands.")
    if waiting := snapshot.events_without_job():
        notes.append(f"{count(waiting, 'judgement')} wait for a job that is not in the log yet.")
    return notes
