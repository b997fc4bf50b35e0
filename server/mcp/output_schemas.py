"""The JSON schemas of the tools' answers as they are announced: kept ready, as deriving them slows each start down.

`python tests/server/mcp_server/announced.py` derives them anew from the models of the answers, and a test compares.
"""

from importlib.resources import files
from typing import Any

import orjson

FILE = "output_schemas.json"


def output_schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each tool's answer by the name of the tool."""
    schemas: dict[str, dict[str, Any]] = orjson.loads(files("server.mcp").joinpath(FILE).read_bytes())
    return schemas
