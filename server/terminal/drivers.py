"""The answer to "what drives quality" as a person at a terminal likes to read it."""

from learning_core.answers.driver_shares import DriverShare
from learning_core.answers.driver_terms import DriverTerm, DriverTerms
from learning_core.answers.drivers import Drivers
from learning_core.text.wording import count, listed, percent
from server.terminal.layout import paragraph, table
from server.terminal.matching import matched_by
from server.untrusted import visible

NAME_CHARACTERS = 40
_SHARES = ("", "share", "95 % interval", "values", "compared")
_TERMS = ("", "difference", "interval", "images", "prompts", "adjusted p", "a record")
_KINDS = {
    "prompt": "prompt",
    "prompt_by_checkpoint": "prompt × checkpoint",
    "settings_together": "settings together, occasion",
    "prompt_or_rest": "prompt or rest",
    "rest": "rest (same prompt and settings)",
}


def drivers(answer: Drivers) -> str:
    """Return the whole answer: the sentence, a table of shares, tables of words, notes and the next step."""
    lines = [paragraph(visible(answer.summary))]
    if answer.shares:
        lines += ["", *table(_SHARES, map(_share, answer.shares))]
    apart = [each for each in answer.moved_together if not each.told_apart]
    lines += [paragraph(f"Cannot be told apart: {each.first} and {each.second}.", "  ") for each in apart]
    lines += _words("prompts", answer.terms) + _words("negative prompts", answer.negative_terms)
    lines += matched_by(answer.subject_terms)
    lines += ["", *(paragraph(f"Note: {visible(note)}") for note in answer.notes)]
    return "\n".join([*lines, paragraph(f"Next: {visible(answer.next)}")])


def _share(share: DriverShare) -> tuple[str, ...]:
    return (
        listed(share.parameters) if share.kind == "parameter" else _KINDS[share.kind],
        percent(share.share),
        f"{percent(share.low)} to {percent(share.high)}",
        str(share.values or ""),
        share.compared,
    )


def _words(kind: str, terms: DriverTerms) -> list[str]:
    lines = []
    if terms.named:
        lines += ["", f"words of {kind} that stand out, of {terms.tested:,} tested"]
        lines += table(_TERMS, map(_term, (*terms.lifting, *terms.sinking)), spare=(6, 3))
        hidden = terms.named - len(terms.lifting) - len(terms.sinking)
        lines += [f"  and {hidden} more; --limit shows them"] if hidden else []
    elif terms.tested:
        lines += ["", f"words of {kind}: none of {count(terms.tested, 'word')} tested stands out"]
    if terms.never_varied:
        more = terms.never_varied_total - len(terms.never_varied)
        words = ", ".join(visible(each, NAME_CHARACTERS) for each in terms.never_varied)
        said = f"In nearly all {kind}, so never varied: {words}" + (f" and {more} more." if more else ".")
        lines.append(paragraph(said, "  "))
    return lines


def _term(term: DriverTerm) -> tuple[str, ...]:
    return (
        visible(" ".join(term.terms), NAME_CHARACTERS),
        f"{term.difference:+.2f}",
        f"{term.low:+.2f} to {term.high:+.2f}",
        f"{term.images:,}",
        f"{term.prompts:,}",
        f"{term.p_adjusted:.2g}",
        term.evidence[0] if term.evidence else "",
    )
