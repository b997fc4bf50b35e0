"""Hostile input through the real command: a clear sentence, the cost of itself only, nothing lost."""

import json
import os
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import preloaded_command
import pytest
from bound_by_permissions import BOUND_BY_PERMISSIONS
from msgspec import Struct
from picture_factory import SIGNATURE, chunk, infotext, packed_chunk, png, text_chunk, write_picture
from preloaded_command import Request

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1024 * 1024
MOST_MEMORY = 300 * MEGABYTE
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="memory, capabilities and names as Linux has them")

SMALL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
"""
MEASURED = """
import atexit, os
def told():
    with open("/proc/self/status") as status, open(os.environ["MEMORY_TOLD"], "w") as report:
        report.write(next(line.split()[1] for line in status if line.startswith("VmHWM")))
atexit.register(told)
"""


class Ended(Struct, frozen=True):
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Command:
    """The command with a library, a cache and a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.library, self.log = home, home / "library", home / "library" / "log"
        self.inputs = home / "in"
        self.inputs.mkdir()
        self.memory_file = home / "memory"
        self.environment = {
            **os.environ,
            "HOME": str(home),
            "PYTHONPATH": str(ROOT),
            "WHATWORKS_LIBRARY": str(self.library),
            "WHATWORKS_CACHE": str(home / "cache"),
            "MEMORY_TOLD": str(self.memory_file),
            "PYTHONWARNINGS": "error",
        }

    def start(self, *words: str, first: str = "") -> "subprocess.Popen[bytes]":
        code = f"{first}\nfrom server.cli.main import main\nmain()"
        return subprocess.Popen(
            [sys.executable, "-c", code, *words],
            cwd=self.home,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *words: str, first: str = "") -> Ended:
        done = preloaded_command.run(Request(words, self.home, self.environment, first), 120)
        return self._judged(done.returncode, done.stdout, done.stderr)

    def _judged(self, code: int, out: bytes, err: bytes) -> Ended:
        ended = Ended(code, out.decode("utf-8"), err.decode("utf-8"))
        assert "Traceback" not in ended.out + ended.err
        assert ended.code in (0, 1, 2, 130), ended
        return ended

    def measured(self, *words: str) -> tuple[Ended, int]:
        """Run in a process of its own from the start, and return also the most memory that it ever held, in bytes."""
        with self.start(*words, first=MEASURED) as process:
            out, err = process.communicate(timeout=120)
        return self._judged(process.returncode, out, err), int(self.memory_file.read_text(encoding="ascii")) * 1024

    def write_log(self, *lines: bytes, name: str = "pipeline.jsonl") -> Path:
        self.log.mkdir(parents=True, exist_ok=True)
        path = self.log / name
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        return path


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


def job(**fields: Any) -> bytes:
    return json.dumps({"job_id": "odd", "prompt_positive": "beach", "steps": 20, **fields}).encode()


def rating(**fields: Any) -> bytes:
    return json.dumps({"kind": "rating", "event_id": "odd-event", "job_id": "first", "value": 5, **fields}).encode()


def sealed(body: bytes) -> bytes:
    return body[:-1] + b',"crc32":"%08x"}' % zlib.crc32(body)


FIRST = job(job_id="first", user_rating=4)
LAST = job(job_id="last", user_rating=5)

