"""Every result that our server puts on the wire, against the schema of the specification."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

NEW, OLD = "2026-07-28", "2025-11-25"
QUESTIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("tools/list", "ListToolsResult", {}),
    ("resources/list", "ListResourcesResult", {}),
    ("resources/templates/list", "ListResourceTemplatesResult", {}),
    ("resources/read", "ReadResourceResult", {"uri": "whatworks://overview"}),
    ("resources/read", "ReadResourceResult", {"uri": "ui://whatworks/answer.html"}),
    ("prompts/list", "ListPromptsResult", {}),
    ("prompts/get", "GetPromptResult", {"name": "what_works", "arguments": {"subject": "beach"}}),
    ("completion/complete", "CompleteResult", {
        "ref": {"type": "ref/resource", "uri": "whatworks://checkpoints/{name}"},
        "argument": {"name": "name", "value": ""},
    }),
    ("tools/call", "CallToolResult", {"name": "what_works", "arguments": {"subject": "beach"}}),
    ("tools/call", "CallToolResult", {"name": "recommend_settings", "arguments": {"prompt": "beach"}}),
    ("tools/call", "CallToolResult", {"name": "compare_settings", "arguments": {"a": "steps:<30", "b": "steps:>=30"}}),
    ("tools/call", "CallToolResult", {"name": "summarize_trends", "arguments": {}}),
    ("tools/call", "CallToolResult", {"name": "search_records", "arguments": {"limit": 2}}),
    ("tools/call", "CallToolResult", {"name": "library_overview", "arguments": {}}),
    ("tools/call", "CallToolResult", {"name": "search_records", "arguments": {"limt": 2}}),
)  # fmt: skip


def misfits(command: Sequence[str], schemas: Path) -> list[str]:
    """Return what does not fit, for both revisions; `schemas` is the folder of the specification's schemas."""
    return [problem for revision in (NEW, OLD) for problem in _misfits(command, schemas, revision)]


def _misfits(command: Sequence[str], schemas: Path, revision: str) -> list[str]:
    schema = json.loads((schemas / f"{revision}.json").read_text(encoding="utf-8"))
    definitions = "$defs" if "$defs" in schema else "definitions"
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    opening = OPENINGS[revision]
    problems = []
    for number, (method, name, params) in enumerate((opening, *QUESTIONS), 1):
        extra = {"_meta": META} if revision == NEW else {}
        reply = _ask(server, {"id": number, "method": method, "params": params | extra})
        if method == "initialize":
            _send(server, {"method": "notifications/initialized"})
        whole = Draft202012Validator(schema | {"$ref": f"#/{definitions}/{name}"})
        found = [error.message for error in whole.iter_errors(reply.get("result", reply))]
        problems += [f"{revision} {method} {params.get('name', '')}: {problem[:200]}" for problem in found]
    server.communicate(timeout=20)
    return problems


HELLO: dict[str, Any] = {
    "protocolVersion": OLD, "capabilities": {}, "clientInfo": {"name": "wire", "version": "1"},
}  # fmt: skip
OPENINGS: dict[str, tuple[str, str, dict[str, Any]]] = {
    NEW: ("server/discover", "DiscoverResult", {}),
    OLD: ("initialize", "InitializeResult", HELLO),
}
META = {
    "io.modelcontextprotocol/protocolVersion": NEW,
    "io.modelcontextprotocol/clientInfo": {"name": "wire", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


def _send(server: "subprocess.Popen[str]", message: dict[str, Any]) -> None:
    assert server.stdin is not None
    server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    server.stdin.flush()


def _ask(server: "subprocess.Popen[str]", message: dict[str, Any]) -> dict[str, Any]:
    _send(server, message)
    assert server.stdout is not None
    for line in server.stdout:
        reply: dict[str, Any] = json.loads(line)
        if reply.get("id") == message["id"]:
            return reply
    raise RuntimeError(f"the server ended before it answered {message['method']}")
