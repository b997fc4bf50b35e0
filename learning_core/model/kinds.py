"""The kinds of events in a log, by name; apart from their models, which load slowly."""

KINDS = frozenset(
    {
        "job", "rating", "selection", "tags", "note", "feedback", "validation", "curation", "undo", "withdrawal",
        "plan",
    }
)  # fmt: skip
"""What a line can be: a job, or one of `judgement.JUDGEMENTS`."""