UNUSABLE_LINES = {
    "not JSON": [job()[:30], b"{", bytes(range(1, 10)) + b"x", job()[:20] + b"\0\0" + job()[20:]],
    "not UTF-8": [
        b"\xff\xfe",
        job().replace(b"beach", b"b\xe9ach"),
        b'{"job_id":"h","prompt_positive":"\xed\xa0\x80"}',
    ],
    "surrogate": [b'{"job_id":"odd","prompt_positive":"\\ud800"}'],
    "object": [b"[]", b"5", b'"text"', b"null", b"true"],
    "job_id": [b"{}", job(job_id=""), job(job_id=5), job(job_id="x" * 600)],
    "kind": [job(kind="praise"), job(kind=["job"])],
    "newer": [job(schema_version=2)],
    "nested": [b'{"job_id":"odd","x":' + b"[" * 20_000, b'{"a":' * 20_000],
    "values": [b'{"job_id":"odd","x":[' + b"[]," * 600_000 + b"[]]}"],
    "value:": [rating(value=9), rating(value=2**70), rating(value="five")],
    "image_index": [rating(image_index=2**70), rating(image_index=-1)],
    "event_id": [rating(event_id="")],
    "checksum": [
        sealed(b'{"kind":"job","job_id":"odd"}').replace(b"odd", b"odt"),
        sealed(b"{nonsense}"),
        sealed(b'{"kind":"job"}'),
        sealed(b'{"kind":"rating","job_id":"first"}'),
        sealed(b'{"kind":["job"],"job_id":"odd"}'),
    ],
}
ODD_FIELDS = {
    "timestamp_end": [job(timestamp_end=1e300), job(timestamp_end=-1.0), job(timestamp_end=10**400)],
    "timestamp_start": [job(timestamp_start=float("nan")), job(timestamp_start="noon")],
    "total_runtime_sec": [job(total_runtime_sec=1e300), job(total_runtime_sec=-1)],
    "steps": [job(steps=10**30), job(steps="many")],
    "width": [job(width=10**30)],
    "clip_skip": [job(clip_skip=2**63)],
    "cfg_scale": [job(cfg_scale=10**400), job(cfg_scale=float("inf"))],
    "loras": [job(loras=[{"name": "a", "weight": 10**400}]), job(loras="a")],
    "seed": [job(seed=1.5), b'{"job_id":"odd","seed":' + b"9" * 5000 + b"}"],
    "user_rating": [job(user_rating=10**30), job(user_rating="5")],
    "prompt_positive": [job(prompt_positive="beach, " * 20_000)],
    "experiment": [job(experiment={}), job(experiment=5)],
    "recorded_at": [rating(recorded_at=1e300), rating(recorded_at=-5)],
    "subscores": [rating(subscores={"hands": 2**70})],
}
HARMLESS_LINES = [
    job(seed=10**3999), job(seed=-(2**70)), job(cfg_scale=1e308), job(loras=[{"name": "a", "weight": -1e308}]),
    job(width=10**12, height=10**12), job(job_id="\u202e\x1b[31m\n\0"), job(anything={"deep": [2**80]}),
    rating(anything=2**70), rating(derived_value=1e308), b"\xef\xbb\xbf" + job(), b"\0" * 5000 + job(), job() + b"\r",
    b"", b"   ", rating(event_id="\x1b[31m\0"), job(model="a\0b", sampler="\x1b[31m", prompt_positive="((((" * 9000),
]  # fmt: skip


def reads_everything(command: Command) -> int:
    """Ask all that the command can answer, and return how many records there are."""
    assert command.run("ask", "beach").code == 0
    page = command.run("records", "--limit", "50", "--json").json()
    for sort in ("best", "slowest"):
        assert command.run("records", "--sort", sort).code == 0
    shown = command.run("records", "--json", *(item["ref"] for item in page["items"]))
    assert len(shown.json()["items"]) == page["total"]
    return int(page["total"])


def test_unusable_lines_in_the_log_are_named_and_cost_only_themselves(command: Command) -> None:
    lines = [(part, line) for part, several in UNUSABLE_LINES.items() for line in several]
    path = command.write_log(FIRST, *(line for _, line in lines), LAST)
    before = path.read_bytes()
    assert reads_everything(command) == 2
    health = command.run("doctor", "--deep", "--json").json()
    assert (health["counts"]["jobs"], health["counts"]["refused_lines"]) == (2, len(lines))
    assert health["counts"]["lines_verified"] == 2
    findings = [each for each in health["findings"] if each["what"].startswith("Not usable")]
    for number, ((part, _), finding) in enumerate(zip(lines, findings, strict=False), 2):
        assert part in finding["what"], (part, finding)
        assert f"{path}, line {number}, byte " in finding["where"]
        assert finding["remedy"]
    assert path.read_bytes() == before


def test_an_unusable_field_in_the_log_becomes_unknown_and_the_record_stays(command: Command) -> None:
    lines = [(field, line) for field, several in ODD_FIELDS.items() for line in several]
    named = [
        line.replace(b'"odd"', b'"odd-%d"' % number).replace(b'"odd-event"', b'"event-%d"' % number)
        for number, (_, line) in enumerate(lines)
    ]
    command.write_log(FIRST, *named, LAST)
    judgements = sum(b'"kind": "rating"' in line for line in named)
    assert reads_everything(command) == len(lines) - judgements + 2
    health = command.run("doctor", "--json").json()
    assert health["counts"]["refused_lines"] == len(lines)
    findings = [each for each in health["findings"] if each["what"].startswith("Not usable")]
    for (field, _), finding in zip(lines, findings, strict=False):
        assert field in finding["what"]


