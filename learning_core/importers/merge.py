"""What of a reading is new to the log: importing twice must change nothing, and nothing a person undid returns."""

from collections.abc import Iterable
from typing import Any

from learning_core.importers.identity import digest
from learning_core.importers.reading import Reading
from learning_core.index.snapshot import REFERENCE, Snapshot
from learning_core.model.job import JobRecord
from learning_core.model.judgement import AnyJudgement, Note, Rating, Selection, Undo, Withdrawal
from learning_core.model.key import job_key

SOURCE = "whatworks-import"

Event = JobRecord | AnyJudgement


class Merge:
    """Compares readings with the log as it was at the start, and with what this import has added since."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._added: set[str] = set()

    def known_key(self, key: str) -> bool:
        """Tell whether a job is in the log."""
        return self._snapshot.known_key(key)

    def new_events(self, reading: Reading, origin: str | None, *, one_picture: bool) -> list[Event]:
        """Return the events to append for one reading: the job if it is new, then judgements that are.

        `origin` names a file that may come to say something else; `one_picture` tells that it states the present
        judgement of its picture, so that its return to an earlier value counts again, and that its job stays.
        """
        events: list[Event] = []
        if reading.job is not None:
            events += self._job(_without_judgements(reading), None if one_picture else origin)
        for judgement in reading.judgements:
            events += self._judgement(_with_origin(judgement, origin), one_picture=one_picture)
        return events

    def forget(self, events: Iterable[Event]) -> None:
        """Take back that events were added: they could not be written."""
        self._added -= {event.job_id if isinstance(event, JobRecord) else event.event_id for event in events}

    def _job(self, job: JobRecord, origin: str | None) -> list[Event]:
        if job.job_id in self._added:
            return []
        self._added.add(job.job_id)
        if not self._snapshot.known_job(job.job_id):
            return [job if origin is None else job.model_copy(update={"origin": origin})]
        if origin is not None and self._snapshot.is_withdrawn(job.job_id):
            return [self._withdrawal(job.job_id, origin, withdrawn=False)]
        return []

    def _judgement(self, judgement: AnyJudgement, *, one_picture: bool) -> list[Event]:
        if judgement.event_id in self._added:
            return []
        self._added.add(judgement.event_id)
        state = self._snapshot.event_state(judgement.event_id)
        if state is None:
            return [judgement]
        key, stands = state
        if stands:
            return self._said_again(judgement, key) if one_picture else []
        return self._put_back(judgement, key)

    def _said_again(self, judgement: AnyJudgement, key: str) -> list[Event]:
        """A rating in a picture went from 4 to 5 and back to 4: the last word of that source is 4 again.

        Only the same file takes its own word back: a copy of the picture that says something else is read every
        time, and neither of the two may win by being read last.
        """
        if not isinstance(judgement, Rating | Selection):
            return []
        same = [
            content
            for content, stands in self._snapshot.events(REFERENCE + key)
            if stands and content["kind"] == judgement.kind and content.get("image_index") == judgement.image_index
        ]
        last = same[-1] if same else {}
        same_place = (last.get("source"), last.get("origin")) == (judgement.source, judgement.origin)
        if not same_place or _says(last) == _says(judgement):
            return []
        return [judgement.model_copy(update={"event_id": f"{judgement.event_id}:{digest(len(same))[:8]}"})]

    def _put_back(self, judgement: AnyJudgement, key: str) -> list[Event]:
        """Undo our own undo when a producer's line came back; what a person undid stays undone."""
        for content, stands in reversed(self._snapshot.events(REFERENCE + key)):
            if stands and content["kind"] == "undo" and content.get("undone_event_id") == judgement.event_id:
                if content.get("source") != SOURCE:
                    return []
                undo_id = str(content["event_id"])
                return [Undo(event_id=f"again:{digest(undo_id)}", job_id=judgement.job_id,
                             undone_event_id=undo_id, source=SOURCE)]  # fmt: skip
        return []

    def gone_from(self, origin: str, jobs: set[str], events: set[str]) -> list[Event]:
        """Return what withdraws the jobs (ids) and events that a rewritten file no longer holds."""
        gone: list[Event] = []
        keys = {job_key(job_id) for job_id in jobs}
        for event_id, key in self._snapshot.events_of_origin(origin):
            state = self._snapshot.event_state(event_id)
            if event_id in events or state is None or not state[1]:
                continue
            said = self._snapshot.events(REFERENCE + key)
            content = next(content for content, _ in said if content["event_id"] == event_id)
            if content["kind"] not in ("undo", "withdrawal"):
                gone.append(Undo(event_id=f"gone:{digest(event_id, len(said))}", job_id=content["job_id"],
                                 undone_event_id=event_id, source=SOURCE))  # fmt: skip
        for key in self._snapshot.jobs_of_origin(origin):
            job_id = str(self._snapshot.job(REFERENCE + key)["job_id"])
            if key not in keys and not self._snapshot.is_withdrawn(job_id):
                gone.append(self._withdrawal(job_id, origin, withdrawn=True))
        return gone

    def _withdrawal(self, job_id: str, origin: str, *, withdrawn: bool) -> Withdrawal:
        said = len(self._snapshot.events(REFERENCE + job_key(job_id)))
        return Withdrawal(
            event_id=f"withdrawal:{digest(job_id, said, withdrawn)}",
            job_id=job_id,
            withdrawn=withdrawn,
            source=SOURCE,
            origin=origin,
        )


def _says(judgement: AnyJudgement | dict[str, Any]) -> object:
    content = judgement if isinstance(judgement, dict) else judgement.content()
    return content.get("value"), content.get("verdict")


def event_ids(judgements: Iterable[AnyJudgement]) -> set[str]:
    """Return the ids of events."""
    return {judgement.event_id for judgement in judgements}


def _with_origin(judgement: AnyJudgement, origin: str | None) -> AnyJudgement:
    return judgement if origin is None else judgement.model_copy(update={"origin": origin})


def _without_judgements(reading: Reading) -> JobRecord:
    """A judgement that is an event of its own must not also stand in the job's line: undo could not reach it."""
    assert reading.job is not None  # noqa: S101  the only caller checked
    update: dict[str, None] = {}
    if any(isinstance(judgement, Rating) for judgement in reading.judgements):
        update["user_rating"] = None
    if any(isinstance(judgement, Note) for judgement in reading.judgements):
        update["notes"] = None
    return reading.job.model_copy(update=update) if update else reading.job
