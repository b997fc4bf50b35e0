"""Progress bars on stderr, and none when nobody watches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from learning_core.importers.run import ImportProgress

WORTH_A_BAR = 4 * 1024 * 1024
"""Bytes of log below which indexing is over before a bar can be read."""

STEPS = 200
"""How often a bar is drawn on its way."""


class _Bar:
    def __init__(self, label: str, stack: ExitStack) -> None:
        self.label = label
        self.stack = stack
        self.bar: Any = None

    def show(self, done: int, total: int) -> None:
        if self.bar is None:
            self.bar = self.stack.enter_context(
                click.progressbar(length=max(total, 1), label=self.label, file=sys.stderr)
            )
        self.bar.length = max(total, 1)
        # Drawing costs more than skipping an unchanged file does.
        if done == total or done - self.bar.pos >= total / STEPS:
            self.bar.update(done - self.bar.pos)


@contextmanager
def import_bar(label: str = "Reading") -> Iterator["Callable[[ImportProgress], None] | None"]:
    """Give a callable for an import's progress, None when stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with ExitStack() as stack:
        bar = _Bar(label, stack)
        yield lambda progress: bar.show(progress.done, progress.total)


@contextmanager
def index_bar() -> Iterator[Callable[[int, int], None] | None]:
    """Give a callable for bytes indexed and bytes in total, None when stderr is no terminal."""
    with log_bar("Indexing") as show:
        yield show


@contextmanager
def log_bar(label: str, worth: int = WORTH_A_BAR) -> Iterator[Callable[[int, int], None] | None]:
    """Give a callable for what is done and what there is, None when stderr is no terminal.

    Shown for totals from `worth` on: bytes of log, unless said otherwise.
    """
    if not sys.stderr.isatty():
        yield None
        return
    with ExitStack() as stack:
        bar = _Bar(label, stack)

        def show(done: int, total: int) -> None:
            if total >= worth:
                bar.show(done, total)

        yield show
