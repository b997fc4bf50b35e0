"""Subscriptions to a resource as clients of the revisions before 2026-07-28 make them, which the SDK leaves out."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.subscriptions import ResourceUpdated
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, EmptyResult, SubscribeRequestParams
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from msgspec import Struct, field
from pydantic import ValidationError

if TYPE_CHECKING:
    from mcp.server.session import ServerSession
    from mcp.server.subscriptions import ServerEvent, SubscriptionBus

MOST_CLIENTS = 100
MOST_RESOURCES = 100
LONGEST_ADDRESS = 500


class _Client(Struct):
    """Who is told of which resources; `said` is what it said when it opened its connection, which names it."""

    said: object
    session: "ServerSession"
    addresses: set[str] = field(default_factory=set)
    telling: set[asyncio.Task[None]] = field(default_factory=set)
    stop: Callable[[], None] = lambda: None


class Subscribing:
    """Answers `resources/subscribe` and `resources/unsubscribe`, and announces that they are answered.

    Those who subscribed are told of what comes over the bus. A client that has gone is dropped when it cannot be told,
    the oldest one when there are more than MOST_CLIENTS.
    """

    def __init__(self, bus: "SubscriptionBus") -> None:
        self._bus = bus
        self._clients: dict[int, _Client] = {}

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Answer one message, or hand it on."""
        said = ctx.session.client_params
        if ctx.method == "initialize":
            return _announced(await call_next(ctx))
        if said is None or ctx.protocol_version not in HANDSHAKE_PROTOCOL_VERSIONS:
            return await call_next(ctx)
        if ctx.method == "resources/subscribe":
            self._subscribe(said, ctx.session, _address(ctx))
            return EmptyResult()
        if ctx.method == "resources/unsubscribe":
            self._unsubscribe(said, _address(ctx))
            return EmptyResult()
        return await call_next(ctx)

    def _subscribe(self, said: object, session: "ServerSession", address: str) -> None:
        client = self._clients.get(id(said))
        if client is None:
            if len(self._clients) >= MOST_CLIENTS:
                self._drop(next(iter(self._clients.values())))
            client = self._clients[id(said)] = _Client(said, session)
            client.stop = self._bus.subscribe(lambda event: self._tell(client, event))
        if len(client.addresses) >= MOST_RESOURCES and address not in client.addresses:
            raise MCPError(INVALID_PARAMS, f"At most {MOST_RESOURCES} resources at once; unsubscribe from one first.")
        client.addresses.add(address)

    def _unsubscribe(self, said: object, address: str) -> None:
        client = self._clients.get(id(said))
        if client is not None:
            client.addresses.discard(address)
            if not client.addresses:
                self._drop(client)

    def _tell(self, client: _Client, event: "ServerEvent") -> None:
        if isinstance(event, ResourceUpdated) and event.uri in client.addresses:
            task = asyncio.get_running_loop().create_task(client.session.send_resource_updated(event.uri))
            client.telling.add(task)
            task.add_done_callback(lambda done: self._told(client, done))

    def _told(self, client: _Client, done: asyncio.Task[None]) -> None:
        client.telling.discard(done)
        if done.cancelled() or done.exception() is not None:
            self._drop(client)

    def _drop(self, client: _Client) -> None:
        client.stop()
        self._clients.pop(id(client.said), None)


def _announced(result: HandlerResult) -> HandlerResult:
    """Return the answer to `initialize` with the ability to subscribe, where the client speaks such a revision."""
    if isinstance(result, dict) and result.get("protocolVersion") in HANDSHAKE_PROTOCOL_VERSIONS:
        result["capabilities"].setdefault("resources", {})["subscribe"] = True
    return result


def _address(ctx: ServerRequestContext[Any, Any]) -> str:
    """Return the resource that a request names; raises MCPError."""
    try:
        address = str(SubscribeRequestParams.model_validate(ctx.params or {}, by_name=False).uri)
    except ValidationError:
        raise MCPError(
            INVALID_PARAMS, "uri is missing: name one resource, e.g. whatworks://drafts/draft:0a1b2c."
        ) from None
    if len(address) > LONGEST_ADDRESS:
        raise MCPError(INVALID_PARAMS, f"uri is longer than {LONGEST_ADDRESS} characters.")
    return address
