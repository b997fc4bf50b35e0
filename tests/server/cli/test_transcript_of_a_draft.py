"""The transcript in docs/drafts.md is what a person sees, from beach images to a changed profile and back."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from decisions import sidecar
from drafted_library import MODEL, drafted_library
from person_at_terminal import PersonAtTerminal

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "docs" / "drafts.md"


class Shell:
    """Runs commands one after the other and keeps what stood on the screen."""

    def __init__(self, folder: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WHATWORKS_", "PYTHON"))}
        self._folder = folder
        self._environment = {
            **kept, "PYTHONPATH": str(ROOT), "WHATWORKS_LIBRARY": str(folder / "library"),
            "WHATWORKS_CACHE": str(folder / "cache"), "COLUMNS": "97",
        }  # fmt: skip
        self.screen = ""

    def run(self, *words: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "server", *words], cwd=self._folder, env=self._environment,
            capture_output=True, encoding="utf-8", check=True, timeout=120,
        )  # fmt: skip
        self.screen += f"$ whatworks {' '.join(words)}\n{done.stdout}\n"

    def decide(self, *words: str, answer: str = "") -> None:
        person = PersonAtTerminal(*words, folder=self._folder, environment=self._environment)
        if answer:
            person.answer("or quit? ", answer)
        person.wait_for("characters of the seal: ")
        person.type(person.seal_end())
        assert person.code() == 0, person.shown
        self.screen += f"$ whatworks {' '.join(words)}\n{person.shown}\n"


def whole_way(folder: Path) -> str:
    """Return the screen of the whole way; what differs from run to run is replaced."""
    library = drafted_library(folder)
    before = sidecar(library).read_bytes()
    shell = Shell(folder)
    shell.run("ask", "beach", "--where", f"checkpoint:{MODEL}", "--by", "sampler")
    shell.run("profiles", "explain", MODEL)
    shell.run("draft", MODEL, "--subject", "beach")
    shell.decide("review", answer="approve")
    shell.run("profiles", "explain", MODEL)
    shell.decide("undo")
    assert sidecar(library).read_bytes() == before
    shell.run("doctor")
    screen = re.sub(
        r"made \S+ by whatworks draft, called by whatworks \S+", "made TODAY by whatworks draft", shell.screen
    )
    seal = re.search(r"Seal +([0-9a-f]{58}) ([0-9a-f]{6})", screen)
    assert seal is not None
    screen = re.sub(r"library-[0-9a-f]{16}", "library-0123456789abcdef", screen)
    screen = screen.replace(seal[1], "5" * 58).replace(seal[2], "e4c0de").replace(str(folder), "~")
    return "\n".join(line.rstrip() for line in screen.strip().split("\n"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals of POSIX")
def test_the_transcript_is_what_is_shown(tmp_path: Path) -> None:
    found = re.search(r"<!-- transcript -->\n```\n(.*?)\n```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    assert whole_way(tmp_path) == found[1]