def test_strange_but_sound_lines_in_the_log_count(command: Command) -> None:
    path = command.write_log(FIRST, *HARMLESS_LINES, LAST)
    assert reads_everything(command) == 4
    health = command.run("doctor", "--json").json()
    assert health["counts"]["refused_lines"] == 0
    assert health["counts"]["bytes"] == path.stat().st_size


@LINUX
@pytest.mark.parametrize("megabytes", [12, pytest.param(100, marks=pytest.mark.slow)])
def test_a_giant_line_costs_no_memory(megabytes: int, command: Command) -> None:
    giant = b'{"job_id":"giant","prompt_positive":"' + b"x" * (megabytes * MEGABYTE) + b'"}'
    path = command.write_log(FIRST, giant, b"\0" * (megabytes * MEGABYTE) + LAST, b"\n" * 200_000)
    for words in (["ask", "beach"], ["records"], ["doctor", "--deep"]):
        ended, memory = command.measured(*words)
        assert ended.code == 0 and memory < MOST_MEMORY, (words, memory)
    assert "longer than the limit" in ended.out and "line 2, byte" in ended.out
    ended, memory = command.measured("--library", str(command.home / "other"), "import", str(path), "--json")
    assert memory < MOST_MEMORY
    assert ended.json()["new"] == 2
    assert [(item["where"], item["reason"]) for item in ended.json()["skipped"]] == [("line 2", "longer than 10 MB")]


def hostile_files() -> dict[str, tuple[bytes, str]]:
    """Return files that hold nothing usable, each with a part of the reason that must be given."""
    text = infotext(1)
    wide = "\U0001f3d6".encode() + b"a" * (15 * MEGABYTE)
    several = [chunk(b"iTXt", b"text %d\0\0\0\0\0" % number + wide) for number in range(4)]
    dense = b'{"1":{"class_type":"KSampler","inputs":{"x":[' + b"[]," * (4 * MEGABYTE) + b"0]}}}"
    manifest = {"config": {"steps": 10**400}, "name": 5, "stage": 5, "job_id": [], "stage_duration_ms": 10**400}
    return {
        "text-50-mb.png": (png(text_chunk(text + b" " * (50 * MEGABYTE))), "50 MB of text"),
        "text-15-mb.png": (png(text_chunk(b"beach, " * (2 * MEGABYTE) + text)), "1,000,000 characters"),
        "wide-texts.png": (png(*several), "MB of text in one image"),
        "bomb.png": (png(packed_chunk(b"a" * (60 * MEGABYTE))), "16 MB when unpacked"),
        "bombs.png": (png(*[packed_chunk(b"a" * (15 * MEGABYTE), b"k%d" % n) for n in range(12)]), "MB of text"),
        "newlines.png": (png(packed_chunk(b"\n" * (15 * MEGABYTE) + text)), "1,000,000 characters"),
        "dense.png": (png(packed_chunk(dense, b"prompt")), "500,000 values"),
        "deep.json": (b"[" * (2 * MEGABYTE), "values"),
        "nested.json": (b"[" * 5000, "nested deeper"),
        "large.json": (b" " * (17 * MEGABYTE), "16 MB"),
        "exif.png": (png(chunk(b"eXIf", b"II*\0" + b"\xff" * 100_000)), "no generation settings"),
        "chunks.png": (png(*[chunk(b"tEXt", b"a\0b")] * 300), "256 texts"),
        "length.png": (SIGNATURE + b"\xff\xff\xff\xfftEXt" + b"x" * 100, "ends inside a chunk"),
        "nothing.png": (png(text_chunk(text), width=0), "header is damaged"),
        "fill.jpg": (b"\xff\xd8" + b"\xff" * MEGABYTE, "damaged"),
        "half.png": (png(text_chunk(text))[:90], "ends inside a chunk"),
        "bare.png": (png(), "no generation settings"),
        "empty.png": (b"", "empty"),
        "number.png": (png(text_chunk(b'{"3":{"class_type":"KSampler","inputs":{"seed":' + b"9" * 5000 + b"}}}",
                                      b"prompt")), "number too long"),
        "utf16.jsonl": (job().decode().encode("utf-16"), "UTF-16"),
        "manifest.json": (json.dumps(manifest).encode(), ""),
        "odd.txt": (b"\xff\xfea\0b", "UTF-8"),
    }  # fmt: skip


