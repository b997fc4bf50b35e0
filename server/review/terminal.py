"""The terminal itself, at which a person sits: not stdin and stdout, which may be a pipe or a file."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from learning_core.errors import DecisionRefused

LONGEST_LINE = 4096
NO_TERMINAL = (
    "a person decides at a terminal, and this program has none. Run it yourself in a terminal window; "
    "no option, variable or pipe stands in for that"
)


class Left(Exception):
    """The person closed the input."""


class Terminal(Struct, frozen=True):
    """The terminal of this session; `name` and `user` are the system's, never the environment's."""

    name: str
    user: str
    keyboard: int
    screen: int

    def say(self, text: str = "") -> None:
        """Write lines."""
        _write(self.screen, f"{text}\n")

    def ask(self, question: str) -> str:
        """Return the line that the person types now; what was typed before the question is dropped. Raises Left."""
        _forget_typed(self.keyboard)
        _write(self.screen, question)
        return self._line()

    def ask_secret(self, question: str) -> str:
        """Return a line as `ask`, which the terminal does not show."""
        _forget_typed(self.keyboard)
        with _hidden(self.keyboard):
            _write(self.screen, question)
            line = self._line()
        self.say()
        return line

    def _line(self) -> str:
        line = b""
        while not line.endswith(b"\n"):
            read = os.read(self.keyboard, LONGEST_LINE)
            if not read or len(line) > LONGEST_LINE:
                raise Left
            line += read
        return line.decode("utf-8", "replace").strip()


@contextmanager
def person_at_terminal() -> Iterator[Terminal]:
    """Give the controlling terminal of this process. Raises DecisionRefused where there is none."""
    names = ("CONIN$", "CONOUT$") if sys.platform == "win32" else ("/dev/tty", "/dev/tty")
    opened: list[int] = []
    try:
        for name, flags in zip(names, (os.O_RDWR, os.O_RDWR), strict=True):
            opened.append(os.open(name, flags | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)))
        if not all(map(os.isatty, opened)):
            raise DecisionRefused(NO_TERMINAL)
        yield Terminal(_name(opened[0]), _user(), *opened)
    except OSError as error:
        if len(opened) == len(names):
            raise
        raise DecisionRefused(NO_TERMINAL) from error
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _write(screen: int, text: str) -> None:
    data = text.encode("utf-8", "backslashreplace")
    while data:
        data = data[os.write(screen, data) :]


if sys.platform == "win32":
    import msvcrt

    def _forget_typed(_keyboard: int) -> None:
        while msvcrt.kbhit():
            msvcrt.getwch()

    @contextmanager
    def _hidden(keyboard: int) -> Iterator[None]:
        import ctypes

        kernel = ctypes.windll.kernel32
        handle = msvcrt.get_osfhandle(keyboard)
        mode = ctypes.c_ulong()
        kernel.GetConsoleMode(handle, ctypes.byref(mode))
        kernel.SetConsoleMode(handle, mode.value & ~0x4)
        try:
            yield
        finally:
            kernel.SetConsoleMode(handle, mode.value)

    def _name(_descriptor: int) -> str:
        return "console"

    def _user() -> str:
        import getpass

        return getpass.getuser()

else:
    import termios

    def _forget_typed(keyboard: int) -> None:
        termios.tcflush(keyboard, termios.TCIFLUSH)

    @contextmanager
    def _hidden(keyboard: int) -> Iterator[None]:
        before = termios.tcgetattr(keyboard)
        silent = termios.tcgetattr(keyboard)
        silent[3] &= ~termios.ECHO
        termios.tcsetattr(keyboard, termios.TCSAFLUSH, silent)
        try:
            yield
        finally:
            termios.tcsetattr(keyboard, termios.TCSAFLUSH, before)

    def _name(descriptor: int) -> str:
        return os.ttyname(descriptor)

    def _user() -> str:
        import pwd

        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            return str(os.getuid())
