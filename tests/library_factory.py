"""Small libraries with known content, for every test that needs records to ask about."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from learning_core.library import Library
from learning_core.model.job import JobRecord
from learning_core.model.judgement import AnyJudgement, Note, Rating, Selection, Tagging
from learning_core.model.key import job_key

START = 1_760_000_000.0
SCENES = (
    "beach at dawn",
    "harbour with boats",
    "portrait of an old sailor",
    "lighthouse in fog",
    "seaside market",
)


def make_job(number: int = 0, **fields: Any) -> JobRecord:
    """Return one plausible job; `number` makes it distinct, `fields` override what it would be."""
    content: dict[str, Any] = {
        "job_id": f"job-{number}",
        "timestamp_start": START + 60 * number,
        "timestamp_end": START + 60 * number + 12,
        "prompt_positive": f"{SCENES[number % len(SCENES)]}, detailed, take {number // 10}",
        "prompt_negative": "blurry, low quality",
        "model": ("realvisxlV50", "dreamshaperXL")[number % 2],
        "sampler": ("DPM++ 2M", "Euler a", "UniPC")[number % 3],
        "scheduler": ("Karras", "Normal")[number // 6 % 2],
        "cfg_scale": (5.0, 7.0)[number // 12 % 2],
        "steps": (20, 28, 36)[number // 2 % 3],
        "seed": 2**53 + number,
        "width": 832,
        "height": 1216,
        "stage": "txt2img",
        "total_runtime_sec": 12.5,
        "output_paths": [f"image-{number:04}.png"],
        "source_tool": "a1111",
    }
    return JobRecord.model_validate(content | fields)


def rating(job: JobRecord, stars: int, **fields: Any) -> Rating:
    """Return a person's stars for a job."""
    return Rating(event_id=f"stars:{job.job_id}", job_id=job.job_id, value=stars, recorded_at=START, **fields)


def selection(job: JobRecord, verdict: str, **fields: Any) -> Selection:
    """Return a person's pick for a job."""
    content = {
        "event_id": f"pick:{job.job_id}",
        "job_id": job.job_id,
        "verdict": verdict,
        "recorded_at": START,
    }
    return Selection.model_validate(content | fields)


def tagging(job: JobRecord, *tags: str) -> Tagging:
    """Return tags put on a job."""
    return Tagging(event_id=f"tags:{job.job_id}", job_id=job.job_id, tags=list(tags))


def note(job: JobRecord, text: str) -> Note:
    """Return a person's note on a job."""
    return Note(event_id=f"note:{job.job_id}", job_id=job.job_id, text=text)


def reference(job: JobRecord) -> str:
    """Return the reference under which answers name a job."""
    return f"rec:{job_key(job.job_id)}"


def make_library(root: Path, events: Iterable[JobRecord | AnyJudgement] = ()) -> Library:
    """Return a library in `root`/library with the events, its cache beside it."""
    library = Library(root / "library", root / "cache")
    said: Sequence[JobRecord | AnyJudgement] = list(events)
    if said:
        library.append(said, durable=False)
    return library


def rated_jobs(count: int = 60) -> list[JobRecord | AnyJudgement]:
    """Return jobs of which DPM++ 2M got the better stars, a few tagged or left without judgement."""
    events: list[JobRecord | AnyJudgement] = []
    for number in range(count):
        job = make_job(number)
        events.append(job)
        if number % 7 != 6:
            events.append(rating(job, 5 if job.sampler == "DPM++ 2M" else 1 + number % 4))
        if number % 9 == 0:
            events.append(tagging(job, "favourite"))
    return events


def refresh_library(root: Path, cache: Path) -> None:
    """Bring the index of a library level with its log; a process that does just this has only this module to load."""
    Library(root, cache).refresh()
