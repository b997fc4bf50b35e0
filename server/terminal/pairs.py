"""Pairs of names as a person at a terminal likes to read them."""

from learning_core.answers.pairs import Pairs
from learning_core.text.wording import count
from server.terminal.answer import parameter_lines
from server.terminal.layout import heading, paragraph
from server.untrusted import visible

NAME_CHARACTERS = 40


def pairs(answer: Pairs, *, why: bool = False) -> str:
    """Return the whole answer: the sentence, a table for each keyword or checkpoint, notes and the next step.

    With `why`, the numbers that decided stand below each table.
    """
    lines = [paragraph(visible(answer.summary))]
    for row in answer.pairs:
        images = f"{count(row.images, 'judged image')} of {count(row.prompts, 'prompt')}"
        lines += [heading(f"{visible(row.name, NAME_CHARACTERS)}: {images}"), *parameter_lines(row.parameter)]
        if why:
            lines += [paragraph(visible(line), "  ") for line in row.parameter.why]
    if answer.total > answer.shown:
        lines += ["", f"and {answer.total - answer.shown} more; --limit or --only shows them"]
    lines += ["", *(paragraph(f"Note: {visible(note)}") for note in answer.notes)]
    return "\n".join([*lines, paragraph(f"Next: {visible(answer.next)}")])
