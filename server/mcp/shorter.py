"""What each kind of answer gives up first when it is too large; every step leaves a note."""

from collections.abc import Callable
from typing import Any

from learning_core.answers.answer import Item, Items, Overview, Parameter, RecordPage, Setting, WhatWorks
from server.mcp.stepping import noted
from server.untrusted import visible

_ROWS_LEFT_OUT = (
    "Shortened to fit: `shown` and `total` tell how many values there are; ask about one parameter with "
    "`by` and a higher `limit` for more of them."
)
_REASONS_LEFT_OUT = "Shortened to fit: `reason`, or also `why` where nothing leads, is left out; ask with `by`."
_TERMS_LEFT_OUT = "Shortened to fit: only the first alternatives of the subject are listed under `terms`."
_NAMES_LEFT_OUT = (
    "Shortened to fit: `shown` and `total` tell how many names there are; search_records with a filter "
    "such as lora:name finds the others."
)
_TEXTS_CUT = "Shortened to fit: the fields named in `truncated` end early; ask for one record at a time."
_COMPANY_LEFT_OUT = "Shortened to fit: words often beside the subject, and most related terms, are left out."
_WIDENED_LEFT_OUT = "Shortened to fit: `widened` lists only parameters with a leader."
_RELATED = 4
_INFORMATIVE = ("clear_leader", "likely_leader", "overall_leader", "not_separable")
_CLAIMING = ("clear_leader", "likely_leader", "overall_leader")
_TEXT_CHARACTERS = (4_000, 2_000, 1_000, 500, 250, 120, 60)
_LIST_LENGTHS = (20, 10, 5, 2, 1)
_NAMES = (12, 8, 5, 3, 2, 1)
_SMALLEST_SPEAKING_PROMPT = 60


def shorter_what_works() -> Callable[[WhatWorks], WhatWorks | None]:
    """Return the shortener of one answer: fewer rows, first those that decide nothing; None when at the end."""
    left = iter(_WHAT_WORKS_STEPS)

    def shorter(answer: WhatWorks) -> WhatWorks | None:
        for step in left:
            smaller = step(answer)
            if smaller is not answer:
                return smaller
        return None

    return shorter


def shorter_overview(answer: Overview) -> Overview | None:
    """Return the overview with shorter lists of names; None when nothing is left to take."""
    longest = max(len(named.top) for named in answer.names) if answer.names else 0
    longest = max(longest, len(answer.tags), len(answer.sources), len(answer.curation))
    keep = next((length for length in _NAMES if length < longest), None)
    if keep is None:
        return None
    names = [
        named.model_copy(update={"top": named.top[:keep], "shown": len(named.top[:keep])}) for named in answer.names
    ]
    lists = {name: getattr(answer, name)[:keep] for name in ("tags", "sources", "curation")}
    notes = noted(answer.notes, _NAMES_LEFT_OUT)
    return answer.model_copy(update=lists | {"names": names, "notes": notes})


def shorter_items(answer: Items) -> Items | None:
    """Return the records with shorter texts and lists, what was cut named; None at the end."""
    for characters in _TEXT_CHARACTERS:
        for length in _LIST_LENGTHS:
            items = [_shorter_item(item, characters, length) for item in answer.items]
            if items != answer.items:
                return answer.model_copy(update={"items": items, "notes": noted(answer.notes, _TEXTS_CUT)})
    return None


