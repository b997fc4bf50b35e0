"""Each guard of the log and the index: where it stands, what its removal looks like, and who must notice.

A row is (guard, file, text, replacement, tests); the text must stand in the file exactly once. The tests are what
pytest is given: files, or names in them. Rows of one file stand together, in the order of the file.
"""

from typing import NamedTuple


class Guard(NamedTuple):
    """A guard, how to remove it, and the tests of which at least one must then fail."""

    name: str
    file: str
    text: str
    replacement: str
    tests: tuple[str, ...]


APPEND = "tests/core/log/test_append.py"
DURABLE = "tests/core/log/test_append_and_fsync.py"
EVENTS = "tests/core/log/test_events.py"
READ = "tests/core/log/test_read.py"
SEAL = "tests/core/log/test_seal.py"
WRITER = "tests/core/log/test_writer.py"
JUDGING = "tests/core/test_judging.py"
FOLDER = "tests/core/index/test_folder.py"
MACHINE = "tests/core/index/test_log_and_index_state_machine.py"
GOLDEN = "tests/golden/test_golden_logs.py"
FAULTS = "tests/faults/test_index_faults.py"
KILLED = "tests/faults/test_index_killed.py"

LOG_APPEND = "learning_core/log/append.py"
LOG_EVENTS = "learning_core/log/events.py"
LOG_READ = "learning_core/log/read.py"
LOG_SEAL = "learning_core/log/seal.py"
LOG_WRITER = "learning_core/log/writer.py"
JSON_OBJECT = "learning_core/text/json_object.py"
JSON_TEXT = "learning_core/text/json_text.py"
JUDGED = "learning_core/index/judged.py"
APPLY = "learning_core/index/apply.py"
CURSOR_OF = "learning_core/index/extend.py"
INDEX = "learning_core/index/folder.py"
SNAPSHOT = "learning_core/index/snapshot.py"
SCHEMA = "learning_core/index/schema.py"

