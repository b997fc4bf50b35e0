"""The log of calls: which client called which tool when, in which size; never what was asked or answered.

`audit/calls/<year>-<month>.jsonl` in the library is only appended to. A month that nobody
needs any more may be deleted.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import orjson
from msgspec import Struct, ValidationError, convert
from msgspec.structs import asdict

from learning_core.log.append import append_lines
from learning_core.log.read import read_lines
from learning_core.log.seal import encode

LOCK_SECONDS = 0.2
"""An answer does not wait longer than this for its line in the log."""

Outcome = Literal["answered", "refused", "failed"]


class Call(Struct, frozen=True):
    """One call of a tool; `at` is epoch seconds (UTC), `arguments` the start of a SHA-256, `bytes` of the answer.

    `revision` is that of the protocol that was spoken.
    """

    at: float
    client: str
    revision: str
    tool: str
    arguments: str
    outcome: Outcome
    refs: list[str]
    bytes: int
    ms: float


class CallLog:
    """The calls of one library."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "audit" / "calls"

    def append(self, call: Call) -> None:
        """Append one call, acknowledged; nothing where the library's folder is missing. Raises LogError."""
        if self.root.is_dir():
            month = datetime.fromtimestamp(call.at, UTC)
            path = self.folder / f"{month.year}-{month.month:02}.jsonl"
            append_lines(path, [encode(asdict(call))], lock_seconds=LOCK_SECONDS)

    def newest(self, limit: int) -> list[Call]:
        """Return the newest calls, the newest first, at most `limit`."""
        found: list[Call] = []
        for path in sorted(self.folder.glob("*.jsonl"), reverse=True):
            found += list(_read(path))[::-1][: limit - len(found)]
            if len(found) >= limit:
                break
        return found

    def every(self) -> Iterator[Call]:
        """Yield all calls, the oldest month first; lines that cannot be read are passed over."""
        for path in sorted(self.folder.glob("*.jsonl")):
            yield from _read(path)


def _read(path: Path) -> Iterator[Call]:
    for line in read_lines(path):
        try:
            yield convert(orjson.loads(line.data or b""), Call)
        except (ValueError, ValidationError):
            continue
