"""The address of a server, as a person named it: nothing else is ever called."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from learning_core.errors import AddressRefused

_PORTS = {"http": 80, "https": 443}


class Address(Struct, frozen=True):
    """Scheme, host, port and path of a server, and the name and password that it wants, if any."""

    scheme: str
    host: str
    port: int
    path: str = ""
    user: str = ""
    password: str = ""

    def __str__(self) -> str:
        """Return the address for people, without name and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def is_loopback(self) -> bool:
        """Tell whether the address cannot leave this computer."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def address(written: str, *, elsewhere: bool = False) -> Address:
    """Return the address that was written, `127.0.0.1:8188` or a whole URL; raises AddressRefused.

    Another computer than this one is refused unless `elsewhere`.
    """
    parts, port = _parts(written if "://" in written else f"http://{written}")
    shown = parts.hostname or written
    if parts.scheme not in _PORTS or not parts.hostname:
        raise AddressRefused(shown, "an address looks like http://127.0.0.1:8188")
    if parts.query or parts.fragment:
        raise AddressRefused(shown, "an address ends before ? and #")
    found = Address(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        path=parts.path.rstrip("/"),
        user=parts.username or "",
        password=parts.password or "",
    )
    if not (found.is_loopback or elsewhere):
        raise AddressRefused(
            str(found), "it is another computer, to which prompts and settings would go; allow that with --elsewhere"
        )
    return found


def _parts(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("This address", f"it cannot be read ({error})") from error
    return parts, port
