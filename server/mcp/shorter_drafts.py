"""What the answers on drafts give up first when they are too large."""

from collections.abc import Callable

from learning_core.drafts.draft_answer import DraftAnswer, DraftInFull
from server.mcp.stepping import by_steps, left_out, noted

_LINES = (200, 100, 50, 20, 10, 5, 2, 0)


def shorter_page(whole: DraftAnswer) -> Callable[[DraftAnswer], DraftAnswer | None]:
    """Return the shortener of a list: fewer drafts, with a cursor that goes on after them."""
    sizes = [each for each in (40, 30, 20, 15, 10, 7, 5, 3, 2, 1) if each < whole.shown]

    def cut(count: int) -> DraftAnswer:
        kept = whole.items[:count]
        note = left_out(count, whole.total, "drafts are listed", "`next_cursor` goes on")
        short = {"items": kept, "shown": count, "next_cursor": kept[-1].ref, "notes": noted(whole.notes, note)}
        return whole.model_copy(update=short)

    return by_steps(sizes, cut)


def shorter_full(whole: DraftAnswer, full: DraftInFull) -> Callable[[DraftAnswer], DraftAnswer | None]:
    """Return the shortener of one draft: fewer lines of the file and changes; `whatworks review` shows all."""

    def cut(lines: int) -> DraftAnswer:
        how = "`whatworks review` shows all"
        notes = noted(
            whole.notes,
            left_out(lines, len(full.diff), "lines of the diff are given", how),
            left_out(lines, len(full.changes), "changes are listed", how),
        )
        kept = full.model_copy(update={"diff": full.diff[:lines], "changes": full.changes[:lines]})
        return whole.model_copy(update={"full": kept, "notes": notes})

    return by_steps(_LINES, cut)
