"""Lists of records: filtered, sorted, paged; a cursor stays valid while the log grows."""

import base64
import hashlib
from typing import Any, Literal

import numpy as np
import orjson

from learning_core.answers.answer import RecordLine, RecordPage
from learning_core.answers.items import settings_of
from learning_core.errors import BadCursor
from learning_core.index.columns import Column
from learning_core.index.filtering import match_filter
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
    mask, notes = match_filter(snapshot, terms)
    values = _values(snapshot, sort)
    if sort in ("best", "worst"):
        mask = mask & (values > -np.inf)
    rows = np.flatnonzero(mask)
    total = len(rows)
    place = _read_cursor(cursor, sort, understood) if cursor else None
    page, more = _page(rows, values, snapshot.column("key"), limit, place)
    items = [_line(snapshot, reference) for reference in snapshot.references(page)]
    after = (
        _write_cursor(sort, understood, float(values[page[-1]]), int(snapshot.column("key")[page[-1]])) if more else ""
    )
    return RecordPage(
        summary=_summary(total, len(items), understood, sort),
        where=understood,
        items=items,
        shown=len(items),
        total=total,
        next_cursor=after,
        notes=notes,
        next=_next(total, after),
    )


def _values(snapshot: Snapshot, sort: Sort) -> Column:
    """Return what to sort by, larger first; −∞ for jobs that have no such value."""
    if sort == "newest":
        return snapshot.column("time")
    if sort == "slowest":
        return snapshot.column("runtime").astype(np.float64)
    rated = snapshot.column("rated")
    picked = snapshot.column("selected") - snapshot.column("rejected")
    mean = snapshot.column("rating_sum") / np.maximum(rated, 1)
    score = np.where(rated > 0, mean + 0.01 * np.sign(picked), 3.0 + 1.5 * np.sign(picked))
    known = (rated > 0) | (picked != 0)
    return np.where(known, score if sort == "best" else -score, -np.inf)


def _page(
    rows: Column, values: Column, keys: Column, limit: int, place: tuple[float, int] | None
) -> tuple[list[int], bool]:
    """Return the rows of one page, ordered by value (large first) and key, and whether more follow."""
    if place is not None:
        value, key = place
        rows = rows[(values[rows] < value) | ((values[rows] == value) & (keys[rows] > np.uint64(key)))]
    if len(rows) > limit:
        threshold = np.partition(values[rows], len(rows) - limit)[len(rows) - limit]
        candidates = rows[values[rows] >= threshold]
    else:
        candidates = rows
    order = np.lexsort((keys[candidates], -values[candidates]))
    return [int(row) for row in candidates[order[:limit]]], len(rows) > limit


def _line(snapshot: Snapshot, reference: str) -> RecordLine:
    job = snapshot.job(reference)
    standing = snapshot.standing(reference)
    parts = [f"{name} {value}" for name, value in settings_of(job).items() if name != "runtime"]
    if standing.ratings:
        parts.append(f"rated {sum(standing.ratings.values()) / len(standing.ratings):.3g}")
    if standing.selections:
        picked = sum(standing.selections.values())
        parts.append(f"selected {picked} of {len(standing.selections)}" if len(standing.selections) > 1
                     else "selected" if picked else "rejected")  # fmt: skip
    parts += [f"tag {tag}" for tag in sorted(standing.tags)]
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


def _write_cursor(sort: Sort, where: str, value: float, key: int) -> str:
    content = orjson.dumps([_digest(sort, where), value.hex(), f"{key:016x}"])
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")


def _read_cursor(cursor: str, sort: Sort, where: str) -> tuple[float, int]:
    try:
        content: Any = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        digest, value, key = content
        place = float.fromhex(value), int(key, 16)
    except (ValueError, TypeError) as error:
        raise BadCursor("it was not given out by search_records") from error
    if digest != _digest(sort, where):
        raise BadCursor("it belongs to another filter or order")
    return place
