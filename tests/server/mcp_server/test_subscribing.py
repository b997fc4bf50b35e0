"""Clients of the older revisions subscribe to a draft and are told when a person decides about it."""

import http.client
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from decisions import approve
from drafted_library import drafted_library, propose
from http_server import Served, serving_http
from json_rpc_server import OPENING, JsonRpcServer
from mcp_client import connect

from learning_core.drafts.view import DraftView
from learning_core.library import Library
from server.mcp.decisions import LOOK_EVERY_SECONDS
from server.mcp.subscribing import LONGEST_ADDRESS, MOST_RESOURCES


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return drafted_library(tmp_path)


@pytest.fixture
def server(library: Library) -> Iterator[JsonRpcServer]:
    places = {"WHATWORKS_LIBRARY": str(library.root), "WHATWORKS_CACHE": str(library.cache.parent)}
    running = JsonRpcServer(os.environ | places).open()
    yield running
    running.end()


def asked(server: JsonRpcServer, method: str, params: dict[str, Any]) -> dict[str, Any]:
    server.number += 1
    server.send({"jsonrpc": "2.0", "id": server.number, "method": method, "params": params})
    return server.hear(server.number)


def next_message(server: JsonRpcServer) -> dict[str, Any]:
    assert server.process.stdout is not None
    return dict(json.loads(server.process.stdout.readline()))


def address(draft: DraftView) -> str:
    return f"whatworks://drafts/{draft.ref}"


def test_a_client_that_subscribed_is_told_when_another_process_decides(library: Library, server: JsonRpcServer) -> None:
    draft = propose(library)
    assert asked(server, "resources/subscribe", {"uri": address(draft)})["result"] == {}
    approve(library, draft)
    told = next_message(server)
    assert told["method"] == "notifications/resources/updated"
    assert told["params"]["uri"] == address(draft)


def test_over_http_who_listens_is_told_and_who_does_not_holds_nobody_up(library: Library) -> None:
    draft = propose(library)
    with serving_http(library) as served:
        silent, listening = session_of(served), session_of(served)
        for session in (silent, listening):
            assert rpc(served, session, "resources/subscribe", {"uri": address(draft)})["result"] == {}
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        connection.request("GET", "/mcp", headers=of_session(served, listening))
        stream = connection.getresponse()
        approve(library, draft)
        told = next(line for line in iter(stream.readline, b"") if b"notifications/resources/updated" in line)
        assert draft.ref in told.decode()
        assert "result" in rpc(served, silent, "tools/list", {})
        connection.close()


def session_of(served: Served) -> str:
    reply = served.ask(json.dumps(OPENING[0]).encode(), of_session(served, ""))
    session = reply.headers["mcp-session-id"]
    served.ask(json.dumps(OPENING[1]).encode(), of_session(served, session))
    return session


def rpc(served: Served, session: str, method: str, params: dict[str, Any]) -> dict[str, Any]:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return dict(json.loads(served.ask(json.dumps(body).encode(), of_session(served, session)).body))


def of_session(served: Served, session: str) -> dict[str, str]:
    usual = served.headers(MCP_Protocol_Version="2025-06-18")
    del usual["Mcp-Method"]
    return usual | ({"Mcp-Session-Id": session} if session else {})


def test_who_unsubscribed_or_asked_for_another_draft_is_not_told(library: Library, server: JsonRpcServer) -> None:
    draft = propose(library)
    other = address(draft)[:-1] + "0"
    for method, uri in (("subscribe", address(draft)), ("subscribe", other), ("unsubscribe", address(draft))):
        assert asked(server, f"resources/{method}", {"uri": uri})["result"] == {}
    approve(library, draft)
    time.sleep(3 * LOOK_EVERY_SECONDS)
    number = server.call("list_drafts", {})
    first = next_message(server)
    assert first["id"] == number
    assert "applied" in json.dumps(first["result"]["structuredContent"])


def test_what_names_no_resource_is_refused_and_the_number_of_resources_is_bounded(server: JsonRpcServer) -> None:
    for params in ({}, {"uri": 7}, {"uri": "whatworks://" + "x" * LONGEST_ADDRESS}):
        refused = asked(server, "resources/subscribe", params)["error"]
        assert refused["code"] == -32602
        assert refused["message"].startswith("uri is ")
    for number in range(MOST_RESOURCES):
        assert "result" in asked(server, "resources/subscribe", {"uri": f"whatworks://records/{number}"})
    refused = asked(server, "resources/subscribe", {"uri": "whatworks://overview"})["error"]
    assert "unsubscribe from one first" in refused["message"]


@pytest.mark.anyio
async def test_clients_of_both_eras_learn_that_they_can_be_told(library: Library, era: str) -> None:
    async with connect(library, era) as client:
        resources = client.server_capabilities.resources
    assert resources is not None
    assert resources.subscribe
