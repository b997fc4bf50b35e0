"""Questions to a warm index, beside DuckDB in its best layout, plain SQLite, pandas and plain Python."""

import gc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import asked, duckdb_tables, plain_peer
from benchmarks.duckdb_peer import DuckDB, Layouts
from benchmarks.figure import Figure, Timing, compared, repeat
from benchmarks.libraries import log_of
from benchmarks.pandas_peer import Pandas
from benchmarks.rows import COLUMNS, Rows, read_rows, write_rows
from benchmarks.sqlite_peer import SQLite, settings_of
from learning_core.answers.background import USUAL
from learning_core.answers.breakdown import Breakdown, Levels
from learning_core.answers.evidence import Evidence
from learning_core.answers.records import search_records
from learning_core.answers.tables import checkpoint_by_lora, keyword_by_checkpoint
from learning_core.answers.trends import by_period
from learning_core.answers.what_works import what_works
from learning_core.index.snapshot import Snapshot
from learning_core.library import Library
from learning_core.matching.selection import match
from learning_core.text import filters
from learning_core.text.keywords import parse_subject

SUBJECT = "questions"
SECONDS = 20.0
TRIALS = 5
TRIAL_SECONDS = 2.0
NEAR_THE_FASTEST = 1.5
"""Only layouts whose first answer took at most so many times the fastest's are asked again."""

NEWEST = 1e18

KEPT = (asked.KEYWORD_BY_CHECKPOINT, asked.CHECKPOINT_BY_LORA, asked.BY_DAY)
"""What a server keeps from answer to answer; the first answer of a process is measured apart."""

Questions = dict[str, Callable[[], Any]]


def measure(library: Library, scratch: Path, times: int) -> list[Figure]:
    """Return the figures of all questions; every peer must give the same answer or the run ends."""
    log = log_of(library)
    rows = read_rows(log)
    texts, places = asked.texts(rows), _places(rows)
    files = write_rows(rows, scratch)
    figures: list[Figure] = []
    with library.snapshot() as snapshot:
        ours = our_questions(snapshot, texts, places)
        expected = expectations(snapshot, texts)
        slower = _slower_peers(ours, rows, texts, places, expected)
        del rows
        gc.collect()
        layouts = _duckdb(files, scratch, texts, places)
        for name, ask in ours.items():
            layout, best = _fastest(layouts[name])
            check(name, best(), expected)
            mine, theirs = repeat(times, ask, best, warm_up=3, budget=SECONDS)
            figures.append(compared(SUBJECT, name, mine, f"DuckDB, {layout}", theirs))
            figures += [compared(SUBJECT, name, mine, peer, spread) for peer, spread in slower[name]]
            if name in KEPT:
                (fresh,) = repeat(TRIALS, partial(_afresh, snapshot, ask), budget=TRIAL_SECONDS)
                figures.append(compared(SUBJECT, f"afresh, {name}", fresh, f"DuckDB, {layout}", theirs))
    return figures + _plain(log, figures)


def our_questions(snapshot: Snapshot, texts: dict[str, tuple[str, ...]], places: dict[int, float]) -> Questions:
    """Return how whatworks answers each question."""
    page = partial(search_records, snapshot, where=asked.PAGE_FILTER)
    found: Questions = {
        asked.WHAT_WORKS: partial(what_works, snapshot, asked.SUBJECT),
        asked.FILTERED: partial(what_works, snapshot, asked.SUBJECT, where=asked.FILTER),
        asked.COUNTS: partial(_counts, snapshot, ""),
        asked.COUNTS_FILTERED: partial(_counts, snapshot, asked.FILTER),
        asked.KEYWORD_BY_CHECKPOINT: partial(keyword_by_checkpoint, snapshot),
        asked.CHECKPOINT_BY_LORA: partial(checkpoint_by_lora, snapshot),
        asked.BY_DAY: partial(by_period, snapshot, per="day"),
        asked.BY_MONTH: partial(by_period, snapshot, per="month", subject=asked.SUBJECT),
    }
    for number in places:
        before = (number - 1) * asked.PAGE_LENGTH
        cursor = page(limit=before).next_cursor if before else ""
        found[asked.page_name(number)] = partial(page, limit=asked.PAGE_LENGTH, cursor=cursor)
    for name, words in texts.items():
        where = f"{' '.join(words)} rating:>={asked.LEAST_STARS}"
        found[name] = partial(search_records, snapshot, where=where, limit=asked.PAGE_LENGTH)
    return found


def _counts(snapshot: Snapshot, where: str) -> list[Levels | None]:
    """Count the images of the subject by value, as `what_works` does before it weighs them."""
    found = match(snapshot, parse_subject(asked.SUBJECT), filters.parse(where))
    breakdown = Breakdown(snapshot, Evidence(snapshot, found.rows, USUAL))
    return list(breakdown.levels_of(USUAL).values())


def _afresh(snapshot: Snapshot, ask: Callable[[], Any]) -> None:
    """Ask without what was kept of earlier answers, but for the columns."""
    kept: Any = snapshot
    kept.carried = lambda _key, make: make(None)
    kept.derived = lambda _key, make: make()
    try:
        ask()
    finally:
        del kept.carried, kept.derived


