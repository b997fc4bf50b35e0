"""What a person says of a record: rating, selection, tags, note, and taking it back. Every write is durable."""

from collections.abc import Callable, Sequence
from typing import Literal

from pydantic import BaseModel, ValidationError

from learning_core.errors import JudgementRefused
from learning_core.index.snapshot import Snapshot
from learning_core.library import Library
from learning_core.model.judgement import AnyJudgement, Note, Rating, Selection, Tagging, Undo

SOURCE = "person"


class Judged(BaseModel):
    """What was saved."""

    ref: str
    sentence: str


def judge(
    library: Library,
    ref: str,
    *,
    now: float,
    event_id: Callable[[], str],
    rating: int | None = None,
    selection: Literal["selected", "rejected"] | None = None,
    tags: Sequence[str] = (),
    untag: Sequence[str] = (),
    note: str | None = None,
    image_index: int | None = None,
    rater: str | None = None,
) -> Judged:
    """Save what a person says of one record; `now` is epoch seconds, `event_id` gives ids never used before.

    Raises UnknownReference, JudgementRefused (nothing to say, or a value out of range), LogError.
    """
    with library.snapshot() as snapshot:
        job = snapshot.job(ref)
    images = len(job.get("output_paths") or [])
    if image_index is not None and images and image_index >= images:
        raise JudgementRefused(f"the record has {images} images, counted from 0")
    about = {
        "job_id": job["job_id"], "image_index": image_index, "recorded_at": now, "source": SOURCE, "rater": rater,
    }  # fmt: skip
    events: list[AnyJudgement] = []
    said: list[str] = []
    try:
        if rating is not None:
            events.append(Rating(event_id=event_id(), value=rating, **about))
            said.append(f"rated {rating}")
        if selection is not None:
            events.append(Selection(event_id=event_id(), verdict=selection, **about))
            said.append(selection)
        if tags or untag:
            events.append(Tagging(event_id=event_id(), tags=list(tags), removed=list(untag), **about))
            said += [f"tagged {tag}" for tag in tags] + [f"untagged {tag}" for tag in untag]
        if note is not None:
            events.append(Note(event_id=event_id(), text=note, **about))
            said.append("noted" if note else "note cleared")
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        raise JudgementRefused(f"{'.'.join(map(str, problem['loc']))}: {problem['msg'].lower()}") from error
    if not events:
        raise JudgementRefused("there is nothing to save: give stars, a selection, tags or a note")
    library.append(events, durable=True)
    return Judged(ref=ref, sentence=f"Saved: {ref} {', '.join(said)}.")


def undo(library: Library, ref: str, *, now: float, event_id: Callable[[], str]) -> Judged:
    """Take back the last thing said of a record; called again it takes back the one before."""
    with library.snapshot() as snapshot:
        job = snapshot.job(ref)
        last = _last_said(snapshot, ref)
    if last is None:
        raise JudgementRefused("nothing was said of this record that could be taken back")
    library.append(
        [
            Undo(
                event_id=event_id(),
                job_id=job["job_id"],
                undone_event_id=last[0],
                recorded_at=now,
                source=SOURCE,
            ),
        ],
        durable=True,
    )
    return Judged(ref=ref, sentence=f"Saved: {ref} the last {last[1]} is taken back.")


def _last_said(snapshot: Snapshot, ref: str) -> tuple[str, str] | None:
    for content, stands in reversed(snapshot.events(ref)):
        if stands and content["kind"] not in ("undo", "withdrawal"):
            return str(content["event_id"]), str(content["kind"])
    return None
