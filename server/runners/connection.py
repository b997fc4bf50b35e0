"""One connection to one server: no redirects, no proxies, bounded answers, and a sentence for whatever goes wrong."""

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx2

from learning_core.errors import (
    NotThatServer,
    ServerOutOfMemory,
    ServerRefused,
    ServerSlow,
    ServerUnreachable,
    Unreadable,
)
from learning_core.text.json_text import load_json
from server.runners.address import Address

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
ANSWER_BYTES = 256 * 1024 * 1024
"""Largest answer that is read: a picture of 100 megapixels, as text."""

SAID_CHARACTERS = 300
OUT_OF_MEMORY = ("out of memory", "outofmemory", "not enough memory", "allocation on device")


class Connection:
    """Calls one server under the address that a person named; `name` is how sentences call it."""

    def __init__(self, name: str, address: Address) -> None:
        self.name = f"{name} at {address}"
        self._client = httpx2.Client(
            base_url=str(address),
            auth=(address.user, address.password) if address.user else None,
            timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            # Without https there is no certificate to verify, and reading those of the system takes time.
            verify=address.scheme == "https",
            trust_env=False,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, what: str) -> Any:
        """Return the JSON at a path; `what` names it in sentences. Raises ImageServerError."""
        return self._json(self._call("GET", path, what))

    def post(self, path: str, body: object, what: str, *, seconds: float = ANSWER_SECONDS) -> Any:
        """Send JSON and return the JSON that comes back, None when nothing does. Raises ImageServerError."""
        data = self._call("POST", path, what, seconds=seconds, content=json.dumps(body).encode())
        return self._json(data) if data.strip() else None

    def upload(self, path: str, name: str, content: bytes, what: str) -> Any:
        """Send a file as a form does; otherwise as `post`."""
        return self._json(self._call("POST", path, what, files={"image": (name, content)}, data={"overwrite": "true"}))

    def fetch(self, path: str, parameters: Mapping[str, str], what: str) -> bytes:
        """Return the bytes at a path. Raises ImageServerError."""
        return self._call("GET", path, what, params=dict(parameters))

    def _json(self, data: bytes) -> Any:
        try:
            return load_json(data, what="its answer")
        except Unreadable as error:
            raise NotThatServer(self.name, str(error)) from error

    def _call(self, method: str, path: str, what: str, *, seconds: float = ANSWER_SECONDS, **sent: Any) -> bytes:
        timeout = httpx2.Timeout(seconds, connect=CONNECT_SECONDS)
        if "content" in sent:
            sent["headers"] = {"Content-Type": "application/json"}
        try:
            with self._client.stream(method, path, timeout=timeout, **sent) as response:
                data = self._read(response, what)
        except httpx2.ConnectTimeout as error:
            raise ServerUnreachable(self.name, f"no answer within {CONNECT_SECONDS:g} seconds") from error
        except httpx2.TimeoutException as error:
            raise ServerSlow(self.name, f"answered {what}", seconds) from error
        except httpx2.HTTPError as error:
            raise ServerUnreachable(self.name, _reason(error)) from error
        self._check(response, data, what)
        return data

    def _read(self, response: httpx2.Response, what: str) -> bytes:
        data = bytearray()
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) > ANSWER_BYTES:
                raise NotThatServer(self.name, f"{what} is larger than {ANSWER_BYTES // 1024 // 1024} MB")
        return bytes(data)

    def _check(self, response: httpx2.Response, data: bytes, what: str) -> None:
        if response.is_success:
            return
        if response.is_redirect:
            raise NotThatServer(self.name, f"it sends {what} to another address, and redirects are not followed")
        said = said_by(data)
        if is_out_of_memory(said):
            raise ServerOutOfMemory(self.name, what)
        raise ServerRefused(self.name, what, f"HTTP {response.status_code}" + (f", {said}" if said else ""))


def said_by(data: bytes) -> str:
    """Return what an error's body says, in one short line; empty for a web page or for nothing."""
    try:
        value = load_json(data, what="error")
    except Unreadable:
        text = data[:2000].decode("utf-8", "replace")
        return "" if "<" in text else one_line(text)
    return one_line("; ".join(_words(value)))


def one_line(text: str) -> str:
    """Return foreign words as one line of at most SAID_CHARACTERS, without a full stop at its end."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= SAID_CHARACTERS else f"{line[: SAID_CHARACTERS - 1]}…"


def is_out_of_memory(said: str) -> bool:
    """Tell whether an error's words are about memory."""
    return any(words in said.casefold() for words in OUT_OF_MEMORY)


def _words(value: Any) -> list[str]:
    """Return the texts under the keys that both programs use for their errors, each once."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, list):
        return [word for part in value[:5] for word in _words(part)]
    if not isinstance(value, dict):
        return []
    found: list[str] = []
    for key in ("error", "message", "detail", "details", "errors", "msg", "exception_message"):
        found += [word for word in _words(value.get(key)) if word not in found]
    # ComfyUI says under the number of a node what is wrong with it.
    nodes = value.get("node_errors")
    return found + (_words(list(nodes.values())) if isinstance(nodes, dict) else [])


def _reason(error: httpx2.HTTPError) -> str:
    if isinstance(error, httpx2.ConnectError):
        return "nobody listens there"
    return one_line(str(error)) or type(error).__name__
