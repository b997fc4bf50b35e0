"""Whatever anybody does to the log or the index: the index says what a fresh one says, and what a plain model says."""

import json
import shutil
import sqlite3
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from another_process import another_process
from every_answer import every_answer
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from library_factory import START, make_job, reference
from log_model import Line, LogModel

from learning_core.errors import WhatworksError
from learning_core.library import OWN_LOG, Library
from learning_core.log.events import event_line
from learning_core.log.seal import seal
from learning_core.model.job import JobRecord
from learning_core.model.judgement import AnyJudgement, Note, Rating, Selection, Tagging, Undo, Withdrawal

FOREIGN = ("pipeline.jsonl", "studio.jsonl")
FILES = (OWN_LOG, *FOREIGN)
TIMES = (None, 0.0, 1.0, START, START - 3600, START + 315_360_000, 1.0)
"""A clock that stands, goes back an hour, forward ten years."""
JUNK = (
    b"{broken", b"[1,2]", b"null", b'"text"', b"7", b"\xff\xfe{}", b'{"job_id":"\xed\xa0\x80"}', b'{"steps":20}',
    b'{"job_id":"x","schema_version":2}', b'{"kind":"teleport","event_id":"e","job_id":"x"}',
    b'{"kind":"rating","event_id":"e","job_id":"x","value":9}', b"[" * 300, b'{"job_id":"\\ud800"}',
    seal({"kind": "job", "job_id": "lost", "steps": 20})[:-1].replace(b"20", b"30"),
    seal({"kind": "job", "job_id": "future", "schema_version": 9})[:-1],
)  # fmt: skip
BLANK = (b"", b"  ", b"\r", b"\0\0\0", b"\t")

