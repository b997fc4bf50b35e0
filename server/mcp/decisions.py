"""Telling clients that a draft was decided about, carried out or taken back, which other processes do."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio.to_thread
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated

if TYPE_CHECKING:
    from mcp.server.subscriptions import ServerEvent

    from learning_core.audit import AuditChain
    from learning_core.library import Library

LOOK_EVERY_SECONDS = 1.0


class Decisions(InMemorySubscriptionBus):
    """Watches the audit chain for each client that listens, and for nobody else.

    It only reads: a glance at the number of the last entry, and at the entries when there are new ones.
    """

    def __init__(self, library: "Library") -> None:
        super().__init__()
        self._library = library

    def subscribe(self, listener: "Callable[[ServerEvent], None]") -> Callable[[], None]:
        """Tell a listener of what happens to drafts from now on, until what is returned is called."""
        from learning_core.audit import AuditChain

        chain = AuditChain(self._library.root)
        unsubscribe = super().subscribe(listener)
        watching = asyncio.get_running_loop().create_task(_watch(chain, _last(chain), listener))

        def stop() -> None:
            watching.cancel()
            unsubscribe()

        return stop


async def _watch(chain: "AuditChain", seen: int, listener: "Callable[[ServerEvent], None]") -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        last = await anyio.to_thread.run_sync(_last, chain)
        if last > seen:
            for ref in await anyio.to_thread.run_sync(_told_of, chain, seen):
                listener(ResourceUpdated(uri=f"whatworks://drafts/{ref}"))
            seen = last


def _last(chain: "AuditChain") -> int:
    anchor = chain.anchor()
    return 0 if anchor is None else anchor.seq


def _told_of(chain: "AuditChain", seen: int) -> list[str]:
    from learning_core.drafts.history import drafts_told_of

    try:
        return drafts_told_of(entry for entry in chain.entries() if entry.seq > seen)
    except OSError:
        return []
