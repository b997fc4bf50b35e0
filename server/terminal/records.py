"""Records as a person at a terminal likes to read them: a page of them, or some in full."""

from collections.abc import Iterator

from learning_core.answers.answer import Item, Items, RecordPage
from server.terminal.layout import paragraph
from server.untrusted import visible

NAME_COLUMNS = 16


def page(found: RecordPage) -> str:
    """Return a page: what was looked for, three lines a record, and how to go on."""
    lines = [paragraph(visible(found.summary))]
    for item in found.items:
        prompt = f'"{visible(item.prompt)}"' if item.prompt else "prompt unknown"
        lines += ["", item.ref, paragraph(visible(item.line), "  "), paragraph(prompt, "  ")]
    if found.notes or found.items:
        lines.append("")
    lines += [paragraph(f"Note: {visible(note)}") for note in found.notes]
    if found.next_cursor:
        lines.append(f"More: the same command with --cursor {found.next_cursor}")
    elif found.items:
        lines.append("Next: whatworks records REF shows one of them in full.")
    return "\n".join(lines)


def in_full(found: Items) -> str:
    """Return each record in full: settings, texts, what was said of it."""
    return "\n\n".join("\n".join(_item(item)) for item in found.items)


def _item(item: Item) -> Iterator[str]:
    yield item.ref
    yield _row("job", item.job_id)
    for name, value in item.settings.items():
        written = item.raw.get(name)
        yield _row(name, value + (f"  (written {written})" if written is not None else ""))
    yield _row("prompt", item.positive_prompt or "unknown")
    yield _row("negative prompt", item.negative_prompt or "unknown")
    yield _row("rating", "none" if item.rating is None else f"{item.rating:g} of 5 stars")
    yield _row("selection", item.selection)
    known = {"tags": ", ".join(item.tags), "note": item.note, "source": item.source, "experiment": item.experiment}
    for name, text in known.items():
        if text:
            yield _row(name, text)
    for image in item.images:
        yield _row("image", image)
    for said in item.judgements:
        gone = "" if said.stands else ", no longer stands"
        yield _row("said", f"{said.kind}: {said.text}{gone}" + (f", {said.recorded_at}" if said.recorded_at else ""))
    for cut in item.truncated:
        yield _row("cut", cut)


def _row(name: str, text: str) -> str:
    return f"  {name:{NAME_COLUMNS}} {visible(text)}"
