"""Where crashes go: the way through our code to a file and stderr, a number to the model, no private text."""

import logging
import os
import secrets
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

LOG_BYTES = 1_000_000

logger = logging.getLogger("whatworks")


class CrashLog:
    """Appends crashes to one file, readable by its owner alone; it starts over at 1 MB."""

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        self.path = path
        self.now = now

    def write(self, crash: BaseException, tool: str) -> str:
        """Record a crash and return its id, 8 hex digits.

        The message of an exception may quote a prompt, so only its type and the lines of code are kept.
        """
        number = secrets.token_hex(4)
        moment = datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="seconds")
        report = f"{moment} crash {number} in {tool}\n{''.join(_frames(crash))}"
        logger.error("%s", report.rstrip())
        try:
            self._append(report)
        except OSError as error:
            logger.warning("crash %s could not be kept in a file: %s", number, error.strerror)
        return number

    def _append(self, report: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(self.path, flags, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            if file.tell() > LOG_BYTES:
                file.truncate(0)
            file.write(report)


def _frames(crash: BaseException) -> list[str]:
    lines: list[str] = []
    link: BaseException | None = crash
    while link is not None and len(lines) < 200:
        lines.append(f"{type(link).__module__}.{type(link).__qualname__} (its text is withheld)\n")
        lines.extend(traceback.format_tb(link.__traceback__))
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return lines
