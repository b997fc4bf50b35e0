"""How a command ends: done 0, expected error 1, wrong usage 2, bug 3, interrupted 130."""

import os
import sys
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from pathlib import Path

FAILED = 1
BUG = 3
INTERRUPTED = 130


def run_to_its_end(command: click.Command, arguments: list[str]) -> int:
    """Run a command and return its exit code; no error leaves here, no traceback reaches the terminal."""
    _prepare(sys.stdout)
    _prepare(sys.stderr)
    try:
        code = command.main(arguments, prog_name="whatworks", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _say("Interrupted.", INTERRUPTED)
    except BrokenPipeError:
        _silence_stdout()
        return FAILED
    except OSError as error:
        return _say(_of_the_system(error), FAILED)
    except Exception as error:  # noqa: BLE001 - the outermost handler: everything unexpected becomes a report
        return _end_badly(error, arguments)
    return code if isinstance(code, int) else 0


def _prepare(stream: TextIO) -> None:
    """Let every character pass: what the terminal cannot show is escaped, and pipes and files get UTF-8."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    if stream.isatty() or os.environ.get("PYTHONIOENCODING"):
        reconfigure(errors="backslashreplace")
    else:
        reconfigure(encoding="utf-8", errors="backslashreplace")


def _end_badly(error: Exception, arguments: list[str]) -> int:
    # Imported here: most runs end without an error, and the core costs start-up time.
    from learning_core.errors import WhatworksError

    if isinstance(error, WhatworksError):
        return _say(f"Error: {_visible(str(error))}", FAILED)
    report = _write_report(error, arguments)
    return _say(
        f"whatworks met a fault of its own: {type(error).__name__}. Nothing already saved is lost.\n"
        f"The details are in {report}; please pass them on (they may hold file names and prompts).",
        BUG,
    )


def _visible(text: str) -> str:
    from server.untrusted import visible

    return "\n".join(visible(line) for line in text.split("\n"))


def _of_the_system(error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    where = f"{_visible(os.fsdecode(error.filename))}: " if isinstance(error.filename, (str, bytes)) else ""
    return f"Error: {where}{reason}."


def _write_report(error: Exception, arguments: list[str]) -> "Path | str":
    import platform
    import tempfile
    import time
    import traceback
    import uuid
    from pathlib import Path

    from server.place import reports_folder
    from server.release import version

    text = "\n".join(
        [
            f"whatworks {version()}, Python {platform.python_version()}, {platform.platform()}",
            f"arguments: {arguments!r}",
            "",
            *traceback.format_exception(error),
        ]
    )
    name = f"fault-{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}.txt"
    for folder in (reports_folder(), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = folder / name
            with open(path, "x", encoding="utf-8", errors="backslashreplace", opener=_for_the_owner) as report:
                report.write(text)
        except OSError:
            continue
        return path
    return "no file, because neither the cache nor the temporary folder can be written"


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _say(sentence: str, code: int) -> int:
    click.echo(sentence, err=True)
    return code


def _silence_stdout() -> None:
    """Keep the interpreter from flushing into the closed pipe when it exits."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return
