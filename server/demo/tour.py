"""The guided tour: import the samples, ask over MCP, show the answer beside the truth."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from server.demo import truth, words
from server.terminal.answer import compared
from server.terminal.layout import heading, paragraph
from server.terminal.output import print_text, remark
from server.terminal.progress import import_bar

if TYPE_CHECKING:
    from learning_core.library import Library
    from server.demo.conversation import Conversation

FORMATS = (("a1111", "images of A1111"), ("comfyui", "images of ComfyUI"))
MADE_AT = 1_760_000_000
"""Epoch seconds that the first sample seems to be of, each further one a minute later."""


def show_tour(*, keep: bool) -> int:
    """Run the tour and print it; return the exit code."""
    with _folder(keep=keep) as folder:
        _tour(folder)
        print_text(_closing(folder if keep else None))
    return 0


@contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="whatworks-demo-"))
    try:
        yield folder
    except BaseException:
        if keep:
            remark(f"The demo stopped; what it made is in {folder}")
        raise
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _tour(folder: Path) -> None:
    from server.demo.conversation import converse

    cache_root = folder / "cache"
    library = _library(folder / "library", cache_root)
    print_text(_welcome())
    _import_samples(library, copy_samples(folder / "samples"))
    print_text(heading("2. An assistant asks"))
    spoken = converse(library.root, cache_root, truth.SUBJECT, folder / "server-stderr.txt")
    print_text(_conversation(spoken))
    print_text(heading("3. Was it right?"))
    print_text(_truth(spoken))
    print_text(heading("What just happened"))
    print_text(_what_happened())


def _library(root: Path, cache_root: Path) -> "Library":
    from learning_core.library import locate
    from learning_core.variables import CACHE_VARIABLE

    environment = {CACHE_VARIABLE: str(cache_root)}
    return locate(root, environment=environment, data_folder=root, cache_folder=cache_root)


def _welcome() -> str:
    return "\n".join(
        [
            "whatworks demo",
            "==============",
            paragraph(
                "Imports sample images and ratings into a temporary library, starts the MCP server as a "
                "child process, and asks it the question that whatworks is for."
            ),
        ]
    )


def copy_samples(folder: Path) -> Path:
    """Copy the samples to a folder that is not there yet, and return it.

    Images without a date are dated by their file, and equal ones are listed by date: with the times of an
    installation every machine would show other records.
    """
    with as_file(files("server.demo") / "samples") as samples:
        shutil.copytree(samples, folder, copy_function=shutil.copyfile)
    for number, path in enumerate(sorted(path for path in folder.rglob("*") if path.is_file())):
        os.utime(path, (MADE_AT + 60 * number, MADE_AT + 60 * number))
    return folder


def _import_samples(library: "Library", samples: Path) -> None:
    from learning_core.importers.run import import_paths

    print_text(heading("1. Import"))
    for name, what in FORMATS:
        print_text(f"  samples/{name}/  {sum(1 for _ in (samples / name).iterdir())} {what}")
    records = samples / "stablenew" / "learning_records.jsonl"
    lines = len(records.read_bytes().splitlines())
    print_text(f"  samples/stablenew/learning_records.jsonl  {lines} ratings of StableNew")
    with import_bar() as progress:
        report = import_paths(library, [samples], progress=progress)
    print_text(paragraph(report.summary(), "  "))


def _conversation(spoken: "Conversation") -> str:
    lines = [
        f"  The server runs as a child process over stdio, protocol {spoken.protocol}, and offers",
        words.tools(spoken.tools),
        "",
        f'  > what_works(subject="{truth.SUBJECT}")',
        "",
        compared(spoken.answer),
    ]
    if spoken.record is not None:
        lines += [
            "",
            f'  > get_item(refs=["{spoken.record.ref}"])     one of the images behind the first line',
            "",
            words.record(spoken.record),
        ]
    return "\n".join(lines)


def _truth(spoken: "Conversation") -> str:
    return "\n".join(
        [
            paragraph(
                "The samples were made for this demo, so the truth about beach prompts is known:",
                "  ",
            ),
            words.comparison(spoken.answer),
        ]
    )


def _what_happened() -> str:
    return paragraph(
        "The ratings of three programs went into one append-only log, and an index was made from it. A "
        "server in a process of its own counted them for one question: no model, no network, and every "
        "number leads back to the images it rests on.",
        "  ",
    )


def _closing(kept: Path | None) -> str:
    lines = [
        heading("Now with your own"),
        "  whatworks import PATH          a folder of images or a records file; it is only read",
        "  whatworks ask beach            the same question, about your images",
        "  whatworks serve                what your MCP client starts; see the README",
        "",
    ]
    if kept is None:
        lines.append("Nothing was left behind.")
    else:
        library = kept / "library"
        lines += [
            f"Kept in {kept}; try: whatworks --library {library} ask beach",
            "Delete the folder when done.",
        ]
    return "\n".join(lines)
