"""What a log says, worked out the slow and obvious way: every line in order, the first of an id, the last word."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from learning_core.model.key import job_key

Content = Mapping[str, Any]
Place = tuple[float, str, int]
_SAID_ONCE = ("origin", "recorded_at")
_OF_THE_LINE = ("user_rating", "notes")


class Line(Struct, frozen=True):
    """Bytes of a log, and what they say once they are a whole line: an event, nothing (None), or no event at all."""

    data: bytes
    says: Content | None = None
    refused: bool = False

    @property
    def finished(self) -> bool:
        return self.data.endswith(b"\n")


class Said(Struct, frozen=True):
    """An event at its place in the order of the log."""

    place: Place
    content: Content


class JobState(Struct):
    """What stands of one job."""

    ratings: dict[int | None, int] = field(default_factory=dict)
    selections: dict[int | None, bool] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    withdrawn: bool = False
    of_one_image: bool = False

    def each_once(self, said: Mapping[int | None, int]) -> list[int]:
        """Return what was said of each image: of the only one and of the job, what was said last."""
        if self.of_one_image:
            last = [image for image in said if image in (None, 0)][-1:]
            return [value for image, value in said.items() if image not in (None, 0) or image in last]
        return list(said.values())


class LogModel:
    """The files of a log as lists of lines; only the last line of a file may be unfinished."""

    def __init__(self) -> None:
        self.files: dict[str, list[Line]] = {}

    # -- writing

    def append(self, name: str, line: Line) -> None:
        """Append as a program without our lock does: behind whatever is there.

        White space alone completes a line that lacked only its end; anything else makes one line of two, which is none.
        """
        lines = self.files.setdefault(name, [])
        if lines and not lines[-1].finished:
            begun = lines.pop()
            is_complete = not line.data.strip() and not begun.refused
            line = Line(begun.data + line.data, begun.says if is_complete else None, refused=not is_complete)
        lines.append(line)

    def heal(self, name: str) -> None:
        """Close an unfinished last line, as our writer does before it writes."""
        lines = self.files.get(name, [])
        if lines and not lines[-1].finished:
            torn = lines.pop()
            lines.append(Line(torn.data + b"\n", torn.says, torn.refused))

    def bytes_of(self, name: str) -> bytes:
        return b"".join(line.data for line in self.files[name])

    # -- reading

    def refused(self) -> set[tuple[str, int]]:
        """Return file and offset of each finished line that is no event."""
        return {(name, offset) for name, offset, line in self._lines() if line.finished and line.refused}

    def said(self) -> list[Said]:
        """Return all events of all files in the order of the log."""
        found: list[Said] = []
        latest: dict[str, float] = {}
        for name, offset, line in self._lines():
            if not line.finished or line.says is None or line.refused:
                continue
            content = line.says
            if content["kind"] != "job":
                latest[name] = max(latest.get(name, 0.0), content.get("recorded_at") or 0.0)
            place = (latest.get(name, 0.0), name, offset)
            found += [Said(place, each) for each in _parts(content, name, offset)]
        return sorted(found, key=lambda each: each.place)

    def _lines(self) -> Iterator[tuple[str, int, Line]]:
        for name, lines in self.files.items():
            offset = 0
            for line in lines:
                yield name, offset, line
                offset += len(line.data)

    def jobs(self) -> dict[str, Content]:
        """Return the first line of each job."""
        return {each["job_id"]: each for each in _first(self.said()).values() if each["kind"] == "job"}

    def states(self) -> dict[str, JobState]:
        """Return what stands of each job of the log."""
        first = _first(self.said()).values()
        return {
            job: _state([each for each in first if each["kind"] != "job" and each["job_id"] == job], content)
            for job, content in self.jobs().items()
        }

    def waiting(self) -> int:
        """Return how many events are about jobs that are not in the log."""
        jobs = self.jobs()
        return sum(each["kind"] != "job" and each["job_id"] not in jobs for each in _first(self.said()).values())

    def conflicts(self) -> set[tuple[str, int, str]]:
        """Return (file, offset, id) of the first line of each other content that an id came with."""
        seen: dict[str, list[dict[str, Any]]] = {}
        found = set()
        for each in self.said():
            contents = seen.setdefault(_identity(each.content), [])
            content = {name: value for name, value in each.content.items() if name not in _SAID_ONCE}
            if content not in contents:
                if contents:
                    found.add((each.place[1], each.place[2], _identity(each.content)))
                contents.append(content)
        return found


def _parts(content: Content, name: str, offset: int) -> list[Content]:
    """Return the job of a line and what the line itself says of it as an event of its own."""
    if content["kind"] != "job":
        return [content]
    parts: list[Content] = [{key: value for key, value in content.items() if key not in _OF_THE_LINE}]
    if "user_rating" in content:
        said = {"kind": "rating", "job_id": content["job_id"], "value": content["user_rating"]}
        parts.append(said | {"event_id": f"{job_key(content['job_id'])}@{name}:{offset}:rating"})
    return parts


def _identity(content: Content) -> str:
    return job_key(content["job_id"]) if content["kind"] == "job" else str(content["event_id"])


def _first(said: list[Said]) -> dict[str, Content]:
    first: dict[str, Content] = {}
    for each in said:
        first.setdefault(_identity(each.content), each.content)
    return first


def _state(events: list[Content], job: Content) -> JobState:
    gone: set[str] = set()
    for event in reversed(events):
        if event["kind"] == "undo" and event["event_id"] not in gone:
            gone.add(event["undone_event_id"])
    state = JobState(of_one_image=len(job.get("output_paths") or []) == 1)
    for event in events:
        if event["event_id"] not in gone:
            _take(state, event)
    return state


def _take(state: JobState, event: Content) -> None:
    image = event.get("image_index")
    if event["kind"] == "rating" and event.get("score_source", "human") == "human":
        # What is said last stands last.
        state.ratings.pop(image, None)
        state.ratings[image] = event["value"]
    elif event["kind"] == "selection":
        state.selections.pop(image, None)
        state.selections[image] = event["verdict"] == "selected"
    elif event["kind"] == "tags":
        state.tags = (state.tags | set(event.get("tags", []))) - set(event.get("removed", []))
    elif event["kind"] == "withdrawal":
        state.withdrawn = event["withdrawn"]
