"""What each alternative of a subject brought, as every answer that takes a subject lists it."""

from collections.abc import Iterable

from learning_core.answers.answer import MatchedTerm
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.matching.selection import FoundTerm, records_of


def matched_terms(snapshot: Snapshot, terms: Iterable[FoundTerm], prompts: Column) -> list[MatchedTerm]:
    """Return the terms with how many jobs each of them found; `prompts` are the numbers of the jobs' prompts."""
    return [
        MatchedTerm(
            term=each.term,
            how=each.how,
            similarity=each.similarity,
            exact_phrase=each.phrase,
            all_words=each.words,
            records=records_of(snapshot, prompts, each.prompts),
        )
        for each in terms
    ]
