"""A decision that is killed at any system call: the sidecar is old or new, and the next review finishes it once."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from drafted_library import SIDECAR, drafted_library, propose

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, os, shutil, signal, sys
from collections.abc import Callable
from pathlib import Path
from decisions import AT, PERSON, seal_end, the_draft
from learning_core.audit import AuditChain
from learning_core.deciding.deciding import Deciding
from learning_core.drafts.history import history
from learning_core.library import Library

folder, sidecar = Path(sys.argv[1]), Path(sys.argv[1], "models", sys.argv[2])
library = Library(folder / "library", folder / "cache")
made = the_draft(library)
end = seal_end(library, made)
verbs = {"approve": Deciding(library).approve, "undo": Deciding(library).undo}
NOTEWORTHY = ("open", "os.rename", "os.remove", "os.link", "os.chmod", "os.mkdir")

def killed_at(verb, call):
    child = os.fork()
    if not child:
        seen = 0
        def hook(event, arguments):
            nonlocal seen
            seen += event in NOTEWORTHY
            if seen == call:
                os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(hook)
        verbs[verb](made.ref, end, PERSON, at=AT)
        os._exit(0)
    return os.waitpid(child, 0)[1] != 0

def state():
    return [(path.relative_to(folder), path.read_bytes()) for name in ("library", "models")
            for path in sorted((folder / name).rglob("*")) if path.is_file()]

def put_back(files):
    for name in ("library", "models"):
        shutil.rmtree(folder / name)
    for path, content in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)

def sweep(verb, old, new):
    counts = {"kills": 0, "old": 0, "new": 0}
    begin, call = state(), 1
    while killed_at(verb, call):
        content = sidecar.read_bytes()
        assert content in (old, new), content
        counts["kills"] += 1
        counts["old" if content == old else "new"] += 1
        decided = [each for each in history(AuditChain(library.root)).open()]
        sentences = Deciding(library).finish(at=AT + 1)
        assert len(sentences) == len(decided), sentences
        told = history(AuditChain(library.root))
        assert not told.open() and not told.problems and not AuditChain(library.root).verify().broken
        # What was decided is done; what was not decided leaves the old one.
        last = told.of(next(iter(told.decisions.values())).event.decision.draft)[-1:] if told.decisions else []
        is_done = bool(last) and last[0].event.decision.verdict == verb
        assert sidecar.read_bytes() == (new if is_done else old)
        assert not list(sidecar.parent.glob(".whatworks-*")) or not is_done
        put_back(begin)
        call += 1
    return counts

old = sidecar.read_bytes()
begin = state()
assert not killed_at("approve", 10**6)
new = sidecar.read_bytes()
put_back(begin)
found = {"approve": sweep("approve", old, new)}
put_back(begin)
assert not killed_at("approve", 10**6)
found["undo"] = sweep("undo", new, old)
print(json.dumps(found))
"""


@pytest.mark.faults
@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_killed_anywhere_a_decision_is_not_begun_or_finished_once(
    tmp_path: Path, record_property: Callable[[str, str], None]
) -> None:
    propose(drafted_library(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), SIDECAR],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    record_property("faults", json.dumps(found))
    for verb in ("approve", "undo"):
        assert found[verb]["kills"] > 10
        assert found[verb]["old"] > 0
        assert found[verb]["new"] > 0
