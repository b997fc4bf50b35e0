"""One call after another to a running server over a real pipe, beside an empty tool of the same SDK."""

from benchmarks.cold_start import PEER, QUESTION, Session
from benchmarks.figure import Figure, compared, repeat
from learning_core.library import Library

SUBJECT = "served calls"
CALLS = (
    ("what_works, auto", QUESTION),
    ("what_works, one parameter", {"name": "what_works", "arguments": {"subject": "beach", "by": "sampler"}}),
    ("search_records, a filter", {"name": "search_records", "arguments": {"where": "beach rating:>=4"}}),
    ("summarize_trends", {"name": "summarize_trends", "arguments": {"per": "month"}}),
    ("recommend_settings", {"name": "recommend_settings", "arguments": {"prompt": "a beach at golden hour"}}),
    ("compare_settings", {"name": "compare_settings", "arguments": {"a": "steps:<25", "b": "steps:>=25"}}),
)


def measure(library: Library, times: int) -> list[Figure]:
    """Return the time of each call in ms, asked in turn with the empty tool; the index must be level."""
    figures = []
    with Session(library) as ours, Session(None, PEER) as empty:
        ours.hello()
        empty.hello()
        for name, call in CALLS:
            mine, theirs = repeat(
                times,
                lambda call=call: ours.ask("tools/call", call),
                lambda: empty.ask("tools/call", QUESTION),
                warm_up=2,
                budget=30,
            )
            figures.append(compared(SUBJECT, name, mine, "an empty tool", theirs))
    return figures
