"""Everything that the server announces, as one text: `python tests/server/mcp_server/announced.py` accepts a change."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import anyio

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from derived_schemas import derived_schemas
from library_factory import make_library
from mcp_client import connect

from learning_core.library import Library
from server.mcp import output_schemas

ACCEPTED = Path(__file__).with_name("announced.json")


async def announced(library: Library) -> str:
    """Return tools with their schemas, resources, templates, prompts and the introduction."""
    async with connect(library) as client:
        lists: dict[str, list[Any]] = {
            "tools": list((await client.list_tools()).tools),
            "resources": list((await client.list_resources()).resources),
            "resource_templates": list((await client.list_resource_templates()).resource_templates),
            "prompts": list((await client.list_prompts()).prompts),
        }
        content = {
            "instructions": client.instructions,
            **{
                name: [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in found]
                for name, found in lists.items()
            },
        }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    kept = Path(output_schemas.__file__).with_name(output_schemas.FILE)
    kept.write_text(json.dumps(derived_schemas(), ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    with tempfile.TemporaryDirectory() as folder:
        ACCEPTED.write_text(anyio.run(announced, make_library(Path(folder))), encoding="utf-8", newline="\n")
