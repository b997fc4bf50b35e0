"""A draft as a person reads it: what changes, on what evidence, and the lines of the file; nothing in it acts."""

import json
from typing import Any

from learning_core.drafts.concluded import CONTROLLED
from learning_core.drafts.draft import TYPED_CHARACTERS, Draft, Evidence, Figures, Ground
from learning_core.drafts.making import shown_changes
from learning_core.stats.strength import Strength
from learning_core.text.wording import count, moment, percent
from server.terminal.layout import heading, paragraph, table
from server.untrusted import visible

VALUE_CHARACTERS = 200
LINES_SHOWN = 200


def whole_draft(draft: Draft) -> str:
    """Return the text under which a person decides."""
    content = draft.content
    lines = [
        f"Draft     {draft.ref}, made {moment(draft.made_at)} by {_author(draft)}",
        f"Target    {visible(content.target)}  ({visible(content.sidecar)}{'' if content.base else ', a new file'})",
        paragraph(f"Reason    {visible(content.reason)}"),
        heading("What changes"),
        *changes(draft),
        heading("What it rests on"),
        *_evidence(content.evidence),
        heading("The file"),
        *file_lines(content.unified),
        "",
        f"Seal      {draft.seal[:-TYPED_CHARACTERS]} {draft.seal[-TYPED_CHARACTERS:]}",
    ]
    return "\n".join(lines)


def changes(draft: Draft) -> list[str]:
    """Return a table of the fields that change."""
    rows = [(visible(each.field), _value(each.before), "→", _value(each.after)) for each in shown_changes(draft)]
    return table(("field", "now", "", "proposed"), rows, left=4)


def file_lines(unified: str) -> list[str]:
    """Return the lines of a unified difference, indented."""
    lines = unified.split("\n")
    shown = [f"  {visible(line.removesuffix(chr(13)))}" for line in lines[:LINES_SHOWN]]
    hidden = len(lines) - LINES_SHOWN
    return [*shown, *([f"  … and {count(hidden, 'more line')}"] if hidden > 0 else [])]


def reversed_lines(unified: str) -> str:
    """Return a unified difference the other way round, for what an undo brings back."""
    turned = {"+": "-", "-": "+"}
    return "\n".join(
        turned.get(line[:1], line[:1]) + line[1:]
        for line in unified.split("\n")
        if not line.startswith(("---", "+++", "@@"))
    )


def _author(draft: Draft) -> str:
    client = f", called by {visible(draft.author.client)}" if draft.author.client else ""
    return f"{visible(draft.author.tool)}{client}"


def _value(value: Any) -> str:
    if value is None:
        return "none"
    return visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), VALUE_CHARACTERS)


def strength(of: Strength) -> str:
    """Return how strong the evidence of a draft is, in words."""
    return f"{'no' if of == 'none' else of} evidence"


def _evidence(evidence: Evidence) -> list[str]:
    question = evidence.question
    about = f', prompts with "{visible(question.subject)}"' if question.subject else ""
    where = f", where {visible(question.where)}" if question.where else ""
    mean = "none rated" if evidence.mean_rating is None else f"mean {evidence.mean_rating:g} of 5 stars"
    lines = [
        paragraph(f"{visible(question.checkpoint)}{about}{where}: {strength(evidence.strength)}", "  "),
        f"  {count(evidence.runs_observed, 'record')}, {mean}",
    ]
    for ground in evidence.grounds:
        lines += [paragraph(line, "  ") for line in _ground(ground)]
    if not evidence.grounds:
        lines.append("  No value changes, so there is nothing to be shown for one.")
    if evidence.refs:
        lines.append(paragraph(f"Records: {', '.join(map(visible, evidence.refs))}", "  "))
    return lines


def _ground(ground: Ground) -> list[str]:
    figures = [_figures(each) for each in (ground.proposed, ground.present) if each is not None]
    # What a plan controlled is told by the plan's own words: it rests on pairs of images, not on shares.
    told = [visible(ground.sentence)] if ground.sentence.startswith(CONTROLLED) or not figures else []
    return [f"{ground.by} ({ground.strength}, {ground.tier}): {'; '.join(figures)}".rstrip(": "), *told]


def _figures(figures: Figures) -> str:
    interval = (
        "" if figures.low is None or figures.high is None else f", {percent(figures.low)} to {percent(figures.high)}"
    )
    share = percent(figures.estimate)
    return f"{visible(figures.value)}: {figures.good} of {figures.n} good, {share} expected{interval}"
