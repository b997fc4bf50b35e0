"""The same number of matching records in a library ten times as large: time should follow the matches."""

from functools import partial

from benchmarks import asked
from benchmarks.figure import Figure, compared, repeat
from benchmarks.vocabulary import vocabulary
from learning_core.answers.what_works import what_works
from learning_core.index.snapshot import Snapshot
from learning_core.library import Library

SUBJECT = "growth"
TOLERANCE = 0.1


def measure(library: Library, tenth: Library, times: int) -> list[Figure]:
    """Return what_works in both: a subject of the smaller one, and a rarer word of the larger as often matched."""
    with tenth.snapshot() as small, library.snapshot() as large:
        figures = []
        for name, where in (("", ""), (", filtered", asked.FILTER)):
            wanted = matches(small, asked.SUBJECT, where)
            word, found = rarer_word(large, wanted, where)
            mine, theirs = repeat(
                times,
                partial(what_works, large, word, where=where),
                partial(what_works, small, asked.SUBJECT, where=where),
                warm_up=3,
                budget=20.0,
            )
            peer = f"{asked.SUBJECT!r} matches {wanted:,} of {small.jobs:,}"
            figures.append(
                compared(SUBJECT, f"what_works{name}, {word!r} matches {found:,} of {large.jobs:,}", mine, peer, theirs)
            )
    return figures


def matches(snapshot: Snapshot, word: str, where: str) -> int:
    """Return how many jobs a question selects."""
    return what_works(snapshot, word, by=["steps"], where=where).matched.jobs


def rarer_word(snapshot: Snapshot, wanted: int, where: str) -> tuple[str, int]:
    """Return a word that selects as many jobs as wanted, and how many it does; raises LookupError without one.

    The n-th word of the vocabulary is about n times rarer than the first, so the search halves the rest, then looks
    around.
    """
    words = vocabulary()
    low, high = 0, len(words) - 1
    while high - low > 8:
        middle = (low + high) // 2
        low, high = (middle, high) if matches(snapshot, words[middle], where) > wanted else (low, middle)
    near = words[max(0, low - 30) : high + 30]
    found = {word: matches(snapshot, word, where) for word in near}
    best = min(found, key=lambda word: abs(found[word] - wanted))
    if abs(found[best] - wanted) > max(2, TOLERANCE * wanted):
        raise LookupError(f"no word of the larger library selects about {wanted} records; {best} selects {found[best]}")
    return best, found[best]