@LINUX
def test_hostile_files_cost_only_themselves_and_little_memory(command: Command) -> None:
    files = hostile_files()
    for name, (content, _) in files.items():
        (command.inputs / name).write_bytes(content)
    write_picture(command.inputs / "good.png", 7, ranking=5)
    (command.inputs / "huge.png").write_bytes(png(text_chunk(infotext(8)), width=2**31 - 1, height=2**31 - 1))
    seed = b"9" * 3999
    odd = b"beach\nSteps: 1" + b"0" * 30 + b", Sampler: Euler, CFG scale: 1e999, Seed: " + seed + b", Size: 9x9"
    (command.inputs / "odd.png").write_bytes(png(text_chunk(odd), picture=b"odd"))
    ended, memory = command.measured("import", "in", "--report", "report.json")
    assert ended.code == 0, ended
    assert memory < MOST_MEMORY
    report = json.loads((command.home / "report.json").read_text(encoding="utf-8"))
    reasons = {Path(item["path"]).name: item["reason"] for item in report["skipped"]}
    for name, (_, reason) in files.items():
        assert reason in reasons.get(name, ""), (name, reasons.get(name))
    assert report["new"] == 4
    kept = command.log.joinpath("whatworks.jsonl").read_bytes()
    assert seed in kept
    assert reads_everything(command) == 4
    assert command.run("doctor", "--deep", "--json").json()["counts"]["refused_lines"] == 0
    for path in command.inputs.iterdir():
        os.utime(path, ns=(1, 1))
    assert command.run("import", "in", "--json").json()["new"] == 0
    assert command.log.joinpath("whatworks.jsonl").read_bytes() == kept


def test_odd_values_in_foreign_logs_cost_only_themselves(command: Command) -> None:
    huge = 10**400
    rows: list[dict[str, Any]] = [
        {"run_id": "a", "metadata": {"record_kind": "learning_experiment_rating", "user_rating": 4, "image_path": "a",
                                     "rating_schema_version": 2**70, "subscores": {"hands": huge}}},
        {"run_id": "b", "timestamp": "9999-12-31T23:59:59-23:59", "metadata": {
            "record_kind": "staged_curation_event", "advancement_decision": "kept", "lineage_depth": 2**70,
            "advancement_score": huge, "image_path": "b"}},
        {"run_id": "c", "timestamp": "1950-01-01T00:00:00", "metadata": {
            "record_kind": "review_tab_feedback", "user_rating": 5, "image_path": "c", "user_notes": 7}},
        {"run_id": 5, "metadata": 5},
        {"run_id": "d", "metadata": {"record_kind": ["x"], "user_rating": 2**70}},
    ]  # fmt: skip
    lines = [json.dumps(row).encode() for row in rows]
    (command.inputs / "records.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\n".join([*lines, b"\xff", b"{", b""]))
    several = [line for part in (UNUSABLE_LINES, ODD_FIELDS) for lines in part.values() for line in lines]
    (command.inputs / "log.jsonl").write_bytes(b"\n".join([FIRST, *several, *HARMLESS_LINES, LAST, b""]))
    report = command.run("import", "in", "--json").json()
    assert report["by_format"]["StableNew records"] >= 3
    assert {"not UTF-8", "not JSON"} <= {item["reason"] for item in report["skipped"]}
    assert all(item["where"].startswith("line ") for item in report["skipped"])
    assert reads_everything(command) == report["new"]
    assert command.run("doctor", "--deep", "--json").json()["counts"]["refused_lines"] == 0


@pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")
def test_what_is_no_log_file_in_the_log_folder_is_passed_over_and_named(command: Command) -> None:
    command.write_log(FIRST)
    (command.log / "folder.jsonl").mkdir()
    (command.log / "lost.jsonl").symlink_to("nowhere")
    os.mkfifo(command.log / "pipe.jsonl")
    (command.log / "line\nbreak.jsonl").write_bytes(LAST + b"\n")
    if sys.platform == "linux":
        (command.log / os.fsdecode(b"\xff.jsonl")).write_bytes(LAST + b"\n")
    assert reads_everything(command) == 1
    health = command.run("doctor", "--json").json()
    warned = [each["where"] for each in health["findings"] if each["level"] == "warning"]
    assert len(warned) == (5 if sys.platform == "linux" else 4)


