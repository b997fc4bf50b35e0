"""Which kind of judgement a question is answered by."""

from learning_core.answers.answer import Outcome


def outcome_with_more(selections: int, ratings: int) -> Outcome:
    """Return the kind of judgement that more images have; the kinds are never added up."""
    return "selected" if selections > ratings else "rated_4_or_5"
