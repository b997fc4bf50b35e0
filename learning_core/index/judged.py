"""What the events of one job add up to: the judgements that stand now, and the counts made of them."""

from collections.abc import Iterable

from msgspec import Struct, field

from learning_core.index.columns import LATEST_SECOND

LIKED_FROM = 4
"""A rating from here on counts as liked."""

KINDS = ("rating", "selection", "tags", "note", "feedback", "validation", "curation", "undo", "withdrawal", "plan")
"""Kinds of events, by their number in the index."""


class JudgementEvent(Struct, frozen=True):
    """An event as the index keeps it, in the order of the log: (`position`, `file`, `offset`).

    `key` stands for its id, `target` for the id of the event that it undoes; 0 is none. `checksum` is that of its line
    (`seal.line_checksum`). `recorded` to `doubted` are as in `columns.EVENT`. `of_only_image` tells that the job lists
    one image: whether that or the whole job is named, it is the same.
    """

    key: int
    kind: str
    image: int | None
    value: int | None
    target: int
    position: float
    file: str
    offset: int
    length: int
    checksum: int
    texts: tuple[str, ...] = ()
    recorded: int = 0
    rater: int = 0
    people: int = 0
    doubted: int = 0
    of_only_image: bool = False

    @property
    def subject(self) -> int | None:
        """What it is about: an image, or None for the job."""
        return None if self.of_only_image and self.image == 0 else self.image


class Standing(Struct):
    """The judgements that stand: nothing undone, the last of its kind for each image, and for the job.

    Of these `each_once` counts: no image twice, whatever it was called.
    """

    ratings: dict[int | None, int] = field(default_factory=dict)
    selections: dict[int | None, bool] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    withdrawn: bool = False
    counted: dict[tuple[str, int | None], JudgementEvent] = field(default_factory=dict)

    def each_once(self, kind: str) -> list[JudgementEvent]:
        """Return the last judgement of a kind of each image: of the only one of a job, that of the job may be it."""
        events = in_log_order(event for event in self.counted.values() if event.kind == kind)
        return list({event.subject: event for event in events}.values())

    @property
    def stars(self) -> list[int]:
        """The stars of each image that has any."""
        return [event.value for event in self.each_once("rating") if event.value is not None]

    @property
    def picks(self) -> list[bool]:
        """Whether each image that was selected or rejected was selected."""
        return [bool(event.value) for event in self.each_once("selection")]

    def counts(self) -> dict[str, int]:
        """Return the columns of the job that its judgements decide; the latest judgement says by whom and when.

        Which is the latest its time decides: of judgements of different images or kinds, any may come first in the log.
        """
        stars, picks = self.stars, self.picks
        seen_whole = sum((event.value == 1) == (event.image is not None) for event in self.each_once("selection"))
        latest = sorted((*self.each_once("rating"), *self.each_once("selection")), key=_when, reverse=True)
        ratings = [event for event in latest if event.kind == "rating"]
        return {
            "rated": len(stars),
            "rating_sum": sum(stars),
            "rating_squares": sum(star * star for star in stars),
            "liked": sum(star >= LIKED_FROM for star in stars),
            "selected": sum(picks),
            "rejected": len(picks) - sum(picks),
            "withdrawn": int(self.withdrawn),
            "doubted": sum(event.doubted for event in ratings),
            "seen_whole": seen_whole,
            "people": next((event.people for event in ratings if event.people), 0),
            "rater": next((event.rater for event in latest if event.rater), 0),
            "judged_at": latest[0].recorded if latest else 0,
        }


def _when(event: JudgementEvent) -> tuple[int, str, int]:
    return event.recorded, event.kind, -1 if event.image is None else event.image


def in_log_order(events: Iterable[JudgementEvent]) -> list[JudgementEvent]:
    """Return the events in the order of the log, whatever order they were read in."""
    return sorted(events, key=lambda event: (event.position, event.file, event.offset, event.kind))


def undone(events: list[JudgementEvent]) -> set[int]:
    """Return the keys of events taken back; an undo can itself be undone, so the last word is read first."""
    gone: set[int] = set()
    for event in reversed(events):
        if event.kind == "undo" and event.key not in gone:
            gone.add(event.target)
    return gone


def in_force(events: Iterable[JudgementEvent]) -> set[int]:
    """Return the keys of the events that are neither undone nor superseded by a later one of their kind."""
    ordered = in_log_order(events)
    gone = undone(ordered)
    last: dict[tuple[str, int | None], int] = {}
    others: set[int] = set()
    for event in ordered:
        if event.key in gone:
            continue
        if event.kind in ("selection", "note", "withdrawal") or (event.kind == "rating" and event.value is not None):
            last[event.kind, event.image] = event.key
        else:
            others.add(event.key)
    return others | set(last.values())


def standing(events: Iterable[JudgementEvent]) -> Standing:
    """Return what stands after all events of one job."""
    ordered = in_log_order(events)
    gone = undone(ordered)
    result = Standing()
    for event in ordered:
        if event.key not in gone:
            _take(result, event)
    return result


def whole_second(time: float | None) -> int:
    """Return a time as the index keeps that of a judgement: whole seconds since 1970, 0 for an unknown one."""
    return 0 if time is None else int(min(time, LATEST_SECOND))


def _take(result: Standing, event: JudgementEvent) -> None:
    if event.kind == "rating" and event.value is not None:
        result.ratings[event.image] = event.value
        result.counted[event.kind, event.image] = event
    elif event.kind == "selection" and event.value is not None:
        result.selections[event.image] = bool(event.value)
        result.counted[event.kind, event.image] = event
    elif event.kind == "tags":
        for text in event.texts:
            if text.startswith("-"):
                result.tags.discard(text[1:])
            else:
                result.tags.add(text[1:])
    elif event.kind == "withdrawal":
        result.withdrawn = bool(event.value)
