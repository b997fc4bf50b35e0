"""A person at a terminal: a command with a pseudo-terminal of its own as its controlling terminal, and keys typed."""

import os
import re
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SECONDS = 60
_START = (
    "import fcntl, termios, sys; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "from server.cli.main import main; main(sys.argv[1:])"
)


class PersonAtTerminal:
    """Runs a command, waits for what it shows, and answers; `shown` is all that stood on the screen."""

    def __init__(self, *arguments: str, folder: Path, environment: Mapping[str, str]) -> None:
        self._keyboard, terminal = os.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, *arguments],
            cwd=folder,
            env=dict(environment),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        self.shown = ""
        self._read_to = 0

    def wait_for(self, text: str) -> str:
        """Return what is shown up to and with a text that was not waited for before."""
        while text not in self.shown[self._read_to :]:
            if not self._more():
                raise AssertionError(f"{text!r} never came; shown was:\n{self.shown}")
        end = self.shown.index(text, self._read_to) + len(text)
        part, self._read_to = self.shown[self._read_to : end], end
        return part

    def type(self, line: str) -> None:
        os.write(self._keyboard, line.encode() + b"\n")

    def answer(self, question: str, line: str) -> str:
        part = self.wait_for(question)
        self.type(line)
        return part

    def seal_end(self) -> str:
        """Return the last six characters of the seal that was shown last."""
        found: str = re.findall(r"Seal +([0-9a-f]{58}) ([0-9a-f]{6})", self.shown)[-1][1]
        return found

    def code(self) -> int:
        """Return how the command ended."""
        while self._more():
            pass
        os.close(self._keyboard)
        return self._process.wait(SECONDS)

    def _more(self) -> bool:
        ready, _, _ = select.select([self._keyboard], [], [], SECONDS)
        if not ready:
            self._process.kill()
            return False
        try:
            data = os.read(self._keyboard, 65536)
        except OSError:
            return False
        self.shown += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)
