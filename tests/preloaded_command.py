"""The command as a process of its own, forked from one that has loaded everything: real, but started in no time.

Run as a script it is that one: it answers each request with how the forked process ended.
"""

import atexit
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SET_AT_THE_START = ("PYTHON", "LANG", "LC_", "MALLOC_", "LD_")
"""Variables, by their beginning, that an interpreter reads only when it starts."""


@dataclass(frozen=True)
class Request:
    """One command: what follows its name, and where it is run."""

    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]


@dataclass
class _Loaded:
    """The process that has loaded everything, and how to ask it."""

    process: "subprocess.Popen[bytes]"
    line: socket.socket
    environment: dict[str, str] = field(default_factory=dict)


def run(request: Request, seconds: float) -> "subprocess.CompletedProcess[bytes]":
    """Run the command to its end; one that an interpreter must be started for is started anew."""
    started = {name: value for name, value in request.environment.items() if name.startswith(SET_AT_THE_START)}
    if not hasattr(os, "fork") or sys.platform == "darwin":
        return _started_anew(request, seconds)
    loaded = _loaded(tuple(sorted(started.items())))
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        asked.write(json.dumps([*request.arguments]).encode())
        asked.write(b"\n" + json.dumps(str(request.folder)).encode())
        asked.write(b"\n" + json.dumps(dict(request.environment)).encode())
        asked.flush()
        asked.seek(0)
        loaded.line.settimeout(seconds)
        socket.send_fds(loaded.line, [b"r"], [asked.fileno(), out.fileno(), err.fileno()])
        code = int(loaded.line.recv(16))
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(request.arguments, code, out.read(), err.read())


def _started_anew(request: Request, seconds: float) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "server", *request.arguments],
        cwd=request.folder,
        env=dict(request.environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        check=False,
    )


@cache
def _loaded(started: tuple[tuple[str, str], ...]) -> _Loaded:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__)), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, **dict(started), "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    atexit.register(_end, ours, process)
    return _Loaded(process, ours)


def _end(line: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    line.close()
    process.wait()


def _serve(line: socket.socket) -> None:
    """Fork for each request until the other side is gone."""
    for package in ("learning_core", "server"):
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    while True:
        asked, files, *_ = socket.recv_fds(line, 1, 3)
        if not asked:
            return
        child = os.fork()
        if child == 0:
            line.close()
            _become(files)
        for each in files:
            os.close(each)
        _, status = os.waitpid(child, 0)
        line.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(files: Sequence[int]) -> None:
    """Take the place of the command in this process; it ends as the command does."""
    asked, out, err = files
    os.dup2(out, 1)
    os.dup2(err, 2)
    with os.fdopen(asked, "rb") as file:
        arguments, folder, environment = map(json.loads, file)
    os.close(out)
    os.close(err)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    sys.argv = [str(ROOT / "server" / "__main__.py"), *arguments]
    from server.cli.main import main

    main()
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _serve(socket.socket(fileno=int(sys.argv[1])))
