"""Lists of records: filtered, sorted, paged; a cursor stays valid while the log grows."""

import base64
import hashlib
from typing import Any, Literal

import numpy as np
import orjson

from learning_core.answers.answer import RecordLine, RecordPage
from learning_core.answers.items import settings_of
from learning_core.answers.ranking import LevelRanking, Place, SpreadRanking
from learning_core.errors import BadCursor
from learning_core.index.bitmaps import count_of, packed
from learning_core.index.columns import Column
from learning_core.index.filtering import bitmap_of
from learning_core.index.snapshot import Snapshot
from learning_core.text import filters
from learning_core.text.wording import count

Sort = Literal["newest", "best", "worst", "slowest"]
PROMPT_CHARACTERS = 160


def search_records(
    snapshot: Snapshot, *, where: str = "", sort: Sort = "newest", limit: int = 10, cursor: str = ""
) -> RecordPage:
    """List the records that a filter selects, `limit` at a time; raises QuestionError for a bad filter or cursor."""
    terms = filters.parse(where)
    understood = filters.canonical(terms)
    place = _read_cursor(cursor, sort, understood) if cursor else None
    chosen, notes = bitmap_of(snapshot, terms)
    if sort in ("best", "worst"):
        chosen = chosen & snapshot.derived("judged", lambda: packed(_judged(snapshot)))
    ranking = _ranking(snapshot, sort)
    page, more = ranking.page(chosen, limit, place)
    total = count_of(chosen)
    items = _lines(snapshot, page)
    after = _write_cursor(sort, understood, ranking.place(page[-1])) if more else ""
    return RecordPage(
        summary=_summary(total, len(items), understood, sort),
        where=understood,
        items=items,
        shown=len(items),
        total=total,
        next_cursor=after,
        notes=[*snapshot.notes, *notes],
        next=_next(total, after),
    )


def _ranking(snapshot: Snapshot, sort: Sort) -> SpreadRanking | LevelRanking:
    if sort in ("best", "worst"):
        return snapshot.derived(("ranking", sort), lambda: _by_judgement(snapshot, sort))
    values = snapshot.column("time") if sort == "newest" else snapshot.column("runtime").astype(np.float64)

    def made(before: SpreadRanking | None, _: int) -> SpreadRanking:
        return SpreadRanking(values, snapshot.column("key"), before)

    return snapshot.extended(f"ranking {sort}", made)


def _by_judgement(snapshot: Snapshot, sort: Sort) -> LevelRanking:
    """Return the best first, or the worst."""
    ratings = snapshot.ratings()
    selected, rejected = snapshot.column("selected"), snapshot.column("rejected")
    codes = ratings.codes.astype(np.int32)
    codes *= 3
    codes += selected >= rejected
    codes += selected > rejected
    present = np.flatnonzero(np.bincount(codes)).tolist()
    values = {code: _score(ratings.pairs[code // 3], code % 3 - 1) for code in present}
    ordered = sorted(set(values.values()), reverse=sort == "best")
    levels = np.zeros(max(values, default=0) + 1, np.uint16)
    for code, value in values.items():
        levels[code] = ordered.index(value)
    values_first = ordered if sort == "best" else [-value for value in ordered]
    return LevelRanking(levels[codes], values_first, snapshot.column("key"))


def _score(rating: tuple[int, int], picked: int) -> float:
    """Return what a job is best by: the mean of its stars, else its picks; a pick decides between equal stars."""
    rated, stars = rating
    return stars / rated + 0.01 * picked if rated else 3.0 + 1.5 * picked


def _judged(snapshot: Snapshot) -> Column:
    """Return which jobs have something to be best or worst by: stars, or more picks of one kind than of the other."""
    mask: Column = (snapshot.column("rated") > 0) | (snapshot.column("selected") != snapshot.column("rejected"))
    return mask


def _lines(snapshot: Snapshot, rows: list[int]) -> list[RecordLine]:
    tags = snapshot.tags_of(rows)
    counts = zip(*(snapshot.column(name)[rows].tolist() for name in _JUDGEMENTS), strict=True)
    return [
        _line(reference, job, [*_judged_as(*counted), *(f"tag {tag}" for tag in tags.get(row, []))])
        for reference, job, row, counted in zip(
            snapshot.references(rows), snapshot.jobs_at(rows), rows, counts, strict=True
        )
    ]


_JUDGEMENTS = ("rated", "rating_sum", "selected", "rejected")


def _judged_as(rated: int, stars: int, selected: int, rejected: int) -> list[str]:
    parts = [f"rated {stars / rated:.3g}"] if rated else []
    picks = selected + rejected
    if picks > 1:
        parts.append(f"selected {selected} of {picks}")
    elif picks:
        parts.append("selected" if selected else "rejected")
    return parts


def _line(reference: str, job: dict[str, Any], judged: list[str]) -> RecordLine:
    parts = [f"{name} {value}" for name, value in settings_of(job).items() if name != "runtime"] + judged
    prompt = " ".join((job.get("prompt_positive") or "").split())
    return RecordLine(
        ref=reference,
        line=", ".join(parts) or "settings unknown",
        prompt=prompt[:PROMPT_CHARACTERS] + ("…" if len(prompt) > PROMPT_CHARACTERS else ""),
    )


def _summary(total: int, shown: int, where: str, sort: Sort) -> str:
    if not total:
        judged = "judged " if sort in ("best", "worst") else ""
        if where:
            return f"No {judged}record matches the filter {where}."
        return "There are no judged records yet." if judged else "The library is empty."
    condition = f" with filter {where}" if where else ""
    return f"{count(total, 'record')}{condition}, {sort} first; {shown} shown."


def _next(total: int, after: str) -> str:
    if after:
        return "Pass next_cursor as cursor for the next page, or narrow with where, e.g. rating:>=4."
    return "get_item shows a record in full." if total else "library_overview lists what the library holds."


def _digest(sort: str, where: str) -> str:
    return hashlib.sha256(f"{sort} {where}".encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _write_cursor(sort: Sort, where: str, place: Place) -> str:
    value, key = place
    content = orjson.dumps([_digest(sort, where), value.hex(), f"{key:016x}"])
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")


def _read_cursor(cursor: str, sort: Sort, where: str) -> Place:
    try:
        content: Any = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        digest, value, key = content
        place = float.fromhex(value), int(key, 16)
    except (ValueError, TypeError) as error:
        raise BadCursor("it was not given out by search_records") from error
    if digest != _digest(sort, where):
        raise BadCursor("it belongs to another filter or order")
    return place