def fewer_records(ask: Callable[[int], RecordPage]) -> Callable[[RecordPage], RecordPage | None]:
    """Return a shortener of pages; `ask` gives the same page with fewer records.

    Prompts are cut first. Then it asks again rather than dropping lines, so that the cursor fits the page.
    """

    def shorter(page: RecordPage) -> RecordPage | None:
        longest = max((len(item.prompt) for item in page.items), default=0)
        if longest > _SMALLEST_SPEAKING_PROMPT:
            cut = max(_SMALLEST_SPEAKING_PROMPT, longest // 2)
            items = [item.model_copy(update={"prompt": visible(item.prompt, cut)}) for item in page.items]
            return page.model_copy(update={"items": items})
        if len(page.items) <= 1:
            return None
        fewer = ask(max(1, len(page.items) * 3 // 4))
        note = f"Shortened to fit: {fewer.shown} records on this page; the next page follows with `next_cursor`."
        return fewer.model_copy(update={"notes": noted(fewer.notes, note)})

    return shorter


def _shorter_item(item: Item, characters: int, length: int) -> Item:
    """Return a record whose texts and lists are at most so long, with the names of those that were cut."""
    changed: dict[str, Any] = {}
    for name in ("positive_prompt", "negative_prompt", "note", "source", "experiment"):
        text = getattr(item, name)
        if text is not None and len(visible(text, characters + 1)) > characters:
            changed[name] = visible(text, characters)
    for name in ("settings", "raw"):
        kept = {key: visible(text, characters) for key, text in getattr(item, name).items()}
        if kept != getattr(item, name):
            changed[name] = kept
    for name in ("tags", "images", "judgements"):
        if len(getattr(item, name)) > length:
            changed[name] = getattr(item, name)[-length:] if name == "judgements" else getattr(item, name)[:length]
    said = [
        line.model_copy(update={"text": visible(line.text, characters)})
        for line in changed.get("judgements", item.judgements)
    ]
    if said != changed.get("judgements", item.judgements):
        changed["judgements"] = said
    if not changed:
        return item
    told = [entry for entry in item.truncated if entry.partition(" ")[0] not in changed]
    return item.model_copy(update=changed | {"truncated": [*told, *changed]})


def _with_rows(answer: WhatWorks, change: Callable[[Parameter], list[Setting]]) -> WhatWorks:
    rows = [change(parameter) for parameter in answer.parameters]
    if all(kept == parameter.ranked for kept, parameter in zip(rows, answer.parameters, strict=True)):
        return answer
    parameters = [
        parameter.model_copy(update={"ranked": kept, "shown": len(kept)})
        for kept, parameter in zip(rows, answer.parameters, strict=True)
    ]
    return answer.model_copy(update={"parameters": parameters, "notes": noted(answer.notes, _ROWS_LEFT_OUT)})


def _at_most(rows: int, *, informative: bool) -> Callable[[WhatWorks], WhatWorks]:
    """Return a step that keeps so many rows of parameters that decide something, or of those that do not."""

    def change(parameter: Parameter) -> list[Setting]:
        return parameter.ranked[:rows] if (parameter.status in _INFORMATIVE) is informative else parameter.ranked

    return lambda answer: _with_rows(answer, change)


def _one_where_nothing_leads(answer: WhatWorks) -> WhatWorks:
    """Keep the values that a claim is about as long as possible: a winner alone says little."""
    return _with_rows(
        answer, lambda parameter: parameter.ranked if parameter.status in _CLAIMING else parameter.ranked[:1]
    )


def _without_reasons(answer: WhatWorks) -> WhatWorks:
    parameters = [
        each if each.status in _CLAIMING or not each.why else each.model_copy(update={"why": []})
        for each in answer.parameters
    ]
    if parameters == answer.parameters:
        return answer
    return answer.model_copy(update={"parameters": parameters, "notes": noted(answer.notes, _REASONS_LEFT_OUT)})


def _without_reasons_of_values(answer: WhatWorks) -> WhatWorks:
    parameters = [
        each.model_copy(update={"ranked": [row.model_copy(update={"reason": ""}) for row in each.ranked]})
        for each in answer.parameters
    ]
    if parameters == answer.parameters:
        return answer
    return answer.model_copy(update={"parameters": parameters, "notes": noted(answer.notes, _REASONS_LEFT_OUT)})


def _evidence(first: int, others: int) -> Callable[[WhatWorks], WhatWorks]:
    """Return a step that keeps so many references of the first row, and of the others."""

    def change(parameter: Parameter) -> list[Setting]:
        counts = [others if number else first for number in range(len(parameter.ranked))]
        return [
            row if len(row.evidence) <= count else row.model_copy(update={"evidence": row.evidence[:count]})
            for row, count in zip(parameter.ranked, counts, strict=True)
        ]

    return lambda answer: _with_rows(answer, change)


def _fewer_terms(count: int) -> Callable[[WhatWorks], WhatWorks]:
    def step(answer: WhatWorks) -> WhatWorks:
        if len(answer.terms) <= count:
            return answer
        shortened = {"terms": answer.terms[:count], "notes": noted(answer.notes, _TERMS_LEFT_OUT)}
        return answer.model_copy(update=shortened)

    return step


def _without_company(answer: WhatWorks) -> WhatWorks:
    if not answer.often_with and len(answer.related_not_counted) <= _RELATED:
        return answer
    fewer = {"often_with": [], "related_not_counted": answer.related_not_counted[:_RELATED]}
    return answer.model_copy(update=fewer | {"notes": noted(answer.notes, _COMPANY_LEFT_OUT)})


def _without_widened_undecided(answer: WhatWorks) -> WhatWorks:
    if answer.widened is None:
        return answer
    kept = [each for each in answer.widened.parameters if each.status in _CLAIMING]
    if kept == answer.widened.parameters:
        return answer
    widened = answer.widened.model_copy(update={"parameters": kept})
    return answer.model_copy(update={"widened": widened, "notes": noted(answer.notes, _WIDENED_LEFT_OUT)})


def _none_where_all_are_alike(answer: WhatWorks) -> WhatWorks:
    """Leave the sentence alone, which names the first two with their figures, where nothing tells them apart."""
    return _with_rows(answer, lambda parameter: [] if parameter.strength == "none" else parameter.ranked)


def _without_undecided(answer: WhatWorks) -> WhatWorks:
    left_out = [parameter.by for parameter in answer.parameters if parameter.status not in _INFORMATIVE]
    if not left_out:
        return answer
    note = f"Left out to fit, since nothing speaks for or against a value: {', '.join(left_out)}; ask with `by`."
    kept = [parameter for parameter in answer.parameters if parameter.by not in left_out]
    return answer.model_copy(update={"parameters": kept, "notes": noted(answer.notes, note)})


_WHAT_WORKS_STEPS: tuple[Callable[[WhatWorks], WhatWorks], ...] = (
    _at_most(1, informative=False),
    _fewer_terms(12),
    _without_company,
    _without_widened_undecided,
    _evidence(3, 1),
    _without_reasons_of_values,
    *(_at_most(rows, informative=True) for rows in (14, 10, 7, 5, 3)),
    _evidence(1, 1),
    _without_reasons,
    _at_most(2, informative=True),
    _at_most(0, informative=False),
    _one_where_nothing_leads,
    _at_most(1, informative=True),
    _none_where_all_are_alike,
    _without_undecided,
    _fewer_terms(4),
)