def expectations(snapshot: Snapshot, texts: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return what a right answer is recognised by: settings with counts, or the number of cells or records."""
    every, filtered = _settings(snapshot, ""), _settings(snapshot, asked.FILTER)
    found: dict[str, Any] = {
        asked.WHAT_WORKS: every,
        asked.FILTERED: filtered,
        asked.COUNTS: every,
        asked.COUNTS_FILTERED: filtered,
        asked.KEYWORD_BY_CHECKPOINT: len(keyword_by_checkpoint(snapshot)),
        asked.CHECKPOINT_BY_LORA: len(checkpoint_by_lora(snapshot)),
        asked.BY_DAY: len(by_period(snapshot, per="day").points),
        asked.BY_MONTH: len(by_period(snapshot, per="month", subject=asked.SUBJECT).points),
    }
    total = search_records(snapshot, where=asked.PAGE_FILTER, limit=1).total
    found |= {asked.page_name(number): total for number in asked.PAGES}
    for name, words in texts.items():
        where = f"{' '.join(words)} rating:>={asked.LEAST_STARS}"
        found[name] = search_records(snapshot, where=where, limit=1).total
    return found


def check(name: str, answer: Any, expected: dict[str, Any]) -> None:
    """Raise AssertionError when a peer's answer is not the one that whatworks gives: its time would say nothing."""
    if isinstance(expected[name], dict):
        found: Any = settings_of(answer)
    elif isinstance(answer, tuple):
        found = answer[1]
    elif isinstance(answer, dict):
        found = len(next(iter(answer.values())))
    else:
        found = len(answer)
    assert found == expected[name], f"{name}: a peer says {found}, whatworks {expected[name]}"


def _settings(snapshot: Snapshot, where: str) -> dict[tuple[str, str], tuple[int, int]]:
    answer = what_works(snapshot, asked.SUBJECT, where=where, limit=100_000)
    return {
        (parameter.by, each.setting): (each.n, each.good)
        for parameter in answer.parameters
        for each in parameter.ranked
    }


def _places(rows: Rows) -> dict[int, float]:
    """Return the time before which each page begins that the library is large enough for."""
    time, steps, stars = (COLUMNS.index(name) for name in ("time", "steps", "stars"))
    times = sorted(
        (
            image[time]
            for image in rows.images
            if (image[stars] or 0) >= asked.LEAST_STARS and asked.FIRST_STEPS <= image[steps] <= asked.LAST_STEPS
        ),
        reverse=True,
    )
    before = {number: (number - 1) * asked.PAGE_LENGTH for number in asked.PAGES}
    return {number: times[row - 1] if row else NEWEST for number, row in before.items() if row < len(times)}


def _duckdb(
    files: tuple[Path, Path], scratch: Path, texts: dict[str, tuple[str, ...]], places: dict[int, float]
) -> dict[str, Layouts]:
    found: dict[str, Layouts] = {}
    for kind, file in (("memory", None), ("file", scratch / "layouts.duckdb")):
        peer = DuckDB(duckdb_tables.connect(*files, file))
        for name, layouts in peer.questions(texts, places).items():
            ways = found.setdefault(name, {})
            ways.update({f"{layout}, {kind}": ask for layout, ask in layouts.items()})
    return found


def _fastest(layouts: Layouts) -> tuple[str, Callable[[], Any]]:
    first = {name: repeat(1, ask, warm_up=1)[0].median() for name, ask in layouts.items()}
    near = [name for name in first if first[name] <= NEAR_THE_FASTEST * min(first.values())]
    timings = {name: repeat(TRIALS, layouts[name], budget=TRIAL_SECONDS)[0].median() for name in near}
    best = min(timings, key=lambda name: timings[name])
    return best, layouts[best]


def _slower_peers(
    ours: Questions,
    rows: Rows,
    texts: dict[str, tuple[str, ...]],
    places: dict[int, float],
    expected: dict[str, Any],
) -> dict[str, list[tuple[str, Timing]]]:
    found: dict[str, list[tuple[str, Timing]]] = {name: [] for name in ours}
    for title, peer in (("SQLite, normalised", SQLite), ("pandas", Pandas)):
        questions = peer(rows).questions(texts, places)
        for name in ours.keys() & questions.keys():
            found[name].append((title, _checked(name, questions[name], expected)))
        del questions
        gc.collect()
    return found


def _checked(name: str, ask: Callable[[], Any], expected: dict[str, Any]) -> Timing:
    """Time a question whose answer may take long: no more often than needed, the checked answer included."""
    answers: list[Any] = []
    timing = repeat(TRIALS, lambda: answers.append(ask()), warm_up=0, budget=TRIAL_SECONDS)[0]
    check(name, answers[0], expected)
    return timing


def _plain(log: Path, figures: list[Figure]) -> list[Figure]:
    """Return the same figures beside plain Python, which also has to load everything first."""
    measured = plain_peer.measured(log)
    loading = Timing([measured["load"]])
    found = []
    for figure in figures:
        name = figure.name
        if name in measured and figure.peer_name.startswith("DuckDB"):
            mine = Timing([figure.ours / 1e3])
            found.append(compared(SUBJECT, name, mine, "plain Python, loaded", Timing(measured[name])))
    mine = Timing([found[0].ours / 1e3])
    return [*found, compared(SUBJECT, asked.COUNTS, mine, "plain Python, loading the log first", loading)]
