"""A client for the MCP server, in this process or over real pipes, in both eras of the protocol."""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import preloaded_command
from jsonschema import Draft202012Validator
from mcp import Client, StdioServerParameters
from mcp.server.mcpserver import MCPServer
from mcp.types import CallToolResult, TextContent

from learning_core.library import Library
from server.mcp.app import NOTHING_HIDDEN, build_server
from server.mcp.hiding import HideList

NOON = 1_760_000_000.0

_check_schema = Draft202012Validator.check_schema


@lru_cache(maxsize=64)
def _checked(schema: bytes) -> None:
    _check_schema(orjson.loads(schema))


def _check_once(schema: Mapping[str, Any]) -> None:
    """Check a schema that was not checked in this process: every client would check the same twelve anew."""
    _checked(orjson.dumps(schema))


Draft202012Validator.check_schema = staticmethod(_check_once)


def connect(library: Library, era: str = "auto", hide_list: HideList = NOTHING_HIDDEN) -> Client:
    """Return a client of a server in this process; it keeps no state, so the same one serves all tests of a library."""
    return Client(_server_of(library, hide_list), mode=era)


@lru_cache(maxsize=8)
def _server_of(library: Library, hide_list: HideList) -> MCPServer[Any]:
    return build_server(library, now=lambda: NOON, hide_list=hide_list)


def process_of(library: Library) -> StdioServerParameters:
    """Return how to start a server of the library as a process of its own."""
    program, *words = preloaded_command.command()
    return StdioServerParameters(command=program, args=[*words, "serve"], env=environment_of(library), cwd=Path.cwd())


def environment_of(library: Library) -> dict[str, str]:
    return {
        **os.environ,
        "WHATWORKS_LIBRARY": str(library.root),
        "WHATWORKS_CACHE": str(library.cache),
        "PYTHONWARNINGS": "default",
    }


def text_of(result: CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


def facts_of(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, text_of(result)
    assert result.structured_content is not None
    return dict(result.structured_content)