# fmt: off
GUARDS = (
    # -- writing
    Guard("heal a torn last line", LOG_APPEND, 'data = b"\\n" + data', "data = data", (APPEND,)),
    Guard(
        "finish a short write", LOG_APPEND,
        "    while view:\n        view = view[os.write(descriptor, view) :]", "    os.write(descriptor, view)",
        (APPEND,),
    ),
    Guard("check the size after writing", LOG_APPEND, "if written != len(data):", "if False:", (APPEND,)),
    Guard(
        "lock among writers", LOG_APPEND,
        "with _lock_of(str(path)).acquire(timeout=lock_seconds):", "if True:", (APPEND,),
    ),
    Guard("follow no link", LOG_APPEND, '    | getattr(os, "O_NOFOLLOW", 0)\n', "", (APPEND,)),
    Guard("only append", LOG_APPEND, "    os.O_APPEND\n    | os.O_CREAT", "    os.O_CREAT", (DURABLE,)),
    Guard("keep the log private", LOG_APPEND, "os.open(path, _FLAGS, 0o600)", "os.open(path, _FLAGS, 0o666)",
        (APPEND,)),
    Guard("fsync what a person said", LOG_APPEND, "        if durable:", "        if False:", (DURABLE,)),
    Guard("fsync the folder of a new file", LOG_APPEND, "if is_new and sys.", "if False and sys.", (DURABLE,)),
    Guard(
        "no second fsync", LOG_APPEND,
        "        os.fsync(descriptor)\n        if is_new",
        "        try:\n            os.fsync(descriptor)\n        except OSError:\n            os.fsync(descriptor)\n"
        "        if is_new",
        (DURABLE,),
    ),
    Guard("limit of a written line", LOG_SEAL, "if len(line) > WRITTEN_LINE_BYTES:", "if False:", (SEAL,)),
    Guard(
        "large integers written exactly", LOG_SEAL,
        'if "Integer exceeds 64-bit range" not in str(error):', "if True:", (SEAL,),
    ),
    Guard(
        "no error reaches the pipeline", LOG_WRITER,
        "except (WhatworksError, TypeError, ValueError)", "except (WhatworksError, TypeError)", (WRITER,),
    ),
    Guard(
        "validate before writing", LOG_WRITER, "            JobFields(content).build()\n", "", (WRITER,),
    ),
    Guard(
        "a rating is durable", "learning_core/judging.py",
        "library.append(events, durable=True)", "library.append(events, durable=False)", (JUDGING,),
    ),
    Guard(
        "taking back is durable", "learning_core/judging.py",
        "for said, _ in last], durable=True)", "for said, _ in last], durable=False)", (DURABLE,),
    ),
    # -- reading bytes
    Guard(
        "limit of a line", LOG_READ,
        'data = None if self._size > self._limit else b"".join(self._parts)', 'data = b"".join(self._parts)', (READ,),
    ),
    Guard("NULs before a record", LOG_READ, 'part = part.lstrip(b"\\0")', "part = part", (READ,)),
    Guard("an unfinished line is pending", LOG_READ, "if with_tail and length:", "if length:", (READ,)),
    # -- from a line to an event
    Guard("checksum", LOG_EVENTS, "if state is False:", "if False:", (EVENTS,)),
    Guard(
        "newer version, sealed", LOG_EVENTS,
        'if content.get("schema_version", 1) != SCHEMA_VERSION:', "if False:", (GOLDEN,),
    ),
    Guard("newer version, not sealed", LOG_EVENTS, "if version != SCHEMA_VERSION:", "if False:", (EVENTS, GOLDEN)),
    Guard(
        "unknown kind under a checksum", LOG_EVENTS,
        "for name in named) or kind not in _KINDS:", "for name in named):", (GOLDEN,),
    ),
    Guard(
        "seeds read exactly", LOG_EVENTS,
        'return json.loads(line) if isinstance(content.get("seed"), float) else content', "return content",
        (EVENTS, GOLDEN),
    ),
    Guard("strict UTF-8", LOG_EVENTS, '.decode("utf-8")', '.decode("utf-8", "replace")', (EVENTS, GOLDEN)),
    Guard("byte order mark", LOG_EVENTS, ".removeprefix(_BYTE_ORDER_MARK)", "", (GOLDEN,)),
    Guard("NULs around a record", LOG_EVENTS, '_BLANK = b" \\t\\r\\0"', '_BLANK = b" \\t\\r"', (EVENTS,)),
    Guard("carriage returns", LOG_EVENTS, '_BLANK = b" \\t\\r\\0"', '_BLANK = b" \\t\\0"', (EVENTS,)),
    Guard("only objects are records", JSON_OBJECT, "if not isinstance(value, dict):", "if False:", (EVENTS,)),
    Guard(
        "half surrogate pairs", JSON_OBJECT,
        'if "\\\\u" in text and _has_lone_surrogate(value):', "if False:", (GOLDEN,),
    ),
    Guard("numbers beyond all limits", JSON_OBJECT, 'if number in (float("inf"), float("-inf")):', "if False:",
        (GOLDEN,)),
    Guard("NaN is no number", JSON_OBJECT, "            parse_constant=oddities.constant,\n", "", (GOLDEN,)),
    Guard("thousands of digits", JSON_OBJECT, "if len(digits) > INTEGER_DIGITS:", "if False:", (GOLDEN,)),
    Guard("keys that stand twice", JSON_OBJECT, "if len(value) != len(pairs):", "if False:", (GOLDEN,)),
    Guard(
        "depth", JSON_TEXT, "if brackets > JSON_DEPTH and nesting(text) > JSON_DEPTH:", "if False:", (EVENTS,),
    ),
    Guard(
        "a rating is a whole number", "learning_core/model/judgement.py",
        "value: StrictInt = Field(ge=1, le=5)", "value: int = Field(ge=1, le=5)", (EVENTS,),
    ),
    Guard(
        "a rating lies in 1 to 5", "learning_core/model/judgement.py",
        "value: StrictInt = Field(ge=1, le=5)", "value: StrictInt = Field(ge=1)", (EVENTS,),
    ),
    Guard(
        "what only accompanies may be unknown", "learning_core/model/judgement_fields.py",
        'if problem["loc"][0] not in _ACCOMPANYING:', "if True:", (GOLDEN,),
    ),
    Guard(
        "an unusable field is remarked", "learning_core/model/job_fields.py",
        'remarks.append(f"{name}: value not usable, treated as unknown")', "pass", (EVENTS,),
    ),
    # -- what stands
    Guard(
        "undo of an undo", JUDGED,
        'if event.kind == "undo" and event.id not in gone and', 'if event.kind == "undo" and', (GOLDEN, MACHINE),
    ),
    Guard(
        "undo", JUDGED, "        if event.id not in gone:\n            _take(result, event)",
        "        if True:\n            _take(result, event)", (FOLDER, GOLDEN),
    ),
    Guard("withdrawn", JUDGED, "result.withdrawn = bool(event.value)", "pass", (FOLDER, GOLDEN)),
    Guard(
        "the last word counts", JUDGED,
        "sorted(events, key=lambda event: (event.position, event.file, event.offset))", "list(events)",
        (FOLDER, MACHINE),
    ),
    Guard(
        "order between files", JUDGED,
        "(event.position, event.file, event.offset)", "(event.file, event.offset)", (FOLDER,),
    ),
    Guard("order of files with equal times", JUDGED,
          "(event.position, event.file, event.offset)", "(event.position, event.offset)", (MACHINE,)),
    # -- the index: what a batch does
    Guard(
        "order in a file is the position", APPLY,
        'self.latest = max(self.latest, content.get("recorded_at") or 0.0)',
        'self.latest = content.get("recorded_at") or 0.0', (FOLDER,),
    ),
    Guard(
        "refusals are kept", APPLY, "            self._refuse(line, str(error), line.data)\n", "", (FOLDER, GOLDEN),
    ),
    Guard("oversize lines are named", APPLY, 'self._refuse(line, "longer than the limit", b"")', "pass", (FAULTS,)),
    Guard("remarks are kept", APPLY, "if event is not None and event.remarks:", "if False:", (GOLDEN,)),
    Guard(
        "wrong types under a true checksum", APPLY,
        "except (TypeError, ValueError, KeyError, AttributeError, OverflowError):", "except ZeroDivisionError:",
        (FOLDER,),
    ),
    Guard(
        "a job counts once", APPLY,
        "ordinal = self._jobs.count if known is None else known.ordinal", "ordinal = self._jobs.count",
        (FOLDER, MACHINE),
    ),
    Guard(
        "the first place of a job wins", APPLY,
        "            if known.place <= place:\n                return", "            if False:\n                return",
        (FOLDER,),
    ),
    Guard(
        "the first place of an event wins", APPLY,
        "            if known.place <= row.place:\n                return",
        "            if False:\n                return", (GOLDEN, MACHINE),
    ),
    Guard("conflicts of jobs are kept", APPLY, "if known.content != content:", "if False:", (FOLDER,)),
    Guard("conflicts of events are kept", APPLY, "if known.content != row.content:", "if False:", (GOLDEN, MACHINE)),
    Guard(
        "ratings before their job", APPLY,
        "self._touched |= self._events.jobs_with_events(self._new_jobs)", "pass", (FOLDER,),
    ),
    Guard("an event that moves is recounted where it was", APPLY, "self._touched.add(known.job)", "pass", (MACHINE,)),
    Guard(
        "ratings within a job's line", APPLY, 'if "user_rating" in job or "notes" in job:', "if False:", (FOLDER,),
    ),
    Guard(
        "only a person's stars count", APPLY,
        'return int(content["value"]) if content.get("score_source", "human") == "human" else None',
        'return int(content["value"])', (GOLDEN,),
    ),
    # -- the index: how far the log was read
    Guard(
        "rows before the cursor", CURSOR_OF, "        applier.apply(batch)\n        offset = ",
        "        end = batch[-1].offset + batch[-1].length\n"
        "        connection.execute('UPDATE log_file SET offset = ?, head = ?, tail = ? WHERE id = ?',"
        " (end, sample(path, 0, end), sample(path, end - SAMPLE_BYTES, end), cursor.id))\n"
        "        connection.execute('COMMIT')\n        connection.execute('BEGIN IMMEDIATE')\n"
        "        applier.apply(batch)\n        offset = ", (FAULTS, KILLED),
    ),
    Guard("a log that shrank", INDEX, "status.st_size < cursor.offset or ", "", (FOLDER,)),
    Guard("a log file that is gone", INDEX, "return None if cursors else behind", "return behind", (FAULTS,)),
    Guard(
        "the first bytes of the log", INDEX,
        "sample(self.log_folder / cursor.name, 0, cursor.offset) == cursor.head\n            and ", "", (FAULTS,),
    ),
    Guard(
        "the last bytes read", INDEX,
        "\n            and sample(self.log_folder / cursor.name, cursor.offset - SAMPLE_BYTES, cursor.offset)"
        " == cursor.tail", "", (FOLDER,),
    ),
    # -- the index: builds and readers
    Guard("one process indexes", INDEX,
          'with FileLock(self.folder / "refresh.lock", timeout=lock_seconds, mode=0o600):', "if True:",
        (FOLDER, FAULTS)),
    Guard("half an index is taken away", INDEX,
          '            for leftover in self.folder.glob(f"{path.name}*"):\n                _remove(leftover)\n', "",
        (FAULTS,)),
    Guard("a new build becomes current", INDEX, 'pointer.replace(self.folder / "current")', "pass", (FOLDER,)),
    Guard("schema of the index", SCHEMA,
          'return bool(connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA)', "return True",
          (FOLDER, FAULTS)),
    Guard("one consistent view", SNAPSHOT, '        connection.execute("BEGIN")\n', "", (FAULTS,)),
    Guard("columns of another generation", SNAPSHOT,
          'if kept is None or kept[0] != state["generation"]:', "if kept is None:", (FOLDER,)),
    Guard("an index replaced while it was opened", SNAPSHOT,
          "        path = find()\n        connection = schema.open_for_reading(path)\n    try:",
          "        raise\n    try:", (FOLDER,)),
)
# fmt: on
