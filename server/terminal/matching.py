"""What a subject was matched by, as a person at a terminal likes to read it."""

from collections.abc import Sequence

from learning_core.answers.answer import MatchedTerm, OftenWith, RelatedTerm
from learning_core.text.wording import count, percent
from server.terminal.layout import paragraph
from server.untrusted import visible


def matched_by(terms: Sequence[MatchedTerm]) -> list[str]:
    """Return an empty line and what each alternative found, nothing where there is no subject."""
    return ["", paragraph(f"Prompts matched: {', '.join(map(_term, terms))}.")] if terms else []


def not_counted(related: Sequence[RelatedTerm], often_with: Sequence[OftenWith]) -> list[str]:
    """Return lines on the terms that are near in meaning, and on the words that often stand beside the subject."""
    lines = []
    if related:
        near = (f"{visible(each.term)} {each.similarity:.2f} -> {each.prompts}" for each in related)
        lines.append(paragraph(f"Related, not counted: {', '.join(near)}."))
    if often_with:
        beside = (f"{visible(each.term)} {percent(each.share)}" for each in often_with)
        lines.append(paragraph(f"Often beside it, not counted: {', '.join(beside)}."))
    return lines


def _term(term: MatchedTerm) -> str:
    records = count(term.records, "record")
    if term.how == "semantic":
        return f"{visible(term.term)} {term.similarity:.2f} -> {term.exact_phrase} ({records})"
    if term.how == "alias":
        return f"{visible(term.term)} {term.exact_phrase} (alias, {records})"
    phrase = f"{term.exact_phrase} as a phrase, " if len(term.term.split()) > 1 else ""
    return f"{visible(term.term)} {term.all_words} ({phrase}{records})"
