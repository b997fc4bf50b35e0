"""What a person says of a record: rating, selection, tags, note, and taking it back. Every write is durable."""

from collections.abc import Callable, Sequence
from typing import Literal

from pydantic import BaseModel, ValidationError

from learning_core.errors import JudgementRefused
from learning_core.index.snapshot import Snapshot
from learning_core.library import Library
from learning_core.model.judgement import AnyJudgement, Note, Rating, Selection, Tagging, Undo
from learning_core.text.wording import count, listed

SOURCE = "person"
_SPOKEN = {"tags": "tagging", "curation": "curation decision", "validation": "validation score"}


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
    job = library.ask(lambda snapshot: snapshot.job(ref))
    images = len(job.get("output_paths") or [])
    if image_index is not None and images and image_index >= images:
        raise JudgementRefused(f"the record has only {count(images, 'image')}")
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
    """Take back what was last said of a record, all that one command said; again, and it takes back the one before."""
    job, last = library.ask(lambda snapshot: (snapshot.job(ref), _last_said(snapshot, ref)))
    if not last:
        raise JudgementRefused("nothing was said of this record that could be taken back")
    about = {"job_id": job["job_id"], "recorded_at": now, "source": SOURCE}
    library.append([Undo(event_id=event_id(), undone_event_id=said, **about) for said, _ in last], durable=True)
    taken = listed([f"the {_SPOKEN.get(kind, kind)}" for _, kind in last])
    return Judged(ref=ref, sentence=f"Saved: {ref} {taken} {'are' if len(last) > 1 else 'is'} taken back.")


def _last_said(snapshot: Snapshot, ref: str) -> list[tuple[str, str]]:
    """Return (event id, kind) of the last event that was not undone, and of those said in the same command."""
    said = [
        content for content, stands in snapshot.events(ref) if stands and content["kind"] not in ("undo", "withdrawal")
    ]
    if not said:
        return []
    last = said[-1]
    moment = last.get("recorded_at")
    together = [
        content
        for content in said
        if content is last
        or (moment is not None and content.get("recorded_at") == moment and content.get("source") == SOURCE)
    ]
    return [(str(content["event_id"]), str(content["kind"])) for content in together]
