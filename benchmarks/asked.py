"""The questions that whatworks and all peers are asked, so that none is asked an easier one."""

from benchmarks.rows import Rows

SUBJECT = "beach"
FIRST_STEPS, LAST_STEPS = 25, 35
FILTER = f"steps:{FIRST_STEPS}..{LAST_STEPS}"
LEAST_STARS = 4
PAGE_FILTER = f"rating:>={LEAST_STARS} {FILTER}"
PAGE_LENGTH = 10
PAGES = (1, 10, 1_000)

WHAT_WORKS = "what_works"
FILTERED = "what_works, filtered"
COUNTS = "counts by value"
COUNTS_FILTERED = "counts by value, filtered"
"""Only how many images and how many good ones each value has: what the slower peers are asked."""
KEYWORD_BY_CHECKPOINT = "keyword x checkpoint"
CHECKPOINT_BY_LORA = "checkpoint x LoRA"
BY_DAY = "all, by day"
BY_MONTH = "one keyword, by month"


def texts(rows: Rows) -> dict[str, tuple[str, ...]]:
    """Return the words of the full-text questions by their name; the rare word is in one prompt."""
    counts = rows.word_counts()
    rare = min(counts, key=lambda word: (counts[word], word))
    return {
        "text, one rare word": (rare,),
        "text, one common word": ("masterpiece",),
        "text, two words": (SUBJECT, "light"),
    }


def page_name(number: int) -> str:
    """Return what a page's question is called."""
    return f"page {number} of a filter"