Event = JobRecord | AnyJudgement


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Return an event about one of few jobs, under one of few ids: ids come again with the same and other contents."""
    which = draw(st.integers(0, 4))
    if draw(st.booleans()):
        extra = draw(st.sampled_from([{}, {}, {"user_rating": 2}, {"user_rating": 5}]))
        when = {} if which < 3 else {"timestamp_start": None, "timestamp_end": TIMES[which] or 5.0}
        return make_job(which, steps=20 + draw(st.integers(0, 1)), **when, **extra)
    about: dict[str, Any] = {
        "event_id": f"event-{draw(st.integers(0, 9))}",
        "job_id": make_job(which).job_id,
        "recorded_at": draw(st.sampled_from(TIMES)),
    }
    image = draw(st.sampled_from([None, None, 0, 1]))
    kind = draw(st.sampled_from(["rating", "rating", "selection", "undo", "withdrawal", "tags", "note"]))
    if kind == "rating":
        source = draw(st.sampled_from(["human", "human", "human", "machine"]))
        return Rating(value=draw(st.integers(1, 5)), image_index=image, score_source=source, **about)
    if kind == "selection":
        return Selection(verdict=draw(st.sampled_from(["selected", "rejected"])), image_index=image, **about)
    if kind == "undo":
        return Undo(undone_event_id=f"event-{draw(st.integers(0, 9))}", **about)
    if kind == "withdrawal":
        return Withdrawal(withdrawn=draw(st.booleans()), **about)
    if kind == "tags":
        return Tagging(
            **draw(st.sampled_from([{"tags": ["keeper"]}, {"tags": ["dusk"], "removed": ["keeper"]}])), **about
        )
    return Note(text="calm", **about)


def foreign_line(event: Event, ending: bytes = b"\n") -> Line:
    """Return an event as a program of somebody else writes it: spaces, other escapes, no checksum."""
    return Line(json.dumps(event.content()).encode() + ending, event.content())


class LogAndIndex(RuleBasedStateMachine):
    """Acts on the log, the index and the model alike; after each step all three must agree."""

    steps = 0
    looks = 0

    @initialize()
    def start(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="whatworks-state-"))
        self.library = Library(self.root / "library", self.root / "cache")
        self.other = Library(self.root / "library", self.root / "cache")
        self.library.log_folder.mkdir(parents=True)
        self.model = LogModel()
        self.rest: dict[str, Line] = {}
        self.unseen = self.number = 0

    def teardown(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def path(self, name: str) -> Path:
        return self.library.log_folder / name

    def write(self, name: str, line: Line) -> None:
        with self.path(name).open("ab") as file:
            file.write(line.data)
        self.model.append(name, line)
        self.rest.pop(name, None)

    def unique(self) -> Line:
        """Return a line that was never written before, so that no file starts like one that was read."""
        self.number += 1
        about = {"event_id": f"unique-{self.number}", "job_id": make_job(0).job_id}
        return foreign_line(Note(text="grown again", **about))  # type: ignore[arg-type]

    # -- the log grows

    @rule(event=events())
    def we_append(self, event: Event) -> None:
        self.library.append([event], durable=False)
        self.model.heal(OWN_LOG)
        self.model.append(OWN_LOG, Line(event_line(event), event.content()))
        self.rest.pop(OWN_LOG, None)

    @rule(several=st.lists(events(), min_size=2, max_size=6))
    def we_append_several(self, several: list[Event]) -> None:
        for event in several:
            self.we_append(event)

    @rule(name=st.sampled_from(FILES), event=events(), ending=st.sampled_from([b"\n", b"\r\n", b" \n", b"\0\n"]))
    def another_program_appends(self, name: str, event: Event, ending: bytes) -> None:
        self.write(name, foreign_line(event, ending))

    @rule(name=st.sampled_from(FOREIGN), event=events())
    def a_sealed_line_comes_into_another_file(self, name: str, event: Event) -> None:
        self.write(name, Line(event_line(event), event.content()))

    @rule(name=st.sampled_from(FILES), junk=st.sampled_from(JUNK))
    def junk_is_appended(self, name: str, junk: bytes) -> None:
        self.write(name, Line(junk + b"\n", None, refused=True))

    @rule(name=st.sampled_from(FOREIGN), blank=st.sampled_from(BLANK))
    def a_blank_line_is_appended(self, name: str, blank: bytes) -> None:
        self.write(name, Line(blank + b"\n"))

    @rule(name=st.sampled_from(FILES), event=events(), share=st.floats(0.0, 1.0), ours=st.booleans())
    def a_line_is_begun(self, name: str, event: Event, share: float, ours: bool) -> None:
        whole = Line(event_line(event), event.content()) if ours else foreign_line(event)
        cut = max(1, int(share * (len(whole.data) - 1)))
        is_whole = cut == len(whole.data) - 1
        ended = bool(self.model.files.get(name)) and not self.model.files[name][-1].finished
        self.write(name, Line(whole.data[:cut], whole.says if is_whole else None, refused=not is_whole))
        if not ended:
            self.rest[name] = Line(whole.data[cut:], whole.says)

    @precondition(lambda self: self.rest)
    @rule(data=st.data())
    def the_begun_line_is_finished(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.rest)))
        rest = self.rest.pop(name)
        with self.path(name).open("ab") as file:
            file.write(rest.data)
        begun = self.model.files[name].pop()
        self.model.append(name, Line(begun.data + rest.data, rest.says))

    # -- its files change under us

    @rule(name=st.sampled_from(FILES), into=st.sampled_from(["older.jsonl", "pipeline.1.jsonl", "pipeline.jsonl.1"]))
    def a_file_is_rotated(self, name: str, into: str) -> None:
        if name in self.model.files:
            self.path(name).replace(self.path(into))
            self.model.files[into] = self.model.files.pop(name)
            self.rest.pop(name, None)
            self.rest.pop(into, None)
            if not into.endswith(".jsonl"):
                del self.model.files[into]

    @rule(name=st.sampled_from(FILES), grown=st.lists(events(), max_size=6), begins=st.booleans())
    def a_file_is_truncated_in_place(self, name: str, grown: list[Event], begins: bool) -> None:
        if name in self.model.files:
            lines = [self.unique(), *map(foreign_line, grown)] if begins else []
            with self.path(name).open("r+b") as file:
                file.truncate(0)
            self.model.files[name] = []
            for line in lines:
                self.write(name, line)
            self.rest.pop(name, None)

    @rule(name=st.sampled_from(FILES), more=st.lists(events(), max_size=2), other=st.booleans())
    def a_file_is_replaced_by_a_copy(self, name: str, more: list[Event], other: bool) -> None:
        if name in self.model.files:
            copy = self.path(f"{name}.copy")
            lines = [self.unique(), *map(foreign_line, more)] if other else self.model.files[name]
            copy.write_bytes(b"".join(line.data for line in lines))
            copy.replace(self.path(name))
            self.model.files[name] = list(lines)
            if other:
                self.rest.pop(name, None)

    @rule(name=st.sampled_from(FILES), again=st.none() | events())
    def a_file_is_deleted(self, name: str, again: Event | None) -> None:
        if self.model.files.pop(name, None) is not None:
            self.path(name).unlink()
            self.rest.pop(name, None)
            if again is not None:
                self.write(name, self.unique())
                self.write(name, foreign_line(again))

    # -- the index is damaged

    @rule()
    def the_cache_is_deleted(self) -> None:
        shutil.rmtree(self.library.cache, ignore_errors=True)

    @rule(what=st.sampled_from(["deleted", "emptied", "cut", "head", "random", "old_schema", "pointer", "log_kept"]))
    def the_index_is_damaged(self, what: str) -> None:
        path = self.library.index.current()
        if path is None:
            return
        if what == "deleted":
            path.unlink()
        elif what == "emptied":
            path.write_bytes(b"")
        elif what == "cut":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        elif what == "head":
            path.write_bytes(b"\0" * 4096 + path.read_bytes()[4096:])
        elif what == "random":
            path.write_bytes(bytes(range(256)) * 64)
        elif what == "old_schema":
            connection = sqlite3.connect(path)
            connection.execute("PRAGMA user_version = 0")
            connection.close()
        elif what == "pointer":
            (self.library.cache / "current").write_bytes(b"\xff../nowhere")
        else:
            (self.library.cache / "current").unlink()

    # -- looking

    @rule()
    def two_refresh_at_once(self) -> None:
        failed: list[BaseException] = []

        def refresh(library: Library) -> None:
            try:
                library.refresh()
            except (WhatworksError, sqlite3.Error, OSError) as error:
                failed.append(error)

        threads = [threading.Thread(target=refresh, args=(library,)) for library in (self.library, self.other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []

    @rule()
    def another_process_refreshes(self) -> None:
        with another_process():
            self.library.refresh()

    @rule(steps=st.integers(1, 3))
    def nobody_looks_for_a_while(self, steps: int) -> None:
        self.unseen = steps + 1

    @invariant()
    def index_fresh_index_and_model_agree(self) -> None:
        if not hasattr(self, "model"):
            return
        LogAndIndex.steps += 1
        self.unseen = max(0, self.unseen - 1)
        if self.unseen:
            return
        LogAndIndex.looks += 1
        for name in self.model.files:
            assert self.path(name).read_bytes() == self.model.bytes_of(name)
        self.library, self.other = self.other, self.library
        fresh = Library(self.library.root, self.root / "fresh")
        shutil.rmtree(fresh.cache, ignore_errors=True)
        with another_process():
            expected = every_answer(fresh)
        assert every_answer(self.library) == expected
        self._compare_with_model()

    def _compare_with_model(self) -> None:
        states = self.model.states()
        with self.library.snapshot() as snapshot:
            assert snapshot.jobs == len(states)
            assert {(name, offset) for name, offset, *_ in snapshot.inspection.refusals()} == self.model.refused()
            assert set(snapshot.inspection.conflicts()) == self.model.conflicts()
            assert snapshot.events_without_job() == self.model.waiting()
            for job_id, content in self.model.jobs().items():
                ref = reference(JobRecord(job_id=job_id))
                stands, expected = snapshot.standing(ref), states[job_id]
                assert (stands.ratings, stands.selections) == (expected.ratings, expected.selections)
                assert (stands.tags, stands.withdrawn) == (expected.tags, expected.withdrawn)
                kept = snapshot.job(ref)
                assert {name: kept[name] for name in content} == content
                row = snapshot.ordinal(ref)
                assert int(snapshot.column("rating_sum")[row]) == sum(expected.each_once(expected.ratings))
                assert int(snapshot.column("rated")[row]) == len(expected.each_once(expected.ratings))
                assert int(snapshot.column("selected")[row]) == sum(expected.each_once(expected.selections))
                assert bool(snapshot.column("withdrawn")[row]) == expected.withdrawn


def run(examples: int, steps: int) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    LogAndIndex.steps = LogAndIndex.looks = 0
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        LogAndIndex,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"steps {LogAndIndex.steps}, compared {LogAndIndex.looks}")
    assert LogAndIndex.looks > examples


def test_log_index_and_model_agree_after_every_step() -> None:
    run(examples=3, steps=12)


@pytest.mark.faults
def test_log_index_and_model_agree_after_every_step_of_many_long_runs() -> None:
    run(examples=110, steps=40)
