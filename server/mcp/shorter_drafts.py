"""What the answers on drafts give up first when they are too large."""

from collections.abc import Callable

from learning_core.drafts.draft_answer import DraftAnswer, DraftInFull
from server.mcp.stepping import by_steps, left_out, noted

_LINES = (200, 100, 50, 20, 10, 5, 2, 0)


def shorter_page(page: Callable[[int], DraftAnswer], limit: int) -> Callable[[DraftAnswer], DraftAnswer | None]:
    """Return the shortener of a list: `page` gives so many drafts, with a cursor that goes on after them."""
    sizes = [each for each in (40, 30, 20, 15, 10, 7, 5, 3, 2, 1) if each < limit]

    def cut(count: int) -> DraftAnswer:
        fewer = page(count)
        note = left_out(fewer.shown, fewer.total, "drafts are listed", "`next_cursor` goes on")
        return fewer.model_copy(update={"notes": noted(fewer.notes, note)})

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
