"""Clients that die, shout or send too much; servers and commands stopped in the middle: the log stays whole."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from index_library import ROOT
from json_rpc_server import JsonRpcServer
from library_factory import make_job, make_library, rated_jobs, reference

from learning_core.errors import Unreadable
from learning_core.library import Library
from learning_core.log.events import decode

GARBAGE = (
    b"\n", b"not json\n", b"{}\n", b"[]\n", b"null\n", b'"text"\n', b"\xff\xfe\xfd\n", b"\0\0\0\n", b"\r\n",
    b'{"jsonrpc":"2.0"}\n', b'{"jsonrpc":"1.0","id":9,"method":"ping"}\n', "é\u2028\n".encode(),
    b'{"jsonrpc":"2.0","id":{},"method":"ping"}\n', b"[" * 100_000 + b"\n",
    b'{"jsonrpc":"2.0","id":77,"method":"tools/call","params":{"name":"what_works","arguments":[1]}}\n',
    b'{"jsonrpc":"2.0","id":78,"method":"tools/call","params":7}\n', b'{"jsonrpc":"2.0","id":79,"method":"\\ud800"}\n',
    b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":12345}}\n',
)  # fmt: skip


def environment_of(library: Library) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "HOME": str(library.root.parent),
        "WHATWORKS_LIBRARY": str(library.root),
        "WHATWORKS_CACHE": str(library.cache),
    }


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return make_library(tmp_path, rated_jobs(30))


def still_answers(server: JsonRpcServer, jobs: int = 30) -> bool:
    return bool(server.ask("library_overview", {})["jobs"] == jobs)


@pytest.mark.faults
def test_garbage_ten_megabytes_and_half_a_request_are_answered_or_passed_over_and_the_next_question_answered(
    library: Library,
) -> None:
    server = JsonRpcServer(environment_of(library)).open()
    for garbage in GARBAGE:
        server.send_bytes(garbage)
    assert still_answers(server)
    too_much = server.hear(server.call("what_works", {"subject": "beach " * 1_700_000}))
    assert too_much.get("error") or too_much["result"]["isError"]
    assert len(json.dumps(too_much)) < 10_000
    assert still_answers(server)
    server.send_bytes(b'{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"what_w')
    code, complaints = server.leave()
    assert code == 0
    assert "Traceback" not in complaints


@pytest.mark.faults
def test_random_bytes_on_stdin_never_end_the_server(library: Library) -> None:
    dice = random.Random(11)
    server = JsonRpcServer(environment_of(library)).open()
    sent = 0
    for _ in range(40):
        for _ in range(25):
            server.send_bytes(dice.randbytes(dice.randrange(200)).replace(b"\n", b"") + b"\n")
            sent += 1
        assert still_answers(server)
    print(f"lines of random bytes {sent}, answers {sent // 25}")
    assert "Traceback" not in server.leave()[1]


@pytest.mark.faults
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_a_client_that_dies_in_the_middle_of_a_call_takes_the_server_with_it_and_leaves_no_lock(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(1_500))
    server = JsonRpcServer(environment_of(library)).open()
    server.call("what_works", {"subject": "beach"})
    assert server.process.stdin is not None
    assert server.process.stdout is not None
    server.process.stdout.close()
    server.process.stdin.close()
    server.process.wait(timeout=30)
    assert server.process.stderr is not None
    assert b"Traceback" not in server.process.stderr.read()
    server.process.stderr.close()
    library.append([make_job(5_000)], durable=False)
    started = time.monotonic()
    with library.snapshot() as snapshot:
        assert snapshot.jobs == 1_501
    assert time.monotonic() - started < 30


@pytest.mark.faults
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_stopped_while_it_indexes_leaves_an_index_that_the_next_one_finishes(
    tmp_path: Path, number: signal.Signals
) -> None:
    library = make_library(tmp_path, rated_jobs(1_500))
    server = JsonRpcServer(environment_of(library)).open()
    server.call("library_overview", {})
    time.sleep(0.1)
    server.process.send_signal(number)
    server.process.communicate(timeout=30)
    after = JsonRpcServer(environment_of(library)).open()
    assert still_answers(after, 1_500)
    assert after.leave() == (0, "")


# -- stopping those who write

APPEND = """
import signal
import sys
from pathlib import Path
from learning_core.errors import Unreadable
from learning_core.library import Library
from learning_core.model.judgement import Rating
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs the tests behind itself turns it off
library = Library(Path(sys.argv[1]), Path(sys.argv[2]))
for number in range(10**9):
    name = f"{sys.argv[3]}-{number}"
    library.append([Rating(event_id=name, job_id="job-1", value=1 + number % 5, source="x" * 20_000)], durable=True)
    print(name, flush=True)
