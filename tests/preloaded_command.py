"""The command as a process of its own, forked from one that has loaded everything: real, but started in no time.

The other side is `loaded_process.py`. Warnings are errors there, as they are in the tests.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).resolve().parents[1]
CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"
SET_AT_THE_START = ("PYTHON", "LANG", "LC_", "MALLOC_", "LD_")
"""Variables, by their beginning, that an interpreter reads only when it starts."""
AS_LOADED = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
"""Of those, what holds in the process that has loaded everything."""
NOT_SEEN = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
"""Of those, what makes no difference to who reads the output to its end."""
NO_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Only a process without threads can be forked safely."""

STAND_IN = """
import _socket, os, sys
from array import array
from json import dumps
line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
line.connect(sys.argv[1])
asked = dumps([sys.argv[2:], os.getcwd(), dict(os.environ), ""]).encode()
line.sendmsg([b"%9d" % len(asked)], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array("i", [0, 1, 2]))])
while asked:
    asked = asked[line.send(asked):]
for number in (0, 1):
    os.close(number)
code = int(line.recv(16) or -9)
if code < 0:
    os.kill(os.getpid(), -code)
os._exit(code)
"""
"""What has nothing loaded: it hands its arguments, folder, environment and streams over and ends as the command does.

It ends at once with the process that took its place, and that one ends when this one is killed.
"""


class Request(Struct, frozen=True):
    """One command: what follows its name, and where it is run."""

    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    first: str = ""
    """Code that the process runs before; it cannot replace what other modules hold already."""


def command() -> list[str]:
    """Return what to start, with the arguments of `whatworks` after it, where only a program can be named."""
    if not CAN_FORK:
        return [sys.executable, "-m", "server"]
    started = {name: value for name, value in os.environ.items() if name.startswith(SET_AT_THE_START)}
    return [sys.executable, "-I", "-S", "-c", STAND_IN, _loaded(_own({**started, **AS_LOADED}))]


def run(request: Request, seconds: float) -> "subprocess.CompletedProcess[bytes]":
    """Run the command to its end; one that an interpreter must be started for is started anew."""
    started = {name: value for name, value in request.environment.items() if name.startswith(SET_AT_THE_START)}
    if not CAN_FORK or any(os.environ.get(name) != value for name, value in _own(started)):
        return _started_anew(request, seconds)
    with (
        socket.socket(socket.AF_UNIX) as line,
        Path(os.devnull).open("rb") as given,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        line.settimeout(seconds)
        line.connect(_loaded(_own(started)))
        asked = json.dumps(
            [[*request.arguments], str(request.folder), dict(request.environment), request.first]
        ).encode()
        socket.send_fds(line, [b"%9d" % len(asked)], [given.fileno(), out.fileno(), err.fileno()])
        line.sendall(asked)
        code = int(line.recv(16))
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(request.arguments, code, out.read(), err.read())


def _own(started: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        sorted(
            (name, value) for name, value in started.items() if AS_LOADED.get(name) != value and name not in NOT_SEEN
        )
    )


def _started_anew(request: Request, seconds: float) -> "subprocess.CompletedProcess[bytes]":
    start = ["-c", f"{request.first}\nfrom server.cli.main import main\nmain()"] if request.first else ["-m", "server"]
    return subprocess.run(
        [sys.executable, *start, *request.arguments],
        cwd=request.folder,
        env=dict(request.environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        check=False,
    )


@cache
def _loaded(started: tuple[tuple[str, str], ...]) -> str:
    """Return where the process listens that has loaded everything in this environment; it ends with this one."""
    folder = tempfile.TemporaryDirectory(prefix="loaded-")
    address = str(Path(folder.name) / "line")
    others = {name: value for name, value in os.environ.items() if not name.startswith(SET_AT_THE_START)}
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen(64)
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "loaded_process.py"), str(listening.fileno())],
            pass_fds=[listening.fileno()],
            env={**others, **dict(started), **AS_LOADED, **NO_THREADS},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
    atexit.register(_end, process, folder)
    return address


def _end(process: "subprocess.Popen[bytes]", folder: "tempfile.TemporaryDirectory[str]") -> None:
    process.communicate()
    folder.cleanup()
