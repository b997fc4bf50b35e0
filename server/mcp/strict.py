"""An MCP server that takes nothing it did not announce, and answers every mistake with one sentence."""

from collections.abc import Iterable, Mapping
from typing import Any

from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import (
    ResourceError,
    ResourceNotFoundError,
    ToolError,
    UnexpectedResourceError,
    UnexpectedToolError,
)
from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, CallToolResult, GetPromptResult, InputRequiredResult, Tool
from pydantic import AnyUrl, ValidationError

from server.mcp.argument_errors import unknown_name, wrong_arguments
from server.mcp.crash_log import CrashLog
from server.mcp.recording import Crashed, Recorder
from server.untrusted import visible

ERROR_CHARACTERS = 1_000
_SDK_UNKNOWN = "Unknown resource"

_MAPS_OF_SCHEMAS = frozenset({"properties", "$defs"})
_SAYS_NOTHING: tuple[object, ...] = ("", [], ())
"""Defaults that cost tokens and tell no more than that the argument may be left out."""

_ENFORCED_ONLY = frozenset({"title", "minLength", "minItems"})
"""Left out of what is announced: generated titles, and that what is given must not be empty."""


class StrictServer(MCPServer[Any]):
    """The SDK's server with four things changed, through its public methods; resources and prompts likewise.

    Unknown arguments are refused with the nearest name instead of dropped. Errors are our own sentences,
    without the SDK's prefix, links and echoed values. A crash gives the model a number and the crash log its
    traceback. Each call leaves a line in the log of calls.
    """

    def __init__(
        self,
        name: str,
        *,
        crashes: CrashLog,
        recorder: Recorder,
        output_schemas: Mapping[str, dict[str, Any]],
        **settings: Any,
    ) -> None:
        super().__init__(name, **settings)
        self.crashes = crashes
        self.recorder = recorder
        self._output_schemas = output_schemas
        self._announced: list[Tool] = []

    async def list_tools(self) -> list[Tool]:
        """Return the tools with closed schemas; made once, since the set never changes while we serve."""
        if not self._announced:
            self._announced = [self._announced_as(tool) for tool in await super().list_tools()]
        return self._announced

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool and write the call down; raises ToolError with one sentence for whatever goes wrong."""
        known = await self._argument_names(name)
        with self.recorder.recording(context, name if known is not None else "unknown", arguments) as call:
            call.result = answer = await self._answer(name, known, arguments, context)
        return answer

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[Any, Any] | None = None
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        """Read a resource; raises ResourceError with one sentence for whatever goes wrong."""
        try:
            return await super().read_resource(uri, context)
        except UnexpectedResourceError as crash:
            raise ResourceError(self._told(crash, "a resource")) from None
        except ResourceNotFoundError as problem:
            sentence = str(problem)
            if sentence.startswith(_SDK_UNKNOWN):
                known = [resource.uri for resource in await self.list_resources()]
                known += [template.uri_template for template in await self.list_resource_templates()]
                sentence = unknown_name("resource", str(uri), known)
            raise ResourceNotFoundError(visible(sentence, ERROR_CHARACTERS)) from None

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[Any, Any] | None = None
    ) -> GetPromptResult | InputRequiredResult:
        """Get a prompt; raises MCPError with one sentence for whatever goes wrong."""
        prompts = {prompt.name: prompt for prompt in await self.list_prompts()}
        if name not in prompts:
            raise MCPError(INVALID_PARAMS, unknown_name("prompt", name, list(prompts)))
        known = {argument.name: argument for argument in prompts[name].arguments or []}
        given = arguments or {}
        for each in given:
            if each not in known:
                raise MCPError(INVALID_PARAMS, unknown_name("argument", each, list(known)))
        missing = [each for each, argument in known.items() if argument.required and each not in given]
        if missing:
            raise MCPError(INVALID_PARAMS, f"{missing[0]} is missing.")
        try:
            return await super().get_prompt(name, arguments, context)
        except ValueError as problem:
            cause = _root(problem)
            if isinstance(cause, ValidationError):
                raise MCPError(INVALID_PARAMS, wrong_arguments(cause)) from None
            raise MCPError(INTERNAL_ERROR, self._told(cause, "a prompt")) from None

    def _announced_as(self, tool: Tool) -> Tool:
        closed = without_titles(tool.input_schema) | {"additionalProperties": False}
        output = self._output_schemas.get(tool.name, tool.output_schema)
        return tool.model_copy(update={"input_schema": closed, "output_schema": output})

    def _told(self, crash: BaseException, where: str) -> str:
        """Return what is said of a crash, whose traceback goes to the log of crashes."""
        number = self.crashes.write(crash.__cause__ or crash, where)
        return f"Internal error {number}. Nothing was changed; the details are in the log of the server."

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
            raise Crashed(self._told(crash, name)) from None
        except ToolError as problem:
            raise ToolError(_sentence(problem)) from None

    async def _argument_names(self, name: str) -> list[str] | None:
        """Return the names of a tool's arguments, None where there is no such tool."""
        for tool in await self.list_tools():
            if tool.name == name:
                return list(tool.input_schema.get("properties", {}))
        return None


def _root(error: BaseException) -> BaseException:
    """Return what an error goes back to."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _sentence(problem: ToolError) -> str:
    cause = problem.__cause__
    if isinstance(cause, ValidationError):
        return wrong_arguments(cause)
    return visible(str(cause or problem), ERROR_CHARACTERS)


def without_titles(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON schema without what only costs tokens; a property that is called "title" stays.

    Of a choice the first is the default.
    """
    return {
        key: {name: without_titles(part) for name, part in value.items()}
        if key in _MAPS_OF_SCHEMAS and isinstance(value, dict)
        else _part_without_titles(value)
        for key, value in schema.items()
        if key not in _ENFORCED_ONLY and not (key == "default" and _says_nothing(value, schema))
    }


def _says_nothing(default: object, schema: dict[str, Any]) -> bool:
    return default in _SAYS_NOTHING or default == schema.get("enum", [None])[0]


def _part_without_titles(value: Any) -> Any:
    if isinstance(value, dict):
        return without_titles(value)
    return [_part_without_titles(part) for part in value] if isinstance(value, list) else value