@LINUX
def test_what_may_not_be_read_is_named_with_what_to_do(command: Command) -> None:
    command.write_log(FIRST)
    closed = command.write_log(LAST, name="closed.jsonl")
    closed.chmod(0)
    ended = command.run("ask", "beach", first=BOUND_BY_PERMISSIONS)
    assert ended.code == 1 and f"{closed} cannot be read: Permission denied." in ended.err and "move" in ended.err
    closed.chmod(0o600)
    command.log.chmod(0)
    ended = command.run("ask", "beach", first=BOUND_BY_PERMISSIONS)
    command.log.chmod(0o700)
    assert ended.code == 1 and "log folder" in ended.err and "--library" in ended.err
    write_picture(command.inputs / "good.png")
    write_picture(command.inputs / "shut" / "a.png", 2)
    write_picture(command.inputs / "shut.png", 3).chmod(0)
    (command.inputs / "shut").chmod(0)
    ended = command.run("import", "in", "in/shut/a.png", "--json", first=BOUND_BY_PERMISSIONS)
    (command.inputs / "shut").chmod(0o700)
    assert ended.json()["new"] == 1
    assert len(ended.json()["skipped"]) == 3
    assert {item["reason"].split(": ")[-1] for item in ended.json()["skipped"]} == {"Permission denied"}


@LINUX
def test_a_full_disk_loses_nothing_that_was_said_to_be_saved(command: Command) -> None:
    for seed in range(700):
        write_picture(command.inputs / f"{seed}.png", seed)
    ended = command.run("import", "in", first=SMALL_DISK)
    assert (ended.code, ended.out) == (1, "")
    assert "cannot be written: the file may not grow" in ended.err and "ulimit -f" in ended.err
    kept = command.log.joinpath("whatworks.jsonl").read_bytes()
    report = command.run("import", "in", "--json").json()
    assert report["new"] == 700 - kept.count(b"\n")
    assert command.log.joinpath("whatworks.jsonl").read_bytes().startswith(kept)
    health = command.run("doctor", "--deep", "--json").json()
    assert health["ok"] and health["counts"]["jobs"] == 700
    assert health["counts"]["refused_lines"] == (0 if kept.endswith(b"\n") else 1)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process there")
@pytest.mark.parametrize("images", [1500, pytest.param(6000, marks=pytest.mark.slow)])
def test_an_import_that_is_interrupted_is_completed_by_the_next(images: int, command: Command) -> None:
    for seed in range(images):
        write_picture(command.inputs / f"{seed}.png", seed)
    own = command.log / "whatworks.jsonl"
    with command.start("import", "in") as process:
        until = time.monotonic() + 60
        while not (own.exists() and own.stat().st_size) and time.monotonic() < until:
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert err.strip() == b"Interrupted."
    lines = own.read_bytes().splitlines(keepends=True)
    assert 0 < len(lines) < images
    assert all(json.loads(line)["job_id"] for line in lines) and lines[-1].endswith(b"\n")
    report = command.run("import", "in", "--json").json()
    assert report["new"] == images - len(lines)
    names = [json.loads(line)["job_id"] for line in own.read_bytes().splitlines()]
    assert len(set(names)) == len(names) == images


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("import", ""), 2, "empty name"),
        (("import", "~nobody-of-this-name/x"), 1, "no such file"),
        (("import", "x" * 5000), 1, "skipped"),
        (("import", os.devnull), 1, "neither a file nor a folder"),
        (("records", os.fsdecode(b"rec:\xff")), 1, "No record"),
        (("rate", os.fsdecode(b"\xff"), "--stars", "3"), 1, "No record"),
        (("ask", os.fsdecode(b"\xff")), 1, "no word"),
        (("records", "--where", "runtime:<1e308"), 0, "records"),
        (("records", "--where", "steps:" + "9" * 400), 1, "not a number"),
    ],
)
def test_words_that_make_no_sense_get_a_sentence(
    words: tuple[str, ...], code: int, said: str, command: Command
) -> None:
    command.write_log(job(job_id="first", total_runtime_sec=5), LAST)
    ended = command.run(*words)
    assert ended.code == code, ended
    assert said in ended.out + ended.err


@LINUX
def test_a_library_whose_name_is_no_text_works_and_prints_valid_json(command: Command) -> None:
    write_picture(command.inputs / "good.png")
    library = os.fsdecode(os.fsencode(command.home) + b"/l\xff")
    assert command.run("--library", library, "import", "in").code == 0
    for words in (("doctor", "--json"), ("paths", "--json"), ("records", "--json")):
        assert command.run("--library", library, *words).json()
