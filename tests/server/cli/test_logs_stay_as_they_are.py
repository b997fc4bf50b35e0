"""No command ever truncates, rewrites, reorders or deletes a log: at most it appends to our own."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from learning_core.profiles.configured import add_model_folder
from server.cli.main import VERBS

SAMPLES = Path(__file__).resolve().parents[3] / "server" / "demo" / "samples"
COMMANDS = [
    ("import", "pictures"),
    ("import", "library.tar"),
    ("import", "stranger.tar.gz"),
    ("ask", "beach"),
    ("trends", "--split", "checkpoint"),
    ("feedback", "beach"),
    ("compare", "steps:20..25", "steps:30..40"),
    ("drivers", "beach"),
    ("pairs", "keyword", "checkpoint"),
    ("recommend", "a beach at dusk"),
    ("profiles", "add", "pictures"),
    ("profiles", "explain", "coastlineXL_v3"),
    ("plan", "propose", "beach"),
    ("plan", "list"),
    ("plan", "scan"),
    ("plan", "next", "PLAN"),
    ("plan", "conclude", "PLAN"),
    ("plan", "export", "PLAN", "steps.csv", "--format", "csv"),
    ("embed",),
    ("records",),
    ("rate", "REF", "--stars", "2", "--tag", "keeper"),
    ("rate", "REF", "--undo"),
    ("draft", "coastlineXL_v3", "--subject", "beach"),
    ("review", "--list"),
    ("undo",),
    ("export", "records.csv"),
    ("export", "again.tar.gz"),
    ("doctor", "--deep"),
    ("doctor", "--repair", "copies"),
    ("paths",),
    ("audit",),
    ("serve",),
    ("install", "cursor", "--yes"),
]


def _logs(command: Any) -> dict[str, bytes]:
    log = command.library / "log"
    return {path.name: path.read_bytes() for path in sorted(log.iterdir()) if path.suffix != ".lock"}


@pytest.fixture(scope="module")
def damaged(filled_once: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A library with a foreign log, bad lines and a torn end, and archives of it and of another."""
    folder = tmp_path_factory.mktemp("damaged")
    command = type(filled_once)(folder / "home", folder / "library", folder / "cache", folder / "temporary")
    command.home.mkdir()
    command.temporary.mkdir()
    shutil.copytree(filled_once.library, command.library)
    shutil.copytree(SAMPLES, command.home / "pictures")
    (command.home / "models").mkdir()
    (command.home / "models" / "coastlineXL_v3.safetensors").touch()
    add_model_folder(command.library, command.home / "models")
    lines = [json.dumps({"job_id": f"pipeline-{number}"}) for number in range(3)]
    torn = "\n".join([lines[0], "not json", lines[1], lines[2], "", "{}", '{"job_id": "torn'])
    (command.library / "log" / "pipeline.jsonl").write_text(torn, encoding="utf-8")
    assert command.run("export", "library.tar").code == 0
    other = {"WHATWORKS_LIBRARY": str(folder / "other"), "WHATWORKS_CACHE": str(folder / "cache other")}
    assert command.run("import", "pictures/a1111", **other).code == 0
    assert command.run("export", "stranger.tar.gz", **other).code == 0
    return command


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_at_most_appends(words: tuple[str, ...], damaged: Any) -> None:
    before = _logs(damaged)
    known = {"REF": damaged.first_ref(), "PLAN": "plan-"}
    ended = damaged.run(*(known.get(word, word) for word in words))
    assert ended.code == 0, ended
    after = _logs(damaged)
    for name, content in before.items():
        assert after[name].startswith(content), name
    changed = {name for name, content in before.items() if after[name] != content}
    assert changed <= ({"whatworks.jsonl"} if words[0] in ("rate", "import", "plan") else set())
    assert words[0] == "import" or after.keys() == before.keys()


def test_every_command_but_the_demo_with_its_own_library_is_among_them() -> None:
    assert {words[0] for words in COMMANDS} == set(VERBS) - {"demo"}
