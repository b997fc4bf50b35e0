"""Writing down each call of a tool: who, when, how long, how large, which records; never a word of it."""

import hashlib
import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent
from msgspec import Struct

from learning_core.calls import Call, CallLog, Outcome
from learning_core.errors import LogError
from server.untrusted import visible

CLIENT_CHARACTERS = 60
MOST_REFERENCES = 50
_DIGEST_CHARACTERS = 16
_REFERENCE = re.compile(rb'"((?:rec|plan|draft|preset):[0-9a-f]{6,64})"')

logger = logging.getLogger("whatworks")


class Crashed(ToolError):
    """A call that failed through a fault of our own."""


class Under(Struct):
    """A call under way; `result` is what the tool gives."""

    result: object = None


class Recorder:
    """Appends calls to the log of a library; a log that cannot be written costs a warning, never an answer."""

    def __init__(self, log: CallLog, now: Callable[[], float]) -> None:
        self._log = log
        self._now = now
        self._has_warned = False

    @contextmanager
    def recording(self, context: Context[Any, Any] | None, tool: str, arguments: Mapping[str, Any]) -> Iterator[Under]:
        """Write down the call that is made inside; whatever is raised there counts as its end."""
        call = Under()
        outcome: Outcome = "failed"
        started = time.perf_counter()
        try:
            yield call
            outcome = "answered"
        except ToolError as error:
            call.result, outcome = error, "failed" if isinstance(error, Crashed) else "refused"
            raise
        finally:
            size, refs = _measured(call.result)
            self._append(
                Call(
                    at=round(self._now(), 3),
                    client=client_of(context),
                    revision=(context.protocol_version if context else None) or "unknown",
                    tool=tool,
                    arguments=_digest(arguments),
                    outcome=outcome,
                    refs=refs,
                    bytes=size,
                    ms=round((time.perf_counter() - started) * 1_000, 1),
                )
            )

    def _append(self, call: Call) -> None:
        try:
            self._log.append(call)
        except LogError as error:
            if not self._has_warned:
                logger.warning("Calls are not written down: %s", error)
            self._has_warned = True


def client_of(context: Context[Any, Any] | None) -> str:
    """Return the name that the client gives itself; whoever connects chooses it."""
    said = context.session.client_params if context else None
    return visible(f"{said.client_info.name} {said.client_info.version}", CLIENT_CHARACTERS) if said else "unknown"


def _digest(arguments: Mapping[str, Any]) -> str:
    """Return a digest that is the same for the same arguments, whatever their order."""
    data = json.dumps(arguments, sort_keys=True, default=str).encode("ascii")
    return hashlib.sha256(data).hexdigest()[:_DIGEST_CHARACTERS]


def _measured(result: object) -> tuple[int, list[str]]:
    """Return the bytes of the larger half, and the references in it; of an error those of its sentence."""
    if not isinstance(result, CallToolResult):
        return len(str(result or "").encode("utf-8", "replace")), []
    structured = orjson.dumps(result.structured_content or {})
    text = sum(len(part.text.encode()) for part in result.content if isinstance(part, TextContent))
    refs = dict.fromkeys(found.decode("ascii") for found in _REFERENCE.findall(structured))
    return max(len(structured), text), list(refs)[:MOST_REFERENCES]
