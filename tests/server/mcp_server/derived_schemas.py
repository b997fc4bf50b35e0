"""The schemas of the tools' answers, derived from their models."""

from importlib import import_module
from typing import Any

from server.mcp.strict import without_titles
from server.mcp.tools import TOOLS


def derived_schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each tool's answer by the name of the tool."""
    return {tool.function.__name__: without_titles(model_of(tool.answer).model_json_schema()) for tool in TOOLS}


def model_of(answer: str) -> Any:
    """Return a model of the core by `module:name`."""
    module, _, name = answer.partition(":")
    return getattr(import_module(f"learning_core.{module}"), name)