"""


def stopped_in_the_middle(library: Library, name: str, number: signal.Signals, seconds: float) -> list[str]:
    """Stop a process that appends all the time; return the events that were acknowledged."""
    child = subprocess.Popen(
        [sys.executable, "-c", APPEND, str(library.root), str(library.cache), name],
        cwd=ROOT, env=environment_of(library), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(seconds)
    child.send_signal(number)
    out, _ = child.communicate(timeout=30)
    return (first + out).decode().split("\n")[:-1]


def check_whole(library: Library, acknowledged: list[str]) -> int:
    """Assert that all that was acknowledged is there, once, and that the next append finds no lock held."""
    started = time.monotonic()
    library.append([make_job(9_999)], durable=True)
    assert time.monotonic() - started < 5
    found: list[str] = []
    torn = 0
    for line in library.own_log.read_bytes().split(b"\n"):
        try:
            event = decode(line)
        except Unreadable:
            torn += 1
            continue
        if event is not None and event.kind == "rating" and event.content["event_id"].count("-"):
            found.append(event.content["event_id"])
    assert set(acknowledged) <= set(found)
    assert len(found) == len(set(found))
    with library.snapshot() as snapshot:
        assert snapshot.known_job(make_job(9_999).job_id)
        assert len(snapshot.inspection.refusals()) == torn
        assert snapshot.standing(reference(make_job(1))).ratings[None] in range(1, 6)
    return torn


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_during_an_append_loses_nothing_acknowledged(library: Library, number: signal.Signals) -> None:
    acknowledged = stopped_in_the_middle(library, "once", number, 0.1)
    assert acknowledged
    check_whole(library, acknowledged)


@pytest.mark.faults
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_many_signals_during_appends_lose_nothing_acknowledged(library: Library) -> None:
    dice = random.Random(2)
    acknowledged: list[str] = []
    signals = 0
    for number in range(60):
        kind = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)[number % 3]
        acknowledged += stopped_in_the_middle(library, f"run{number}", kind, dice.random() * 0.15)
        signals += 1
    torn = check_whole(library, acknowledged)
    print(f"signals {signals}, acknowledged {len(acknowledged)}, lost 0, doubled 0, torn and quarantined {torn}")


@pytest.mark.faults
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_rating_command_that_is_stopped_saved_all_or_nothing(library: Library) -> None:
    ref = reference(make_job(3))
    before = library.own_log.read_bytes()
    saved = 0
    for number, seconds in enumerate((0.2, 0.3, 0.4, 0.5, 0.6, 0.8)):
        child = subprocess.Popen(
            [sys.executable, "-m", "server", "rate", ref, "--stars", str(1 + number % 5), "--tag", f"tag-{number}"],
            cwd=ROOT, env=environment_of(library), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            out, err = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGTERM)
            out, err = child.communicate(timeout=30)
        assert "Traceback" not in err
        saved += "Saved" in out
    with library.snapshot() as snapshot:
        said = [content for content, _ in snapshot.events(ref) if content.get("source") == "person"]
        assert snapshot.inspection.refusals() == []
    assert library.own_log.read_bytes().startswith(before)
    assert len([each for each in said if each["kind"] == "rating"]) >= saved
    assert len([each for each in said if each["kind"] == "rating"]) == len([e for e in said if e["kind"] == "tags"])


# -- 26


def test_a_rating_may_come_long_before_its_job_and_in_another_file(library: Library) -> None:
    from learning_core.log.append import append_lines
    from learning_core.log.events import event_line
    from learning_core.model.judgement import Rating

    job = make_job(777)
    said = Rating(event_id="early", job_id=job.job_id, value=5, recorded_at=1.0)
    append_lines(library.log_folder / "a.jsonl", [event_line(said)])
    with library.snapshot() as snapshot:
        assert snapshot.events_without_job() == 1
    for number in range(300, 320):
        library.append([make_job(number)], durable=False)
        library.refresh()
    append_lines(library.log_folder / "z.jsonl", [event_line(job)])
    with library.snapshot() as snapshot:
        assert snapshot.standing(reference(job)).ratings == {None: 5}
        assert snapshot.events_without_job() == 0
        assert int(snapshot.column("liked")[snapshot.ordinal(reference(job))]) == 1
