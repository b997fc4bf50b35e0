"""The server over HTTP: a client of either era, everything else refused, a quick end, and nothing sent anywhere."""

import json
import os
import signal
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from http_server import LIST_TOOLS, SERVE, Served, serving_http
from httpx2 import AsyncClient
from library_factory import make_library, rated_jobs
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_client import connect, facts_of, text_of

from learning_core.library import Library
from server.mcp.bearer_token import TOKEN_FILE, kept_token, make_token

BODY = json.dumps(LIST_TOOLS).encode()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return make_library(tmp_path_factory.mktemp("served"), rated_jobs())


@pytest.fixture(scope="module")
def served(library: Library) -> Iterator[Served]:
    with serving_http(library) as server:
        yield server


@pytest.mark.anyio
async def test_a_client_of_either_era_gets_answers(served: Served, era: str) -> None:
    async with AsyncClient(headers={"Authorization": f"Bearer {served.token}"}, timeout=60) as carrier:
        transport = streamable_http_client(served.address, http_client=carrier)
        async with Client(transport, mode=era) as client:
            assert "what_works" in [tool.name for tool in (await client.list_tools()).tools]
            assert facts_of(await client.call_tool("library_overview", {}))["jobs"] == 60


def test_a_right_request_is_answered_with_plain_json(served: Served) -> None:
    reply = served.ask(BODY, served.headers())
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    assert json.loads(reply.body)["result"]["tools"]
    assert "server" not in reply.headers


