"""An MCP server that takes nothing it did not announce, and answers every mistake with one sentence."""

from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.types import CallToolResult, InputRequiredResult, Tool
from pydantic import ValidationError

from server.mcp.argument_errors import unknown_name, wrong_arguments
from server.mcp.crash_log import CrashLog
from server.mcp.recording import Crashed, Recorder
from server.untrusted import visible

ERROR_CHARACTERS = 1_000

_MAPS_OF_SCHEMAS = frozenset({"properties", "$defs"})
_SAYS_NOTHING: tuple[object, ...] = ("", [], ())
"""Defaults that cost tokens and tell no more than that the argument may be left out."""


class StrictServer(MCPServer[Any]):
    """The SDK's server with four things changed, through its public methods.

    Unknown arguments are refused with the nearest name instead of dropped. Errors are our own sentences,
    without the SDK's prefix, links and echoed values. A crash gives the model a number and the crash log its
    traceback. Each call leaves a line in the log of calls.
    """

    def __init__(self, name: str, *, crashes: CrashLog, recorder: Recorder, **settings: Any) -> None:
        super().__init__(name, **settings)
        self.crashes = crashes
        self.recorder = recorder
        self._announced: list[Tool] = []

    async def list_tools(self) -> list[Tool]:
        """Return the tools with closed schemas; made once, since the set never changes while we serve."""
        if not self._announced:
            self._announced = [_announced(tool) for tool in await super().list_tools()]
        return self._announced

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool and write the call down; raises ToolError with one sentence for whatever goes wrong."""
        known = await self._argument_names(name)
        with self.recorder.recording(context, name if known is not None else "unknown", arguments) as call:
            call.result = answer = await self._answer(name, known, arguments, context)
        return answer

    async def _answer(
        self, name: str, known: list[str] | None, arguments: dict[str, Any], context: Context[Any, Any] | None
    ) -> CallToolResult | InputRequiredResult:
        if known is None:
            raise ToolError(unknown_name("tool", name, [tool.name for tool in await self.list_tools()]))
        for given in arguments:
            if given not in known:
                raise ToolError(unknown_name("argument", given, known))
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError as crash:
            number = self.crashes.write(crash.__cause__ or crash, name)
            raise Crashed(
                f"Internal error {number}. Nothing was changed; the details are in the log of the server."
            ) from None
        except ToolError as problem:
            raise ToolError(_sentence(problem)) from None

    async def _argument_names(self, name: str) -> list[str] | None:
        """Return the names of a tool's arguments, None where there is no such tool."""
        for tool in await self.list_tools():
            if tool.name == name:
                return list(tool.input_schema.get("properties", {}))
        return None


def _sentence(problem: ToolError) -> str:
    cause = problem.__cause__
    if isinstance(cause, ValidationError):
        return wrong_arguments(cause)
    return visible(str(cause or problem), ERROR_CHARACTERS)


def _announced(tool: Tool) -> Tool:
    closed = without_titles(tool.input_schema) | {"additionalProperties": False}
    output = without_titles(tool.output_schema) if tool.output_schema is not None else None
    return tool.model_copy(update={"input_schema": closed, "output_schema": output})


def without_titles(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON schema without generated titles and empty defaults; a property that is called "title" stays."""
    return {
        key: {name: without_titles(part) for name, part in value.items()}
        if key in _MAPS_OF_SCHEMAS and isinstance(value, dict)
        else _part_without_titles(value)
        for key, value in schema.items()
        if key != "title" and not (key == "default" and value in _SAYS_NOTHING)
    }


def _part_without_titles(value: Any) -> Any:
    if isinstance(value, dict):
        return without_titles(value)
    return [_part_without_titles(part) for part in value] if isinstance(value, list) else value
