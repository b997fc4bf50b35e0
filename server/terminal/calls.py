"""Calls of tools as a person at a terminal likes to read them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from learning_core.calls import Call
from server.terminal.layout import paragraph, table
from server.untrusted import visible

HEAD = ("when (UTC)", "outcome", "ms", "bytes", "records", "arguments", "client", "tool")


def calls(newest: Sequence[Call], folder: str) -> str:
    """Return a table of calls, the newest first, and where their log lies."""
    where = paragraph(f"The log of calls is in {visible(folder)}.")
    if not newest:
        return f"No call of a tool is written down.\n{where}"
    return "\n".join([*table(HEAD, [_row(call) for call in newest], left=2, indent="", spare=(5, 7)), where])


def _row(call: Call) -> tuple[str, ...]:
    return (
        datetime.fromtimestamp(call.at, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        call.outcome,
        f"{call.ms:,.1f}",
        f"{call.bytes:,}",
        f"{len(call.refs):,}",
        visible(call.arguments),
        visible(call.client),
        visible(call.tool),
    )
