"""The gate in front of the HTTP server: who may ask at all, decided before anything of the request is read."""

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ONCE_AT_MOST = (b"host", b"origin", b"authorization", b"content-type", b"content-length", b"sec-fetch-site")
SAME_SITE = (b"same-origin", b"none")
OWN_NAMES = ("127.0.0.1", "localhost")
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


class Gate:
    """Lets a request through when host, origin, token and content type are exactly right.

    A page in a browser cannot name another host, hide its origin or know the token, so none gets past, whatever name
    it makes point to this machine. Answers: 400 for what no client of ours sends, 421, 403, 401.
    """

    def __init__(self, app: "ASGIApp", token: str, port: int) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode("ascii")
        self._hosts = {f"{name}:{port}".encode("ascii") for name in OWN_NAMES}
        self._origins = {b"http://" + host for host in self._hosts}

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request, or hand it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return

        async def guarded(message: "Message") -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        refused = self._refusal(scope["method"], scope["headers"])
        if refused is None:
            await self._app(scope, receive, guarded)
        else:
            await _answer(guarded, *refused)

    def _refusal(self, method: str, headers: list[tuple[bytes, bytes]]) -> tuple[int, str] | None:
        given = dict(headers)
        names = [name for name, _ in headers]
        if any(names.count(name) > 1 for name in ONCE_AT_MOST):
            return 400, "a header is repeated"
        if given.get(b"host", b"").lower() not in self._hosts:
            return 421, "wrong host"
        if b"origin" in given and given[b"origin"] not in self._origins:
            return 403, "wrong origin"
        if given.get(b"sec-fetch-site", b"none") not in SAME_SITE:
            return 403, "wrong origin"
        if not hmac.compare_digest(given.get(b"authorization", b""), self._expected):
            return 401, "missing or wrong token; `whatworks serve --http` prints it"
        if method == "POST" and _media_type(given) != b"application/json":
            return 400, "the content type must be application/json"
        return None


def _media_type(headers: dict[bytes, bytes]) -> bytes:
    return headers.get(b"content-type", b"").partition(b";")[0].strip().lower()


async def _answer(send: "Send", status: int, reason: str) -> None:
    body = b'{"error":"%s"}' % reason.encode("ascii")
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="whatworks"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
