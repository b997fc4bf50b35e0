"""Which kind of judgement a question is answered by."""

from learning_core.answers.answer import Outcome

JUDGED_BY: dict[Outcome, str] = {"selected": "judged by selection", "rated_4_or_5": "judged by stars"}
"""What is said of images that have a judgement of the kind: of others, there may be judgements of the other kind."""


def outcome_with_more(selections: int, ratings: int) -> Outcome:
    """Return the kind of judgement that more images have; the kinds are never added up."""
    return "selected" if selections > ratings else "rated_4_or_5"
