"""Counting the standing judgements of jobs anew: stars and picks in arrays, all else job by job."""

import sqlite3
from collections.abc import Mapping

import numpy as np

from learning_core.index.columns import COUNTED, LATEST_SECOND, TYPES, Column, Segments
from learning_core.index.judged import KINDS, LIKED_FROM, standing
from learning_core.index.keys import SortedKeys
from learning_core.index.said import Said

_RATING, _SELECTION = KINDS.index("rating"), KINDS.index("selection")
_ENTANGLING = tuple(KINDS.index(kind) for kind in ("tags", "undo", "withdrawal"))
_COUNTS = (*COUNTED, "withdrawn", "people", "rater", "judged_at")
_BESIDE = ("recorded", "rater", "people", "doubted")


class Recount:
    """Recounts jobs; `names` are those of the log files by number."""

    def __init__(
        self,
        sql: sqlite3.Connection,
        segments: Segments,
        names: Mapping[int, str],
        jobs: SortedKeys,
        events: SortedKeys,
    ) -> None:
        self._sql = sql
        self._segments = segments
        self._jobs = jobs
        self._events = events
        ranks = {name: rank for rank, name in enumerate(sorted(names.values()))}
        self._rank = np.zeros(max(names, default=0) + 1, np.int64)
        for number, name in names.items():
            self._rank[number] = ranks[name]
        self._said = Said(sql, segments.get, names, jobs, events)

    def run(self, keys: Column) -> None:
        """Write the counts of the jobs among the keys."""
        keys, ordinals = self._jobs.find(keys)
        if not len(keys):
            return
        order = np.argsort(keys)
        keys, ordinals = keys[order], ordinals[order].astype(np.int64)
        about, rows = self._events.find(keys)
        said = self._segments.get("event", rows)
        said = said[said["job"] == about]
        counts = self._counts(keys, said, ordinals)
        entangled = np.unique(said["job"][np.isin(said["kind"], _ENTANGLING)])
        if self._sql.execute("SELECT 1 FROM tag LIMIT 1").fetchone():
            self._sql.executemany("DELETE FROM tag WHERE ordinal = ?", [(each,) for each in ordinals.tolist()])
        if len(entangled):
            self._one_by_one(keys, ordinals, entangled, counts)
        self._segments.set({field: counts[field] for field in _COUNTS}, ordinals)

    def _counts(self, keys: Column, said: Column, ordinals: Column) -> dict[str, Column]:
        """Count the last rating and the last pick of each image, as if no event took another back."""
        places = self._segments.get("place", ordinals)
        own = np.flatnonzero(places["stars"])
        beside = {name: np.concatenate([said[name], np.zeros(len(own), np.uint32)]) for name in _BESIDE}
        times = np.minimum(self._segments.get("time", ordinals[own]), LATEST_SECOND)
        beside["recorded"][len(said) :] = times.astype(np.uint32)
        job = np.concatenate([np.searchsorted(keys, said["job"]), own])
        kind = np.concatenate([said["kind"], np.full(len(own), _RATING, np.uint8)])
        image = np.concatenate([said["image"], np.zeros(len(own), np.uint64)])
        value = np.concatenate([said["value"], places["stars"][own] + np.uint8(1)])
        place = [np.concatenate([said[name], places[name][own]]) for name in ("offset", "file", "position")]
        counted = np.flatnonzero((value > 0) & ((kind == _RATING) | (kind == _SELECTION)))
        job, kind, image, value = job[counted], kind[counted], image[counted], value[counted]
        offset, file, position = (each[counted] for each in place)
        # The only image of a job and the job itself are the same.
        subject = np.where((image == 1) & (self._segments.get("images", ordinals)[job] == 1), 0, image)
        order = np.lexsort((offset, self._rank[file], position, subject, kind, job))
        job, kind, image, subject = job[order], kind[order], image[order], subject[order]
        last = np.ones(len(order), bool)
        last[:-1] = (job[1:] != job[:-1]) | (kind[1:] != kind[:-1]) | (subject[1:] != subject[:-1])
        job, kind, value = job[last], kind[last], value[order][last].astype(np.int64) - 1
        chosen = counted[order][last]
        latest = np.lexsort((image[last], kind, beside["recorded"][chosen], job))
        rated = kind == _RATING

        def per_job(mask: Column, weights: Column | None = None) -> Column:
            found = np.bincount(job[mask], None if weights is None else weights[mask], len(keys))
            return found.astype(np.uint32)

        def of_last(said: Column, mask: Column | None = None) -> Column:
            """Return what the latest judgement of each job says, of all or of those in a mask; 0 without any."""
            rows = latest if mask is None else latest[mask]
            found = np.zeros(len(keys), np.uint32)
            # Of several values for one job numpy keeps the last.
            found[job[rows]] = said[chosen[rows]]
            return found

        return {
            "rated": per_job(rated),
            "rating_sum": per_job(rated, value),
            "rating_squares": per_job(rated, value * value),
            "liked": per_job(rated & (value >= LIKED_FROM)),
            "selected": per_job(~rated & (value == 1)),
            "rejected": per_job(~rated & (value == 0)),
            "withdrawn": np.zeros(len(keys), TYPES["withdrawn"]),
            "doubted": per_job(rated & (beside["doubted"][chosen] > 0)),
            "seen_whole": per_job(~rated & ((value == 1) == (image[last] > 0))),
            "people": of_last(beside["people"], (rated & (beside["people"][chosen] > 0))[latest]),
            "rater": of_last(beside["rater"], (beside["rater"][chosen] > 0)[latest]),
            "judged_at": of_last(beside["recorded"]),
        }

    def _one_by_one(self, keys: Column, ordinals: Column, entangled: Column, counts: dict[str, Column]) -> None:
        found = self._said.of(entangled.tolist())
        tags: list[tuple[str, int]] = []
        places = np.searchsorted(keys, entangled)
        for place, key in zip(places.tolist(), entangled.tolist(), strict=True):
            result = standing(found[key])
            for field, count in result.counts().items():
                counts[field][place] = count
            tags += [(tag, int(ordinals[place])) for tag in sorted(result.tags)]
        self._sql.executemany("INSERT INTO tag(name, ordinal) VALUES (?, ?)", tags)
