"""What the public suites need and we do not ship: Node and its packages, the SDK's sources, mcp-assert."""

import subprocess
import sys
import tarfile
from pathlib import Path

from msgspec import Struct

NODE_PACKAGES = (
    "node@22.23.3",
    "@modelcontextprotocol/conformance@0.2.0-alpha.12",
    "@modelcontextprotocol/inspector@2.12.0",
    "@anthropic-ai/mcpb@2.1.2",
)
SDK = "mcp==2.3.0"
FUZZER = "mcp-assert==0.12.3"


class Fetched(Struct, frozen=True):
    """Where everything lies; `folder` may be kept between runs."""

    folder: Path

    @property
    def node(self) -> str:
        """Node 22, whatever the machine has."""
        return str(self.folder / "node_modules" / ".bin" / "node")

    @property
    def conformance(self) -> list[str]:
        """The conformance suite's command."""
        return [self.node, str(self._module("@modelcontextprotocol/conformance/dist/index.js"))]

    @property
    def inspector(self) -> list[str]:
        """The Inspector's command without a window."""
        return [
            self.node,
            str(self._module("@modelcontextprotocol/inspector/clients/launcher/build/index.js")),
            "--cli",
        ]

    @property
    def mcpb(self) -> list[str]:
        """The bundle tool's command."""
        return [self.node, str(self.folder / "node_modules" / ".bin" / "mcpb")]

    @property
    def mcp_assert(self) -> str:
        """The linter and fuzzer."""
        return str(self.folder / "assert" / "bin" / "mcp-assert")

    @property
    def sdk(self) -> Path:
        """The SDK's source archive, unpacked."""
        return self.folder / "sdk" / SDK.replace("==", "-")

    def _module(self, path: str) -> Path:
        return self.folder / "node_modules" / path


def fetch(folder: Path) -> Fetched:
    """Return everything, fetched from npm and PyPI where it is not there yet; raises CalledProcessError."""
    found = Fetched(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not Path(found.node).exists():
        (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        _run("npm", "install", "--no-audit", "--no-fund", "--save-exact", *NODE_PACKAGES, cwd=folder)
    if not found.sdk.exists():
        sources = ("--no-deps", "--no-binary", "mcp", SDK, "-d", folder / "sdk")
        _run(sys.executable, "-m", "pip", "download", "-q", *sources, cwd=folder)
        with tarfile.open(found.sdk.with_name(f"{found.sdk.name}.tar.gz")) as archive:
            archive.extractall(folder / "sdk", filter="data")
    if not Path(found.mcp_assert).exists():
        _run(sys.executable, "-m", "venv", folder / "assert", cwd=folder)
        _run(folder / "assert" / "bin" / "pip", "install", "-q", FUZZER, cwd=folder)
    return found


def _run(*command: str | Path, cwd: Path) -> None:
    subprocess.run([str(part) for part in command], cwd=cwd, check=True, stdin=subprocess.DEVNULL)