REFUSED: list[tuple[str, dict[str, str], int]] = [
    ("no token", {"Authorization": ""}, 401),
    ("a wrong token", {"Authorization": "Bearer " + "x" * 43}, 401),
    ("the token without its scheme", {"Authorization": "TOKEN"}, 401),
    ("another scheme", {"Authorization": "Basic TOKEN"}, 401),
    ("a token and more", {"Authorization": "Bearer TOKENx"}, 401),
    ("a token cut short", {"Authorization": "Bearer TOKE"}, 401),
    ("a token with letters of other alphabets", {"Authorization": "Bearer é"}, 401),
    ("another host", {"Host": "evil.example:PORT"}, 421),
    ("a host without its port", {"Host": "127.0.0.1"}, 421),
    ("a bare localhost", {"Host": "localhost"}, 421),
    ("another port", {"Host": "127.0.0.1:1"}, 421),
    ("a host with a user", {"Host": "127.0.0.1:PORT@evil.example"}, 421),
    ("a host that only begins right", {"Host": "127.0.0.1:PORT.evil.example"}, 421),
    ("any address", {"Host": "0.0.0.0:PORT"}, 421),
    ("an empty host", {"Host": ""}, 421),
    ("another origin", {"Origin": "https://evil.example"}, 403),
    ("the origin null", {"Origin": "null"}, 403),
    ("an empty origin", {"Origin": ""}, 403),
    ("a page of another local program", {"Origin": "http://127.0.0.1:3000"}, 403),
    ("the right origin over https", {"Origin": "https://127.0.0.1:PORT"}, 403),
    ("an origin that only begins right", {"Origin": "http://127.0.0.1:PORT.evil.example"}, 403),
    ("a page of another site", {"Sec-Fetch-Site": "cross-site"}, 403),
    ("a page of a neighbour", {"Sec-Fetch-Site": "same-site"}, 403),
    ("plain text", {"Content-Type": "text/plain"}, 400),
    ("a form", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
    ("almost JSON", {"Content-Type": "application/jsonx"}, 400),
    ("no content type", {"Content-Type": ""}, 400),
]


@pytest.mark.parametrize(("changes", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_not_exactly_right_is_refused(served: Served, changes: dict[str, str], status: int) -> None:
    filled = {
        name: value.replace("PORT", str(served.port)).replace("TOKEN", served.token) for name, value in changes.items()
    }
    reply = served.ask(BODY, served.headers() | filled)
    assert reply.status == status
    assert b"tools" not in reply.body
    assert served.token.encode() not in reply.body
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize("name", ["Origin", "Authorization", "Content-Type"])
def test_a_repeated_header_is_refused(served: Served, name: str) -> None:
    own = {"Host": f"127.0.0.1:{served.port}", "Origin": f"http://127.0.0.1:{served.port}"}
    headers = served.headers() | own
    reply = served.ask(BODY, [*headers.items(), (name, headers[name])])
    assert reply.status == 400


def test_own_host_and_origin_pass(served: Served) -> None:
    for host in ("127.0.0.1", "localhost"):
        own = f"{host}:{served.port}"
        assert served.ask(BODY, served.headers(Host=own, Origin=f"http://{own}")).status == 200


def test_a_body_that_is_too_large_is_refused_by_its_length_and_by_its_bytes(served: Served) -> None:
    large = b" " * (1024 * 1024 + 1)
    assert served.ask(large, served.headers()).status == 413
    headers = served.headers(Content_Length=str(10**12))
    assert served.ask(b"{}", headers).status == 413


def test_other_places_and_methods_give_nothing_away(served: Served) -> None:
    assert served.ask(b"", served.headers(), "PUT").status in (404, 405)
    assert served.ask(b"", {"Host": f"127.0.0.1:{served.port}"}, "GET").status == 401
    assert served.ask(b"", {"Host": f"127.0.0.1:{served.port}"}, "OPTIONS").status == 401


def test_it_listens_on_this_machine_alone(served: Served) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("the table of sockets is Linux's")
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[1].endswith(f":{served.port:04X}") and row[3] == "0A"]
    assert listening == [f"0100007F:{served.port:04X}"]
    assert f":{served.port:04X} " not in "".join(Path("/proc/net/tcp6").read_text().splitlines()[1:])


def test_the_token_is_kept_for_its_owner_and_shown_once(served: Served, library: Library) -> None:
    (path,) = library.cache.glob(f"library-*/{TOKEN_FILE}")
    assert path.read_text().strip() == served.token
    assert served.said.count(served.token) == 2
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_a_token_that_others_could_read_is_not_used_again(tmp_path: Path) -> None:
    token = make_token(tmp_path)
    assert kept_token(tmp_path) == token
    (tmp_path / TOKEN_FILE).chmod(0o640)
    assert kept_token(tmp_path) is None
    (tmp_path / TOKEN_FILE).unlink()
    (tmp_path / "elsewhere").write_text(token)
    (tmp_path / "elsewhere").chmod(0o600)
    (tmp_path / TOKEN_FILE).symlink_to(tmp_path / "elsewhere")
    assert kept_token(tmp_path) is None


def test_the_same_token_is_used_until_a_new_one_is_wanted(tmp_path: Path) -> None:
    first = make_token(tmp_path)
    assert kept_token(tmp_path) == first
    assert make_token(tmp_path) != first
    (tmp_path / TOKEN_FILE).write_text("short")
    (tmp_path / TOKEN_FILE).chmod(0o600)
    assert kept_token(tmp_path) is None


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_signal_ends_it_within_a_second_and_a_taken_port_is_a_sentence(library: Library) -> None:
    with serving_http(library) as server:
        with serving_http(library) as second:
            assert second.token == server.token
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=10) == -signal.SIGTERM
        assert time.monotonic() - started < 1
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""


# Refuses everything that would open a connection or look up a name, and says so.
NO_NETWORK = """
import socket, sys
def refuse(*arguments, **more):
    print("outgoing:", arguments, file=sys.__stderr__, flush=True)
    raise PermissionError("outgoing")
for name in ("connect", "connect_ex", "sendto", "sendmsg"):
    setattr(socket.socket, name, refuse)
for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "create_connection"):
    setattr(socket, name, refuse)
from server.cli.main import main
main(sys.argv[1:])
"""


@pytest.mark.anyio
async def test_the_server_opens_no_connection(library: Library) -> None:
    async with connect(library) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
    arguments = {
        "get_item": {"refs": ["rec:0123456789abcdef"]},
        "compare_settings": {"a": "steps:20", "b": "steps:28"},
        "recommend_settings": {"prompt": "https://example.invalid/beach"},
    }
    start = (sys.executable, "-c", NO_NETWORK, *SERVE[3:])
    with serving_http(library, start=start) as server:
        async with (
            AsyncClient(headers={"Authorization": f"Bearer {server.token}"}, timeout=60) as carrier,
            Client(streamable_http_client(server.address, http_client=carrier)) as client,
        ):
            for name in names:
                said = await client.call_tool(name, arguments.get(name, {}))
                assert "Internal error" not in text_of(said)
        server.process.kill()
        assert server.process.stderr is not None
        assert "outgoing" not in server.process.stderr.read()
