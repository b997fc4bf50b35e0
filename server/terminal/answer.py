"""The answer to "what works" as a person at a terminal likes to read it."""

from learning_core.answers.answer import Parameter, Setting, WhatWorks, Widened
from learning_core.text.wording import chance, count, percent
from server.terminal.layout import paragraph, table
from server.terminal.matching import matched_by, not_counted
from server.untrusted import visible

_OF_ONE_VALUE = ("never_varied", "one_value_judged")
NAME_CHARACTERS = 40
_SPARE = (5, 6)
_WIDENED_HEAD = ("widened", "status", "first", "n", "estimate", "tier")
_HEAD = ("", "good", "stars", "estimate", "95 % interval", "is best", "best record")


def what_works(answer: WhatWorks, *, why: bool = False) -> str:
    """Return the whole answer: the sentence, a table a parameter, what was matched, notes and the next step.

    With `why`, the numbers that decided stand below each table.
    """
    lines = [paragraph(visible(answer.summary))]
    if any(parameter.ranked for parameter in answer.parameters):
        for parameter in answer.parameters:
            lines += ["", *parameter_lines(parameter)]
            if why:
                lines += [paragraph(visible(line), "  ") for line in (*parameter.why, *_reasons(parameter))]
    lines += matched_by(answer.terms) + not_counted(answer.related_not_counted, answer.often_with)
    if answer.widened:
        lines += ["", *_widened(answer.widened)]
    lines += ["", *(paragraph(f"Note: {visible(note)}") for note in answer.notes)]
    return "\n".join([*lines, paragraph(_next(answer))])


def _reasons(parameter: Parameter) -> list[str]:
    """Return how sure it is that the first value is better than each of the others, and why, where no line says it."""
    return [
        f"Against {visible(each.setting, NAME_CHARACTERS)}: {each.strength}, {each.reason}."
        for each in parameter.ranked[1:]
        if each.reason and not any(each.reason in line for line in parameter.why)
    ]


def _widened(widened: Widened) -> list[str]:
    """Return what the total says, in short: it is read beside the stated evidence, never instead of it."""
    rows = [
        (each.by, each.status.replace("_", " "), visible(each.setting, NAME_CHARACTERS), str(each.n),
         "" if each.value is None else percent(each.value), each.tier)
        for each in widened.parameters
        if each.n
    ]  # fmt: skip
    return [paragraph(visible(widened.summary)), *table(_WIDENED_HEAD, rows, spare=())]


def _next(answer: WhatWorks) -> str:
    if not answer.matched.jobs:
        return "Next: try another word or a synonym (beach,seaside); whatworks records lists what there is."
    if not answer.matched.rated and not answer.matched.judged:
        return "Next: whatworks records lists images; whatworks rate REF --stars 4 rates one."
    return "Next: whatworks records REF shows one of them in full; --where narrows the question."


def compared(answer: WhatWorks) -> str:
    """Return the summary and the tables of the parameters that were compared, indented, and the notes."""
    lines = [paragraph(visible(answer.summary), "  ")]
    for parameter in answer.parameters:
        if parameter.ranked and parameter.status not in _OF_ONE_VALUE:
            lines += ["", *(f"  {line}".rstrip() for line in parameter_lines(parameter))]
    return "\n".join([*lines, "", *(paragraph(f"Note: {visible(note)}", "  ") for note in answer.notes)])


def parameter_lines(parameter: Parameter) -> list[str]:
    """Return the table of a parameter under its title."""
    sure = "" if parameter.strength == "none" else f", {parameter.strength}"
    title = f"{parameter.by}: {parameter.status.replace('_', ' ')}{sure}"
    if parameter.status in _OF_ONE_VALUE:
        only = parameter.ranked[0]
        how = "always" if parameter.status == "never_varied" else "that of"
        return [f"{title}, {how} {visible(only.setting, NAME_CHARACTERS)} ({count(only.n, 'image')})"]
    if not parameter.ranked:
        return [title]
    baseline = f"all: {percent(parameter.baseline or 0.0)} of {parameter.baseline_n}"
    hidden = parameter.total - parameter.shown
    more = [f"  and {hidden} more; --limit shows them"] if hidden else []
    return [f"{title}  ({baseline}; {parameter.tier})", *table(_HEAD, map(_row, parameter.ranked), spare=_SPARE), *more]


def _row(setting: Setting) -> tuple[str, ...]:
    return (
        visible(setting.setting, NAME_CHARACTERS),
        f"{setting.good} of {setting.n}",
        "-" if setting.pooled_rating is None else f"{setting.pooled_rating:.1f}",
        percent(setting.value),
        f"{percent(setting.low)} to {percent(setting.high)}",
        chance(setting.chance_best),
        setting.evidence[0] if setting.evidence else "",
    )
