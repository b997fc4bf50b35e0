"""Runs the public suites on our server, fetched from npm and PyPI as needed (about 400 MB, kept for the next time).

    python -m tests.public_suites                  all of them, a few minutes
    python -m tests.public_suites fuzz bundle      some
    python -m tests.public_suites --if-reachable   passes over everything where a registry cannot be reached

Exits with 1 when one of them fails.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from tests.public_suites.fetched import Fetched, fetch
from tests.public_suites.wire import misfits

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "server" / "demo" / "samples"
BASELINE = Path(__file__).parent / "baseline.yml"
KEPT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whatworks-public-suites"
NOISE = "E102,E105,E107,W106,W108,W110,W115"
"""Lint rules that misread us: a choice of text and lists (E102), tools that name each other as the better choice
(E107), the size of output schemas, which no model is shown (W106, W115), the verb in compare_settings (W108); E105 and
W110 ask for what the protocol has no field for."""


class Suites(Struct, frozen=True):
    """The suites, each a method that returns whether it passed."""

    fetched: Fetched
    scratch: Path

    @property
    def whatworks(self) -> str:
        """A command that serves a library with the samples: what clients start gets no environment of ours."""
        script = self.scratch / "whatworks"
        if not script.exists():
            places = f"WHATWORKS_LIBRARY={self.scratch}/library WHATWORKS_CACHE={self.scratch}/cache PYTHONPATH={ROOT}"
            script.write_text(f'#!/bin/sh\nexport {places}\nexec {sys.executable} -m server "$@"\n', encoding="utf-8")
            script.chmod(0o755)
            run(str(script), "import", str(SAMPLES))
        return str(script)

    def conformance(self) -> bool:
        """The official suite, on both revisions."""
        with self._fixture_server() as address:
            command = [*self.fetched.conformance, "server", "--url", address, "--requirements"]
            out = ["-o", str(self.scratch / "conformance")]
            new = run(*command, "2026-07-28", *out)
            return run(*command, "2025-11-25", "--expected-failures", str(BASELINE), *out) and new

    def inspector(self) -> bool:
        """The Inspector: portable schemas, calls of both eras, the page."""
        calls = (
            ("tools/list", "--strict"),
            ("initialize", "--protocol-era", "modern"),
            ("tools/call", "--tool-name", "what_works", "--tool-arg", "subject=beach"),
            ("tools/call", "--tool-name", "summarize_trends", "--app-info", "--advertise-apps"),
            ("resources/read", "--uri", "whatworks://overview"),
        )
        command = [*self.fetched.inspector, self.whatworks, "serve", "--method"]
        return sum(run(*command, *call) for call in calls) == len(calls)

    def fuzz(self) -> bool:
        """The linter and the fuzzer of mcp-assert: no crash, no hang."""
        server = ["--server", f"{self.whatworks} serve"]
        linted = run(self.fetched.mcp_assert, "lint", *server, "--skip-rules", NOISE, "--strict")
        fuzzing = [*server, "--timeout", "10s", "--seed", "1", "--runs", "25"]
        return run(self.fetched.mcp_assert, "fuzz", *fuzzing) and linted

    def wire(self) -> bool:
        """Each result against the schema of the specification."""
        found = misfits([self.whatworks, "serve"], self.fetched.sdk / "schema")
        print(*found, sep="\n")
        return not found

    def bundle(self) -> bool:
        """The bundle's manifest, and the bundle itself, packed and read back."""
        bundle = self.scratch / "whatworks.mcpb"
        return (
            run(*self.fetched.mcpb, "validate", str(ROOT / "distribution" / "manifest.json"))
            and run(sys.executable, "-m", "distribution.bundle", str(bundle))
            and run(*self.fetched.mcpb, "unpack", str(bundle), str(self.scratch / "unpacked"))
            and run(*self.fetched.mcpb, "validate", str(self.scratch / "unpacked" / "manifest.json"))
            and run(*self.fetched.mcpb, "info", str(bundle))
        )

    @contextmanager
    def _fixture_server(self) -> Iterator[str]:
        port = free_port()
        command = [sys.executable, "-m", "tests.public_suites.fixture_server", str(port), str(self.fetched.sdk)]
        server = subprocess.Popen(command, cwd=ROOT, stderr=(self.scratch / "fixtures.log").open("wb"))
        try:
            wait_for(port, server)
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            server.kill()
            server.wait(timeout=20)


NAMES = ("conformance", "inspector", "fuzz", "wire", "bundle")


def run(*command: str) -> bool:
    """Run a command and tell whether it ended well; shows the end of what it said."""
    print("$", *command, flush=True)
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        timeout=900, encoding="utf-8", errors="replace",
    )  # fmt: skip
    print("\n".join(done.stdout.splitlines()[-12:]), f"\n→ {done.returncode}\n", flush=True)
    return done.returncode == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Wait until somebody listens; raises RuntimeError when the server ends first."""
    while server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server with the fixtures ended at once; see fixtures.log")


def main() -> int:
    """Run what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.public_suites")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(NAMES))
    parser.add_argument("--folder", type=Path, default=KEPT, help=f"for what is fetched (default {KEPT})")
    parser.add_argument("--if-reachable", action="store_true", help="no failure where a registry cannot be reached")
    given = parser.parse_args()
    unknown = set(given.suites) - set(NAMES)
    if unknown:
        parser.error(f"there is no suite {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    try:
        fetched = fetch(given.folder)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"The suites cannot be fetched: {error}")
        return 0 if given.if_reachable else 1
    with tempfile.TemporaryDirectory(prefix="whatworks-suites-") as scratch:
        suites = Suites(fetched, Path(scratch))
        passed = {name: _try(getattr(suites, name)) for name in given.suites or NAMES}
    for name, ok in passed.items():
        print(f"{name:12} {'passed' if ok else 'FAILED'}")
    return 0 if all(passed.values()) else 1


def _try(suite: Callable[[], bool]) -> bool:
    try:
        return suite()
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
        print(error)
        return False


if __name__ == "__main__":
    sys.exit(main())
