"""A process that has loaded everything and forks for each command it is asked for: see `preloaded_command.py`."""

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import selectors
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TextIO

ROOT = Path(__file__).resolve().parents[1]
STANDARD_INPUT = 0


class LoadedProcess:
    """Answers each connection, which brings a request and three streams, with the exit code of the command."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._running: dict[int, socket.socket] = {}
        self._ended, self._told = socket.socketpair()
        self._told.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._told.fileno(), warn_on_full_buffer=False)
        self._waiting = selectors.DefaultSelector()
        for each in (STANDARD_INPUT, self._listening, self._ended):
            self._waiting.register(each, selectors.EVENT_READ)

    def serve(self) -> None:
        """Fork for each request until nobody holds the other end of the standard input."""
        while True:
            for key, _ in self._waiting.select():
                if key.fileobj == STANDARD_INPUT:
                    return self._close()
                if key.fileobj is self._listening:
                    self._begin()
                elif key.fileobj is self._ended:
                    self._tell_who_ended()
                else:
                    os.kill(key.data, signal.SIGKILL)
                    self._waiting.unregister(key.fileobj)

    def _begin(self) -> None:
        line, _ = self._listening.accept()
        size, streams, *_ = socket.recv_fds(line, 9, 3)
        asked = b""
        while len(asked) < int(size):
            asked += line.recv(int(size) - len(asked))
        child = os.fork()
        if child == 0:
            line.close()
            self._close()
            _become(asked, streams)
        for each in streams:
            os.close(each)
        self._running[child] = line
        self._waiting.register(line, selectors.EVENT_READ, child)

    def _tell_who_ended(self) -> None:
        self._ended.recv(4096)
        while self._running:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            with self._running.pop(child) as line:
                if line in self._waiting.get_map():
                    self._waiting.unregister(line)
                    line.send(str(os.waitstatus_to_exitcode(status)).encode())

    def _close(self) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._waiting.close()
        for each in (self._listening, self._ended, self._told, *self._running.values()):
            each.close()


def _become(asked: bytes, streams: Sequence[int]) -> None:
    """Take the place of the command in this process; it ends as the command does."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdout = sys.__stdout__ = _opened_anew(sys.stdout)
    sys.stderr = sys.__stderr__ = _opened_anew(sys.stderr)
    arguments, folder, environment, first = json.loads(asked)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    sys.argv = [str(ROOT / "server" / "__main__.py"), *arguments]
    from server.cli.main import main

    try:
        exec(first, {})  # noqa: S102 - what a test plants
        main()
    except SystemExit as ended:
        _end(int(ended.code or 0))


def _end(code: int) -> NoReturn:
    """End as an interpreter does, but do not take apart what is loaded: that would copy all of it."""
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    gc.collect()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _opened_anew(stream: TextIO) -> TextIO:
    """Return what Python makes of a stream at its start, when it finds out whether it can be sought in."""
    return io.TextIOWrapper(
        open(stream.fileno(), "wb", closefd=False),
        encoding=stream.encoding,
        errors=stream.errors,
        newline="\n",
        line_buffering=stream is sys.stderr,
    )


def _load_everything() -> None:
    for package in ("learning_core", "server"):
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    # What is loaded stays: a forked process that looked for garbage in it would copy all of it.
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _load_everything()
    LoadedProcess(socket.socket(fileno=int(sys.argv[1]))).serve()
