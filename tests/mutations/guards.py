"""Each guard of the log, the index and what is carried out of them: where it stands and who must notice its removal.

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
LOCK = "tests/core/log/test_lock.py"
FORKED = "tests/faults/test_killed_writers.py::test_a_forked_child_does_not_keep_the_lock_of_its_killed_parent"
MOUNT = "tests/core/log/test_mount.py"
MOUNTED = "tests/faults/test_network_mounts.py"
EVENTS = "tests/core/log/test_events.py"
READ = "tests/core/log/test_read.py"
SEAL = "tests/core/log/test_seal.py"
WRITER = "tests/core/log/test_writer.py"
JUDGING = "tests/core/test_judging.py"
FOREIGN = "tests/faults/test_foreign_lines.py"
BLOBS = "tests/core/index/test_blobs.py"
COLUMNS = "tests/core/index/test_columns.py"
COUNTED = "tests/core/index/test_counted.py"
BACKGROUND_KEPT = "tests/core/answers/test_background.py"
BITMAPS = "tests/core/index/test_filtered_bitmaps.py"
ROWS_TOGETHER = "tests/core/index/test_row_store.py"
OLDER_VIEWS = "tests/core/index/test_older_views.py"
FEATURES = "tests/core/index/test_features.py"
FOLDER = "tests/core/index/test_folder.py"
EXTENDED = "tests/core/index/test_extend.py"
APPLIED = "tests/core/index/test_apply.py"
KEYS = "tests/core/index/test_keys.py"
RECOUNT = "tests/core/index/test_recount.py"
REPEATS = "tests/core/index/test_repeats.py"
SCHEMAS = "tests/core/index/test_schema.py"
CONNECTIONS = "tests/core/index/test_reading.py"
BUILDS = "tests/core/index/test_builds.py"
WAITING = "tests/core/index/test_waiting_for_the_index.py"
GOLDEN = "tests/golden/test_golden_logs.py"
FAULTS = "tests/faults/test_index_faults.py"
NEW_FILE = "tests/core/test_new_file.py"
AUDITED = "tests/core/test_audit.py"
ARCHIVES = "tests/core/archive/test_pack_and_unpack.py"
HOSTILE = "tests/core/archive/test_hostile_archives.py"
REPAIRED = "tests/core/health/test_repair.py"
TABLES = "tests/core/exports/test_export_tables.py"
TRENDS = "tests/core/answers/test_trends.py"

CLAIMS = "tests/core/stats/test_strength.py"
SUBJECTS = "tests/core/stats/test_subject.py"
KEPT_ARRAYS = "tests/core/index/test_kept.py"
CAUSES = "tests/core/answers/test_other_causes.py"
COMPARED = "tests/core/answers/test_compare_settings.py"
TREND_WORLDS = "tests/core/answers/test_trend_worlds.py"
VERDICTS = "tests/core/answers/test_change_verdict.py"
FEEDBACK = "tests/core/answers/test_feedback_report.py"
BEFORE_AFTER = "tests/core/stats/test_before_after.py"
DRIVING = "tests/core/answers/test_drivers.py"
TERMS = "tests/core/stats/test_term_effects.py"
SHARES = "tests/core/stats/test_variance_shares.py"
STARS = "tests/core/stats/test_star_scale.py"
PROMPT_TEXTS = "tests/core/stats/test_prompt_text.py"
RIDGES = "tests/core/stats/test_ridge.py"
GIVEN = "tests/core/stats/test_given_words.py"
REPORTED = "tests/core/stats/test_reported_rates.py"
POOLED = "tests/core/stats/test_pooled_mean.py"
RECOMMENDED = "tests/core/answers/test_recommend.py"
WHO_JUDGED = "tests/core/answers/test_who_judged_what.py"
EVIDENCE_SAYS = "tests/acceptance/test_what_the_evidence_says.py"
BLOCKS = "tests/core/stats/test_paired_blocks.py"
BESIDE_JUDGEMENTS = "tests/core/index/test_beside_judgements.py"
BEST = "tests/core/stats/test_greatest.py"
EXTENTS = "tests/core/answers/test_extent.py"

DECIDED = "tests/core/deciding/test_deciding.py"
WRITTEN_SIDECARS = "tests/core/deciding/test_sidecar_file.py"
REVIEW_KEY = "tests/core/deciding/test_key.py"
PROPOSED = "tests/core/drafts/test_proposing.py"
REVIEWED = "tests/server/cli/test_review_command.py"

DECIDING = "learning_core/deciding/deciding.py"
SIDECAR_FILE = "learning_core/deciding/sidecar_file.py"
LOCKING = "learning_core/deciding/locking.py"
SEALED_KEY = "learning_core/deciding/key.py"
HISTORY = "learning_core/drafts/history.py"
DRAFT_FOLDER = "learning_core/drafts/folder.py"
DRAFT_CLAIMS = "learning_core/drafts/claims.py"
PROPOSING = "learning_core/drafts/proposing.py"
REVIEW_TERMINAL = "server/review/terminal.py"

LOG_APPEND = "learning_core/log/append.py"
LOG_LOCK = "learning_core/log/lock.py"
STRENGTH = "learning_core/stats/strength.py"
SUBJECT = "learning_core/stats/subject.py"
KEPT = "learning_core/index/kept.py"
ENTANGLEMENT = "learning_core/answers/entanglement.py"
PARAMETERS = "learning_core/answers/parameters.py"
ARM_VERDICT = "learning_core/answers/arm_verdict.py"
CHANGE_VERDICT = "learning_core/answers/change_verdict.py"
FEEDBACK_EFFECT = "learning_core/answers/feedback_effect.py"
BEFORE_AND_AFTER = "learning_core/stats/before_after.py"
DRIVER_TERMS = "learning_core/answers/driver_terms.py"
VARIANCE_SHARES = "learning_core/stats/variance_shares.py"
TERM_EFFECTS = "learning_core/stats/term_effects.py"
STAR_SCALE = "learning_core/stats/star_scale.py"
PROMPT_TEXT = "learning_core/stats/prompt_text.py"
RIDGE = "learning_core/stats/ridge.py"
GIVEN_WORDS = "learning_core/stats/given_words.py"
MAIN_EFFECTS = "learning_core/stats/main_effects.py"
POOLED_MEAN = "learning_core/stats/pooled_mean.py"
PAIRED_BLOCKS = "learning_core/stats/paired_blocks.py"
GREATEST = "learning_core/stats/greatest.py"
EXTENT = "learning_core/answers/extent.py"
CONTEXT = "learning_core/answers/context.py"
WEIGHING = "learning_core/answers/weighing.py"
LEADING = "learning_core/answers/leading.py"
COMPARISON = "learning_core/answers/comparison.py"
EVIDENCE = "learning_core/answers/evidence.py"
FIGURES = "learning_core/answers/figures.py"
RECOUNTING = "learning_core/index/recount.py"
LOG_SHARED = "learning_core/log/shared.py"
LOG_MOUNT = "learning_core/log/mount.py"
LOG_EVENTS = "learning_core/log/events.py"
LOG_READ = "learning_core/log/read.py"
LOG_SEAL = "learning_core/log/seal.py"
LOG_WRITER = "learning_core/log/writer.py"
JSON_OBJECT = "learning_core/text/json_object.py"
JSON_TEXT = "learning_core/text/json_text.py"
READ_COUNTED = "learning_core/index/counted.py"
PROMPT_TERMS = "learning_core/index/features.py"
SEALED_BLOBS = "learning_core/index/blobs.py"
SORTED_KEYS = "learning_core/index/keys.py"
JUDGED = "learning_core/index/judged.py"
APPLY = "learning_core/index/apply.py"
JOB_ROWS = "learning_core/index/job_rows.py"
EVENT_ROWS = "learning_core/index/event_rows.py"
REPEATED = "learning_core/index/repeats.py"
SAID = "learning_core/index/said.py"
RECOUNTED = "learning_core/index/recount.py"
CURSOR = "learning_core/index/cursor.py"
EXTEND = "learning_core/index/extend.py"
INDEX = "learning_core/index/folder.py"
LOADED = "learning_core/index/loaded.py"
SNAPSHOT = "learning_core/index/snapshot.py"
VIEW = "learning_core/index/view.py"
FILTERING = "learning_core/index/filtering.py"
BITMAP = "learning_core/index/bitmaps.py"
RATINGS_OF = "learning_core/index/ratings.py"
HELD_COLUMNS = "learning_core/index/held_columns.py"
ROW_STORE = "learning_core/index/row_store.py"
BACKGROUND = "learning_core/answers/background.py"
INSPECTION = "learning_core/index/inspection.py"
OPENING = "learning_core/index/opening.py"
READING = "learning_core/index/reading.py"
SCHEMA = "learning_core/index/schema.py"
LIBRARY = "learning_core/library.py"
GIVE_NAME = "learning_core/new_file.py"
AUDIT = "learning_core/audit.py"
MANIFEST = "learning_core/archive/manifest.py"
PACK = "learning_core/archive/pack.py"
PLACING = "learning_core/archive/placing.py"
TAR = "learning_core/archive/tar.py"
UNPACK = "learning_core/archive/unpack.py"
REPAIR = "learning_core/health/repair.py"
EXPORT_TABLES = "learning_core/exports/tables.py"
BENEATH = "learning_core/profiles/beneath.py"
CHECKED_PROFILE = "learning_core/profiles/check.py"
COLLECTED = "learning_core/profiles/collection.py"
COLD_START = "learning_core/answers/cold_start.py"
CONFIGURED = "learning_core/profiles/configured.py"
SIDECAR_BYTES = "learning_core/profiles/document.py"
EDITABLE_FIELDS = "learning_core/profiles/fields.py"
MODEL_FOLDERS_WALK = "learning_core/profiles/folders.py"
LORA_WEIGHTS = "learning_core/profiles/lora_weights.py"
PRECEDENCE = "learning_core/profiles/precedence.py"
STYLE = "learning_core/profiles/style.py"
SIDECARS = "tests/core/profiles/test_sidecar.py"
DOCUMENTS = "tests/core/profiles/test_document.py"
DRAFTABLE = "tests/core/profiles/test_fields.py"
MODEL_FOLDERS = "tests/core/profiles/test_model_folders.py"
SUGGESTED = "tests/core/profiles/test_suggest.py"
PIPELINE_CONFIG = "tests/core/profiles/test_pipeline_config.py"
STYLES = "tests/core/profiles/test_style.py"
COLD_STARTS = "tests/core/answers/test_cold_start.py"

# fmt: off
GUARDS = (
    # -- writing
    Guard("heal a torn last line", LOG_APPEND, 'data = b"\\n" + data', "data = data", (APPEND,)),
    Guard(
        "finish a short write", LOG_APPEND,
        "    while written < len(data):\n        written += _write_more(descriptor, data[written:])\n", "", (APPEND,),
    ),
    Guard("check the size after writing", LOG_APPEND, "if grown != len(data):", "if False:", (APPEND,)),
    Guard(
        "lock among writers", LOG_APPEND, "    held = lock.acquire(lock_file, lock_seconds)\n",
        "    held = os.open(lock_file, lock.FLAGS, 0o600)\n    lock._open[held] = 0\n", (APPEND,),
    ),
    Guard("follow no link", LOG_LOCK, '    | getattr(os, "O_NOFOLLOW", 0)\n', "", (APPEND,)),
    Guard("only append", LOG_LOCK, "    os.O_APPEND\n    | os.O_CREAT", "    os.O_CREAT", (DURABLE,)),
    Guard("keep the log private", LOG_LOCK, "os.open(path, FLAGS, 0o600)", "os.open(path, FLAGS, 0o666)", (APPEND,)),
    Guard("fsync what a person said", LOG_APPEND, "        if durable:", "        if False:", (DURABLE,)),
    Guard(
        "fsync the folder of a new file", LOG_APPEND, "        _sync_folder_of(path)\n    except", "    except",
        (DURABLE,),
    ),
    Guard(
        "fsync the folder again for a file made again", LOG_APPEND, "        _sync_folder_of.cache_clear()\n",
        "        pass\n", (DURABLE,),
    ),
    Guard(
        "no second fsync", LOG_APPEND, "        os.fsync(descriptor)\n        _sync_folder_of(path)",
        "        try:\n            os.fsync(descriptor)\n        except OSError:\n"
        "            os.fsync(descriptor)\n        _sync_folder_of(path)",
        (DURABLE,),
    ),
    Guard(
        "fsync the folders of a new library", LOG_APPEND,
        "    for made in missing:\n        _sync_folder(made.parent)\n", "", (APPEND,),
    ),
    Guard("limit of a written line", LOG_SEAL, "if len(line) > WRITTEN_LINE_BYTES:", "if False:", (SEAL,)),
    Guard(
        "large integers written exactly", LOG_SEAL, 'if "Integer exceeds 64-bit range" not in str(error):', "if True:",
        (SEAL,),
    ),
    Guard(
        "no error reaches the pipeline", LOG_WRITER, "except (WhatworksError, TypeError, ValueError)",
        "except (WhatworksError, TypeError)", (WRITER,),
    ),
    Guard(
        "validate before writing", LOG_WRITER,
        "if not isinstance(job_id, str) or not 0 < len(job_id) <= JOB_ID_CHARACTERS:", "if False:", (WRITER,),
    ),
    Guard(
        "a rating is durable", "learning_core/judging.py", "library.append(events, durable=True)",
        "library.append(events, durable=False)", (JUDGING,),
    ),
    Guard(
        "taking back is durable", "learning_core/judging.py", "for said, _ in last], durable=True)",
        "for said, _ in last], durable=False)", (DURABLE,),
    ),
    # -- the lock
    Guard("a lock excludes", LOG_LOCK, "        _take(descriptor)\n", "", (LOCK,)),
    Guard(
        "a lock is never stolen", LOG_LOCK, "    return descriptor\n\n\nclass HeldByOthers",
        "    if descriptor is None:\n        Path(path).unlink()\n        return _attempt(path)\n"
        "    return descriptor\n\n\nclass HeldByOthers",
        (LOCK,),
    ),
    Guard(
        "a lock that went with its folder is none", LOG_LOCK, "if descriptor is None or _is_still(path, descriptor):",
        "if True:", (LOCK,),
    ),
    Guard("a lock is given back, not only closed", LOG_LOCK, "fcntl.flock(descriptor, fcntl.LOCK_UN)", "pass", (LOCK,)),
    Guard(
        "a child keeps no lock of its parent", LOG_LOCK, "os.register_at_fork(after_in_child=_let_go_in_child)", "pass",
        (FORKED,),
    ),
    # -- network mounts
    Guard(
        "a file that other computers write to is refused", LOG_SHARED, 'if f".{host}." not in path.name.casefold():',
        "if False:", (MOUNTED,),
    ),
    Guard("a computer without a name is refused", LOG_SHARED, "if host in NAMELESS:", "if False:", (MOUNTED,)),
    Guard(
        "one file a computer", LOG_SHARED, "with_host(folder / name) if network_file_system(folder) else folder / name",
        "folder / name", (MOUNTED,),
    ),
    Guard(
        "the lock of a mounted log is local", LOG_SHARED,
        "        return _local_lock(log, shared_type, host_name())\n", "        return log\n", (MOUNTED,),
    ),
    Guard(
        "the folder of local locks is private", LOG_SHARED,
        "if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:", "if False:",
        (MOUNTED,),
    ),
    Guard("a link to a mount is a mount", LOG_MOUNT, "os.path.realpath(folder)", "str(folder)", (MOUNT,)),
    Guard("the longest mount point decides", LOG_MOUNT, "len(here) >= len(point) and ", "", (MOUNT,)),
    Guard(
        "a mount point ends at a slash", LOG_MOUNT, 'folder.startswith(f"{here}/")', "folder.startswith(here)",
        (MOUNT,),
    ),
    Guard("spaces in mount points", LOG_MOUNT, "_unescaped(words[1])", "words[1]", (MOUNT,)),
    Guard("types that are shared", LOG_MOUNT, "return kind if kind in SHARED_TYPES else None", "return None", (MOUNT,)),
    # -- reading bytes
    Guard("an unfinished line is pending", LOG_READ, "    if with_tail:", "    if True:", (READ,)),
    Guard(
        "limit of a line within a block", LOG_READ, "return part if len(part) <= limit else None",
        "return part", (READ,),
    ),
    Guard(
        "NULs before a record within a block", LOG_READ, '    part = part.lstrip(b"\\0")\n    return part if',
        "    return part if", (READ, EVENTS, FOREIGN),
    ),
    Guard("NULs before a record", LOG_READ, 'part = part.lstrip(b"\\0")', "part = part", (READ,)),
    Guard(
        "a long line is not held in memory", LOG_READ,
        "        if self._size > self._limit:\n            self._parts.clear()\n        elif part:", "        if part:",
        (f"{FOREIGN}::test_a_line_of_a_hundred_megabytes_costs_only_itself_in_bounded_memory",),
    ),
    Guard(
        "limit of a line", LOG_READ, 'data = None if self._size > self._limit else b"".join(self._parts)',
        'data = b"".join(self._parts)', (READ,),
    ),
    # -- from a line to an event
    Guard("checksum", LOG_EVENTS, "if state is False:", "if False:", (EVENTS,)),
    Guard(
        "newer version, sealed", LOG_EVENTS, 'if content.get("schema_version", 1) != SCHEMA_VERSION:', "if False:",
        (GOLDEN,),
    ),
    Guard(
        "unknown kind under a checksum", LOG_EVENTS, "if is_named and isinstance(kind, str) and kind in KINDS:",
        "if is_named:", (GOLDEN,),
    ),
    Guard(
        "seeds read exactly", LOG_EVENTS,
        'return json.loads(line) if isinstance(content.get("seed"), float) else content', "return content",
        (EVENTS, GOLDEN),
    ),
    Guard("byte order mark", LOG_EVENTS, ".removeprefix(_BYTE_ORDER_MARK)", "", (GOLDEN,)),
    Guard("strict UTF-8", LOG_EVENTS, '.decode("utf-8")', '.decode("utf-8", "replace")', (EVENTS, GOLDEN)),
    Guard("newer version, not sealed", LOG_EVENTS, "if version != SCHEMA_VERSION:", "if False:", (EVENTS, GOLDEN)),
    Guard("NULs around a record", LOG_EVENTS, '_BLANK = b" \\t\\r\\0"', '_BLANK = b" \\t\\r"', (EVENTS,)),
    Guard("carriage returns", LOG_EVENTS, '_BLANK = b" \\t\\r\\0"', '_BLANK = b" \\t\\0"', (EVENTS,)),
    Guard("only objects are records", JSON_OBJECT, "if not isinstance(value, dict):", "if False:", (EVENTS,)),
    Guard(
        "half surrogate pairs", JSON_OBJECT, 'if "\\\\u" in text and _has_lone_surrogate(value):', "if False:",
        (GOLDEN,),
    ),
    Guard(
        "numbers beyond all limits", JSON_OBJECT, 'if number in (float("inf"), float("-inf")):', "if False:", (GOLDEN,),
    ),
    Guard("NaN is no number", JSON_OBJECT, "            parse_constant=oddities.constant,\n", "", (GOLDEN,)),
    Guard("thousands of digits", JSON_OBJECT, "if len(digits) > INTEGER_DIGITS:", "if False:", (GOLDEN,)),
    Guard("keys that stand twice", JSON_OBJECT, "if len(value) != len(pairs):", "if False:", (GOLDEN,)),
    Guard("depth", JSON_TEXT, "if brackets > JSON_DEPTH and nesting(text) > JSON_DEPTH:", "if False:", (EVENTS,)),
    Guard(
        "a rating is a whole number", "learning_core/model/judgement.py", "value: StrictInt = Field(ge=1, le=5)",
        "value: int = Field(ge=1, le=5)", (EVENTS,),
    ),
    Guard(
        "a rating lies in 1 to 5", "learning_core/model/judgement.py", "value: StrictInt = Field(ge=1, le=5)",
        "value: StrictInt = Field(ge=1)", (EVENTS,),
    ),
    Guard(
        "what only accompanies may be unknown", "learning_core/model/judgement_fields.py",
        'if problem["loc"][0] not in _ACCOMPANYING:', "if True:", (GOLDEN,),
    ),
    Guard(
        "an unusable field is remarked", "learning_core/model/job_fields.py",
        'remarks.append(f"{name}: value not usable, treated as unknown")', "pass", (EVENTS,),
    ),
    # -- the fields that are counted
    Guard(
        "images that a column can hold", READ_COUNTED, "Index = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_WHOLE)]",
        "Index = Annotated[int, msgspec.Meta(ge=0)]", (COUNTED,),
    ),
    Guard(
        "runtimes that a column can hold", READ_COUNTED, "total_runtime_sec: Runtime", "total_runtime_sec: float",
        (COUNTED,),
    ),
    Guard(
        "prompts that a column can hold", READ_COUNTED, "prompt_positive: Prompt", "prompt_positive: str", (COUNTED,),
    ),
    Guard(
        "only sealed lines are read by type alone", READ_COUNTED, "    if checksum is not None:", "    if True:",
        (COUNTED,),
    ),
    Guard(
        "newer version of a counted line", READ_COUNTED, "if fields.schema_version == SCHEMA_VERSION and ", "if ",
        (COUNTED,),
    ),
    Guard(
        "a sealed event without what it says", READ_COUNTED, "    if not _is_complete(fields):", "    if False:",
        (COUNTED,),
    ),
    Guard(
        "seeds beyond 64 bits are counted", READ_COUNTED, "        return json.dumps(content).encode()",
        '        raise Unreadable("seed") from None', (COUNTED,),
    ),
    Guard(
        "wrong types under a true checksum", READ_COUNTED, "    except msgspec.DecodeError as error:",
        "    except ZeroDivisionError as error:", (COUNTED,),
    ),
    Guard("an escaped bracket begins no network", PROMPT_TERMS, "(?<!\\\\)<\\w+:[^<>]*>", "<\\w+:[^<>]*>", (FEATURES,)),
    Guard(
        "what steers the picture is read by the grammar", PROMPT_TERMS,
        'tags = topics(plain) if is_steered else plain.split(",")', 'tags = plain.split(",")', (FEATURES,),
    ),
    Guard("AND parts tags", PROMPT_TERMS, '"$$", "AND", "BREAK"', '"$$", "BREAK"', (FEATURES,)),
    Guard("wildcards are no words", PROMPT_TERMS, '("__", "$$"', '("$$"', (FEATURES,)),
    # -- blobs and keys of the index
    Guard("checksum of stored values", SEALED_BLOBS, "if blob[-CHECKSUM_BYTES:] != ", "if False and b'' != ", (BLOBS,)),
    Guard(
        "all levels are searched for few keys", SORTED_KEYS, "found += [self._in_leaves(level, key)",
        "found += [self._in_leaves(0, key)", (KEYS,),
    ),
    Guard(
        "only an empty level is passed over", SORTED_KEYS, "elif self._has_leaves(level):", "elif False:", (KEYS,),
    ),
    Guard(
        "all levels are searched for many keys", SORTED_KEYS,
        "found.append(_matching(self._level(level), wanted))",
        "found.append(_matching(self._level(0), wanted))", (KEYS,),
    ),
    Guard(
        "a key lies in one leaf", SORTED_KEYS, "np.unique(np.searchsorted(keys, keys[::LEAF_KEYS])).tolist()",
        "list(range(0, len(keys), LEAF_KEYS))", (KEYS,),
    ),
    Guard("a level that moved on is emptied", SORTED_KEYS, "            self._write(level, _NOTHING)\n", "", (KEYS,)),
    Guard(
        "keys of one name", SORTED_KEYS, '"SELECT keys, rows FROM leaf WHERE name = ? AND level = ? ORDER BY first"',
        '"SELECT keys, rows FROM leaf WHERE ? != \'\' AND level = ? ORDER BY first"', (KEYS,),
    ),
    # -- what stands
    Guard(
        "order between files", JUDGED, "(event.position, event.file, event.offset, event.kind)",
        "(event.file, event.offset, event.kind)", (FOLDER,),
    ),
    Guard(
        "order of files with equal times", JUDGED, "(event.position, event.file, event.offset, event.kind)",
        "(event.position, event.offset, event.kind)", (REPEATS,),
    ),
    Guard(
        "the last word counts", JUDGED,
        "sorted(events, key=lambda event: (event.position, event.file, event.offset, event.kind))", "list(events)",
        (FOLDER,),
    ),
    Guard(
        "undo of an undo", JUDGED, 'if event.kind == "undo" and event.key not in gone:', 'if event.kind == "undo":',
        (GOLDEN,),
    ),
    Guard(
        "a later word supersedes", JUDGED, "last[event.kind, event.image] = event.key", "others.add(event.key)",
        (TABLES,),
    ),
    Guard(
        "undo", JUDGED, "        if event.key not in gone:\n            _take(result, event)",
        "        if True:\n            _take(result, event)", (RECOUNT, FOLDER, GOLDEN),
    ),
    Guard("a tag is taken off", JUDGED, "result.tags.discard(text[1:])", "pass", (RECOUNT,)),
    Guard("withdrawn", JUDGED, "result.withdrawn = bool(event.value)", "pass", (FOLDER,)),
    # -- the index: what a batch does
    Guard(
        "order in a file is the position", APPLY, "latest = max(latest, fields.recorded_at or 0.0)",
        "latest = fields.recorded_at or 0.0", (RECOUNT,),
    ),
    Guard("jumps of the clock are counted", APPLY, "clock.backward + int(", "clock.backward + 0 * int(", (TRENDS,)),
    Guard(
        "LoRAs of the wrong type under a true checksum", APPLY,
        "except (TypeError, ValueError, KeyError, AttributeError) as error:", "except ZeroDivisionError as error:",
        (FOLDER,),
    ),
    Guard("lengths that a column can hold", APPLY, "lines = _placeable(lines)", "pass", (APPLIED,)),
    Guard(
        "oversize lines are named", READ_COUNTED, 'raise Unreadable("longer than the limit")', "return None, ()",
        (APPLIED,),
    ),
    Guard("refusals are kept", APPLY, "self._refuse(line_at(lines, number), file, str(error))", "pass", (FOLDER,)),
    Guard("remarks are kept", APPLY, "        if remarks:", "        if False:", (GOLDEN,)),
    Guard(
        "ratings before their job", APPLY, "np.concatenate([jobs, self._events.flush()])", "self._events.flush()",
        (FOLDER,),
    ),
    Guard(
        "a change is a new generation", APPLY, 'counter(self._sql, "generation") + 1',
        'counter(self._sql, "generation")', (FOLDER,),
    ),
    Guard("a seed that no column can hold", JOB_ROWS, "0 <= seed < SEED_COLUMN_MAXIMUM", "0 <= seed", (FOREIGN,)),
    Guard("stars of a job's own line", JOB_ROWS, "[job.user_rating or 0 for job in jobs]", "0",
          (RECOUNT, FOLDER)),
    Guard("a job counts once", JOB_ROWS, "if key in known:", "if False:", (FOLDER,)),
    Guard("a job counts once within a batch", JOB_ROWS, "                known[key] = self._count\n", "", (FOLDER,)),
    Guard(
        "what a job's first line said stays said", JOB_ROWS,
        "            self._events.take_within(key, known, time)\n", "", (REPEATS,),
    ),
    Guard(
        "what a job's later line says is said", JOB_ROWS,
        '            self._events.take_within(key, new, float(columns["time"][number]))\n',
        "            pass\n", (FOLDER,),
    ),
    Guard("an event counts once", EVENT_ROWS, "            if key in known:", "            if False:", (REPEATS,)),
    Guard(
        "tags of an event that was replaced are gone", EVENT_ROWS,
        '            self._sql.execute("DELETE FROM event_text WHERE row = ?", (row,))\n', "", (REPEATS,),
    ),
    Guard(
        "an event that moves is found where it is", EVENT_ROWS, 'if new["job"] != known["job"]:', "if False:",
        (REPEATS,),
    ),
    Guard(
        "an event that moves is recounted where it was", EVENT_ROWS, 'jobs: Column = np.array([known["job"]])',
        'jobs: Column = np.array([new["job"]])', (REPEATS,),
    ),
    Guard("only a person's stars count", EVENT_ROWS, ' and event.score_source == "human" else 0', " else 0", (GOLDEN,)),
    Guard(
        "the first place of an id wins", REPEATED, "return self.place(new[0]) < self.place(known[0])", "return False",
        (REPEATS,),
    ),
    Guard(
        "a later line of an id replaces nothing", REPEATED, "return self.place(new[0]) < self.place(known[0])",
        "return True", (FOLDER,),
    ),
    Guard("conflicts are kept", REPEATED, "if known[1] != new[1]:", "if False:", (FOLDER,)),
    Guard(
        "a conflict is named at its first place", REPEATED,
        '"\n            " WHERE (excluded.position, excluded.name, excluded.offset) < (position, name, offset)"', '"',
        (REPEATS,),
    ),
    Guard(
        "an event that moved is not said of its old job", SAID, 'np.flatnonzero(stored["job"] == keys)',
        "np.arange(len(rows))", (REPEATS,),
    ),
    Guard(
        "an event that came back is said once", SAID, "here[np.unique(rows[here], return_index=True)[1]]", "here",
        (REPEATS,),
    ),
    Guard(
        "ratings within a job's line", SAID,
        "        for job, event in self._within(wanted):\n            found.setdefault(job, []).append(event)\n", "",
        (REPEATS,),
    ),
    Guard(
        "file names rank, not their numbers", RECOUNTED, "enumerate(sorted(names.values()))",
        "enumerate(name for _, name in sorted(names.items()))", (RECOUNT,),
    ),
    Guard(
        "an event that moved is not counted for its old job", RECOUNTED, 'said = said[said["job"] == about]', "pass",
        (REPEATS,),
    ),
    Guard(
        "tags are counted afresh", RECOUNTED, 'if self._sql.execute("SELECT 1 FROM tag LIMIT 1").fetchone():',
        "if False:", (RECOUNT,),
    ),
    Guard(
        "stars of a job's own line count", RECOUNTED, 'own = np.flatnonzero(places["stars"])',
        "own = np.zeros(0, np.int64)", (RECOUNT,),
    ),
    Guard("what is no judgement does not count", RECOUNTED, "(value > 0) & ", "", (RECOUNT,)),
    Guard(
        "counts follow the position", RECOUNTED, "self._rank[file], position, subject, kind, job",
        "self._rank[file], subject, kind, job", (RECOUNT,),
    ),
    Guard(
        "counts follow the order of files", RECOUNTED, "(offset, self._rank[file], position, subject",
        "(offset, position, subject", (RECOUNT,),
    ),
    Guard("each image counts for itself", RECOUNTED, " | (subject[1:] != subject[:-1])", "", (RECOUNT,)),
    Guard(
        "only the last of each kind counts", RECOUNTED,
        "last[:-1] = (job[1:] != job[:-1]) | (kind[1:] != kind[:-1]) | (subject[1:] != subject[:-1])", "pass",
        (RECOUNT,),
    ),
    Guard(
        "an undo is counted by the rules", RECOUNTED, '("tags", "undo", "withdrawal")', '("tags", "withdrawal")',
        (RECOUNT,),
    ),
    Guard(
        "a withdrawal is counted by the rules", RECOUNTED, '("tags", "undo", "withdrawal")', '("tags", "undo")',
        (RECOUNT,),
    ),
    # -- the index: how far the log was read
    Guard(
        "a log replaced by another file", CURSOR,
        "file_identity(status) == (self.device, self.inode)\n            and ", "", (BUILDS,),
    ),
    Guard(
        "the first bytes of the log", CURSOR, "samples(path, self.offset) == (self.head, self.tail)",
        "samples(path, self.offset)[1] == self.tail",
        (f"{FAULTS}::test_a_log_rewritten_at_its_beginning_only_is_noticed",),
    ),
    Guard(
        "the last bytes read", CURSOR, "samples(path, self.offset) == (self.head, self.tail)",
        "samples(path, self.offset)[0] == self.head", (FOLDER,),
    ),
    Guard(
        "rows and cursor in one transaction", EXTEND, "        clock = applier.apply(batch, cursor.id, cursor.clock)\n",
        "        end = batch[-1].offsets[-1] + batch[-1].lengths[-1]\n"
        "        head, tail = samples(path, end)\n"
        "        store(connection, replace(cursor, offset=end, head=head, tail=tail))\n"
        "        connection.execute('COMMIT')\n        connection.execute('BEGIN IMMEDIATE')\n"
        "        clock = applier.apply(batch, cursor.id, cursor.clock)\n",
        (BUILDS,),
    ),
    Guard(
        "what was read of an index that another process extended", EXTEND, "return connection, cursors_of(connection)",
        "return connection, []", (EXTENDED,),
    ),
    Guard(
        "what was read through a connection that is closed", EXTEND, "return connection, cursors_of(connection)",
        "return cursors_of(connection)", (EXTENDED,),
    ),
    Guard(
        "half a batch is rolled back", EXTEND, 'connection.execute("ROLLBACK")', 'connection.execute("COMMIT")',
        (BUILDS,),
    ),
    # -- the index: builds and readers
    Guard(
        "files outside the log are not read", INDEX, 'if entry.name.endswith(".jsonl") and entry.name[0] != "."',
        'if ".jsonl" in entry.name',
        (f"{FAULTS}::test_the_records_of_a_file_that_is_gone_or_rotated_out_of_the_log_are_gone",),
    ),
    Guard(
        "a deleted folder is made again", INDEX, "if attempt < _ATTEMPTS - 1 and self._is_lost(error):", "if False:",
        (BUILDS,),
    ),
    Guard(
        "deleted files are made again", INDEX, '("SQLITE_IOERR", "SQLITE_CANTOPEN")', '("NEVER",)', (BUILDS,),
    ),
    Guard(
        "patience ends where there is an index", INDEX, "seconds = lock_seconds if found is None else PATIENCE",
        "seconds = lock_seconds", (WAITING,),
    ),
    Guard(
        "one process indexes", INDEX, 'with lock.held(self.folder / "refresh.lock", seconds, self._show(progress)):',
        "if True:", (f"{FAULTS}::test_of_two_refreshes_one_does_the_work_and_the_other_waits_for_it",),
    ),
    Guard(
        "who waited looks again", INDEX, "            usable = self._usable()[0]\n", "            usable = path\n",
        (WAITING,),
    ),
    Guard(
        "who lost the index while waiting waits on", INDEX, "if usable is None and found is not None:", "if False:",
        (WAITING,),
    ),
    Guard(
        "an answer behind the log says so", INDEX,
        'return replace(usable, stale=f"The newest records are not counted yet: {why}.")', "return usable",
        (WAITING,),
    ),
    Guard(
        "a log file that is gone", INDEX, "return None if cursors else behind", "return behind",
        (f"{FAULTS}::test_the_records_of_a_file_that_is_gone_or_rotated_out_of_the_log_are_gone",),
    ),
    Guard(
        "an index that may not be written is built anew", INDEX,
        'if not error.sqlite_errorname.startswith("SQLITE_READONLY"):', "if True:",
        (f"{FAULTS}::test_a_read_only_index_file_is_read_or_replaced",),
    ),
    Guard(
        "an index found damaged while it grows is built anew", INDEX,
        "            except sqlite3.DatabaseError as error:\n", "            except ZeroDivisionError as error:\n",
        (BUILDS,),
    ),
    Guard("a killed build goes on", INDEX, "        if building.is_file():", "        if False:", (BUILDS,)),
    Guard(
        "a killed build goes on only where it fits the log", INDEX,
        "if self._can_go_on(connection):\n                    stack", "if True:\n                    stack", (BUILDS,),
    ),
    Guard(
        "half an index is taken away", INDEX,
        "            # Half an index would keep a full disk full.\n            _remove_index(building)\n", "",
        (f"{FAULTS}::test_a_first_build_on_a_full_disk_says_what_to_do_and_does_not_fill_it_more",),
    ),
    Guard(
        "a finished index has a name of its own", INDEX, 'f"index-{identity % 2**64:016x}.sqlite"', '"index-1.sqlite"',
        (BUILDS,),
    ),
    Guard("a new build becomes current", INDEX, 'pointer.replace(self._pointer)', "pass", (BUILDS,)),
    Guard("old indexes do not pile up", INDEX, "            if leftover != path:", "            if False:", (BUILDS,)),
    Guard(
        "only an index that fits the log is extended", INDEX,
        "return schema.is_current(connection) and self._behind(connection) is not None", "return True", (BUILDS,),
    ),
    Guard(
        "a damaged index is put aside", INDEX, "== path.name:\n            pointer", "== '':\n            pointer",
        (BUILDS,),
    ),
    Guard(
        "only the index in use is put aside", INDEX, 'if pointer.read_text(encoding="ascii").strip() == path.name:',
        "if True:", (BUILDS,),
    ),
    Guard(
        "an older view is not brought level", HELD_COLUMNS,
        "        if generation < self.generation:\n            return read_column(sql, name, rows)[:rows]\n", "",
        (OLDER_VIEWS,),
    ),
    Guard(
        "columns in use are changed in a copy", HELD_COLUMNS, "if len(differing) and name not in own:", "if False:",
        (COLUMNS,),
    ),
    Guard(
        "columns of another generation", HELD_COLUMNS, "if generation <= self.generation:", "if self.generation >= 0:",
        (COLUMNS,),
    ),
    Guard(
        "rows that changed are not as they were kept", ROW_STORE, "found[changed] = self.theirs[place[changed]]",
        "pass", (ROWS_TOGETHER,),
    ),
    Guard(
        "rows with wider values are not kept in narrow ones", ROW_STORE, " and before.values.dtype == kind", "",
        (ROWS_TOGETHER,),
    ),
    Guard(
        "a row that was added and changed since is looked up once", ROW_STORE, "changed[: changed.searchsorted(known)]",
        "changed", (ROWS_TOGETHER,),
    ),
    Guard(
        "what changed is told at the state that is asked about", LOADED,
        "            self._columns.bring_level(sql, rows, generation)\n", "", (BACKGROUND_KEPT,),
    ),
    Guard(
        "what was made of rows that changed is begun anew", VIEW,
        "if before is None or changed is None or len(changed):", "if before is None or changed is None:", (BITMAPS,),
    ),
    Guard(
        "pairs of ratings keep their numbers", RATINGS_OF, "dict.fromkeys([*known, *found])",
        "dict.fromkeys([*found, *known])", (BITMAPS,),
    ),
    Guard(
        "the last rows of a value that are known are looked at again", BITMAP, "whole = known // BITS",
        "whole = -(-known // BITS)", (BITMAPS,),
    ),
    Guard(
        "jobs that were withdrawn are in no bitmap", FILTERING, "bitmap = snapshot.standing_bitmap()",
        "bitmap = packed(np.ones(snapshot.jobs, bool))", (BITMAPS,),
    ),
    Guard(
        "an earlier background without what left it", BACKGROUND, " or is_among(changed, before.jobs).any()", "",
        (BACKGROUND_KEPT,),
    ),
    Guard(
        "an earlier background without a new prompt that joined it", BACKGROUND, "    if joining.any():\n",
        "    if False:\n", (BACKGROUND_KEPT,),
    ),
    Guard(
        "an earlier background without what joined it", BACKGROUND,
        "    if is_among(prompts, nearest).any():\n", "    if False:\n", (BACKGROUND_KEPT,),
    ),
    Guard(
        "a view does not refer to itself", SNAPSHOT, "partial(gather, connection)",
        "lambda *wanted: gather(self._sql, *wanted)", (FOLDER,),
    ),
    Guard(
        "one consistent view", OPENING, '    connection.execute("BEGIN")\n', "",
        (f"{FAULTS}::test_a_look_shows_what_was_there_when_it_began_whatever_is_indexed_meanwhile",),
    ),
    Guard(
        "a view is of the state that was found", OPENING, "if snapshot.generation < found.generation:", "if False:",
        (FOLDER,),
    ),
    Guard("an index replaced while it was opened", OPENING, "_ATTEMPTS = 5", "_ATTEMPTS = 1", (FOLDER,)),
    Guard(
        "the first content of an id is no conflict", INSPECTION, "PARTITION BY id ORDER BY position, name, offset",
        "PARTITION BY id ORDER BY name, offset", (REPEATS,),
    ),
    Guard(
        "an index is told from every other", SCHEMA, "random());", "1);",
        (f"{FAULTS}::test_an_index_built_anew_is_not_taken_for_the_one_that_stood_in_its_place",),
    ),
    Guard(
        "an index is read where nothing can be written", SCHEMA,
        '        connection = _connect(path, "ro&immutable=1")', "        raise", (SCHEMAS,),
    ),
    Guard(
        "a kept connection whose files were replaced is not lent", READING,
        "if idle is None or (idle.path == path and idle.identity == _identity(path)):",
        "if idle is None or idle.path == path:", (CONNECTIONS,),
    ),
    Guard("a frozen view is not kept", READING, " and not opened.connection.is_frozen", "", (CONNECTIONS,)),
    Guard("a view ends with its question", READING, "            opened.connection.rollback()\n", "", (CONNECTIONS,)),
    Guard(
        "an index that is written to is not read as it stands", SCHEMA,
        "        if journal.exists() and journal.stat().st_size:\n            raise\n", "", (SCHEMAS,),
    ),
    Guard(
        "schema of the index", SCHEMA, 'return bool(connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA)',
        "return True", (BUILDS,),
    ),
    Guard(
        "a damaged index answers at the second attempt", LIBRARY, "        except IndexDamaged:",
        "        except ZeroDivisionError:", (BUILDS,),
    ),
    # -- files that appear whole
    Guard(
        "a new file never overwrites", GIVE_NAME, "            _link(part, path)\n", "            part.replace(path)\n",
        (NEW_FILE,),
    ),
    Guard("a name that is taken is refused first", GIVE_NAME, "    if not replace:\n", "    if False:\n", (NEW_FILE,)),
    Guard("only plain files are replaced", GIVE_NAME, "if not stat.S_ISREG(mode):", "if False:", (NEW_FILE,)),
    Guard(
        "a new file is on the disk before it has its name", GIVE_NAME, "            os.fsync(file.fileno())\n", "",
        (NEW_FILE,),
    ),
    Guard(
        "nothing half is left", GIVE_NAME, "            part.unlink(missing_ok=True)\n", "            pass\n",
        (NEW_FILE,),
    ),
    # -- the audit chain
    Guard(
        "one writer of the chain", AUDIT, 'with lock.held(self.folder / "chain.lock", LOCK_SECONDS):', "if True:",
        (AUDITED,),
    ),
    Guard(
        "a gap of the chain stays visible", AUDIT,
        "return (anchor.seq, anchor.hash) if anchor is not None and anchor.seq > end[0] else end", "return end",
        (AUDITED,),
    ),
    Guard("the hash of an entry", AUDIT, "if _hash(body) != found.group(1).decode():", "if False:", (AUDITED,)),
    Guard("the numbers of the entries", AUDIT, "if entry.seq != seq + 1:", "if False:", (AUDITED,)),
    Guard("the hash of the entry before", AUDIT, "if entry.previous != previous:", "if False:", (AUDITED,)),
    Guard(
        "an anchor that is missing", AUDIT, 'could not be noticed" if seq else ""',
        'could not be noticed" if False else ""', (AUDITED,),
    ),
    Guard("the end of the chain", AUDIT, "if anchor.seq > seq:", "if False:", (AUDITED,)),
    Guard(
        "the entry that the anchor knows", AUDIT, 'return "" if anchored == anchor.hash else', 'return "" if True else',
        (AUDITED,),
    ),
    # -- archives
    Guard(
        "an archive of another version", MANIFEST, "if not OLDEST <= manifest.version <= VERSION:", "if False:",
        (HOSTILE,),
    ),
    Guard("a name twice in an archive", MANIFEST, "if len(set(names)) != len(names):", "if False:", (HOSTILE,)),
    Guard(
        "names that no library has", MANIFEST,
        "if name not in (AUDIT, ANCHOR) and not is_log_member(name) and not is_document(name):", "if False:",
        (HOSTILE,),
    ),
    Guard("names that lead out of the folder", MANIFEST, "        and Path(file).name == file\n", "", (HOSTILE,)),
    Guard(
        "an archive holds whole lines only", PACK, "                return start + found + 1\n",
        "                return size\n", (ARCHIVES,),
    ),
    Guard(
        "a log that changes while it is packed", PACK, "if digest.hexdigest() != described.sha256:", "if False:",
        (ARCHIVES,),
    ),
    Guard(
        "no archive inside the log", PACK, "if any(inside.is_relative_to(folder.resolve()) for folder in own_folders):",
        "if False:", (ARCHIVES,),
    ),
    Guard("another file of that name stays", PLACING, 'if first.read(1) != b"\\n":', "if False:", (ARCHIVES,)),
    Guard(
        "nothing in the way is followed", PLACING, "if there.is_symlink() or not there.is_file():", "if False:",
        (HOSTILE,),
    ),
    Guard(
        "no archive breaks the audit chain", PLACING, "(not is_own or verify(staged, known).broken)", "not is_own",
        (HOSTILE,),
    ),
    Guard("no archive locks a library in use", UNPACK, "is_used and _locks(", "False and _locks(", (HOSTILE,)),
    Guard(
        "an approval writes what was shown", DECIDING, "            refuse_forged(base, draft)\n", "", (DECIDED,),
    ),
    Guard(
        "an undo undoes what was shown", DECIDING,
        "            refuse_forged(_base_before(base, applied.event), draft)\n", "", (DECIDED,),
    ),
    Guard("plain files only", TAR, "if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):", "if False:", (HOSTILE,)),
    Guard("an archive that ends too early", TAR, "if len(data) != size:", "if False:", (HOSTILE,)),
    Guard("nothing follows after the end", TAR, 'if self._stream.read(CHUNK).strip(b"\\0"):', "if False:", (HOSTILE,)),
    Guard("an archive larger than the disk", UNPACK, "if manifest.size > free:", "if False:", (HOSTILE,)),
    Guard(
        "members as the manifest names them", UNPACK, "if header != (file.name, file.size):", "if False:", (HOSTILE,),
    ),
    Guard("more members than the manifest names", UNPACK, "if reader.header() is not None:", "if False:", (HOSTILE,)),
    Guard("the hash of a member", UNPACK, "if digest.hexdigest() != file.sha256:", "if False:", (HOSTILE,)),
    Guard(
        "the lines of a member", UNPACK,
        'if lines != file.lines or (last != b"\\n" and not is_document(file.name)):', "if False:", (HOSTILE,),
    ),
    # -- repaired copies and tables
    Guard("no copy into the library", REPAIR, "    _refuse_own(library, folder)\n", "", (REPAIRED,)),
    Guard("a copy never overwrites", REPAIR, "        refuse_taken(folder / path.name)\n", "", (REPAIRED,)),
    Guard(
        "a list of rejected lines never overwrites", REPAIR, "        refuse_taken(_rejected(folder, path))\n", "",
        (REPAIRED,),
    ),
    Guard(
        "lines of a newer version stay in the copy", REPAIR, 'if error.field == "schema_version":', "if False:",
        (REPAIRED,),
    ),
    Guard(
        "no cell is a formula", EXPORT_TABLES, "if _FORMULA.match(text) and not _NUMBER.fullmatch(text):", "if False:",
        (TABLES,),
    ),
    # -- what an answer may claim
    Guard("a claim is probable", STRENGTH, "if case.probability < MODERATE_PROBABILITY:", "if False:", (CLAIMS,)),
    Guard(
        "a claim has enough images", STRENGTH, "if case.effective_n < LEAST_EFFECTIVE_N:", "if False:", (CLAIMS,),
    ),
    Guard(
        "looking again makes no claim", STRENGTH, "if case.bayes_factor < STRONG_BAYES_FACTOR:", "if False:", (CLAIMS,),
    ),
    Guard("a claim has enough prompts", STRENGTH, "if case.prompts < STRONG_PROMPTS:", "if False:", (CLAIMS,)),
    Guard(
        "an objection caps a claim", STRENGTH, 'if case.objection and strength in ("moderate", "strong"):', "if False:",
        (CLAIMS,),
    ),
    Guard(
        "a subject's own images count once", SUBJECT, "np.bincount(place, worth[seen], len(n))",
        "0.0 * np.bincount(place, worth[seen], len(n))", (SUBJECTS,),
    ),
    Guard(
        "models kept for another state", KEPT, "if str(stored[_RESTS_ON]) == rests_on:", "if True:", (KEPT_ARRAYS,),
    ),
    Guard(
        "the time of making is looked at", ENTANGLEMENT,
        "if _not_ahead(arms.at_equal(breakdown.evidence.column(column))):", "if False:", (CAUSES,),
    ),
    Guard(
        "words of prompts are looked at", ENTANGLEMENT, "if _not_ahead(arms.at_equal(classes)):", "if False:",
        (CAUSES,),
    ),
    Guard(
        "all words of prompts are looked at together", ENTANGLEMENT,
        'return "" if stands else ALL_WORDS', 'return ""', (CAUSES,),
    ),
    Guard(
        "words are taken out of the choice of a value, too", GIVEN_WORDS,
        "enumerate((cells.good, cells.of_a))", "enumerate((cells.good, np.full(prompts, cells.of_a.mean())))",
        (GIVEN,),
    ),
    Guard(
        "words are taken out of the outcome, too", GIVEN_WORDS,
        "enumerate((cells.good, cells.of_a))", "enumerate((np.full(prompts, cells.good.mean()), cells.of_a))",
        (GIVEN,),
    ),
    Guard("words that may be missed widen the error", GIVEN_WORDS, "seen + missed * missed", "seen", (GIVEN,)),
    Guard(
        "what is foretold of a prompt comes from others", GIVEN_WORDS, "np.where(inside, 0.0, cells.weight)",
        "cells.weight", (GIVEN,),
    ),
    Guard(
        "the time of judging is looked at", ENTANGLEMENT, '"the time of judging": "judged_period", ', "", (WHO_JUDGED,),
    ),
    Guard("who judged is looked at", ENTANGLEMENT, ', "who judged": "rater"}', "}", (WHO_JUDGED,)),
    Guard(
        "each word looked at asks for more", WEIGHING, "STRONG_BAYES_FACTOR * len(enough)", "STRONG_BAYES_FACTOR",
        (f"{RECOMMENDED}::test_the_more_words_are_looked_at_the_surer_one_of_them_must_be",),
    ),
    Guard(
        "unevenly judged values are not recommended", LEADING, "if uneven else", "if False else",
        (f"{RECOMMENDED}::test_a_value_whose_batches_were_judged_in_part_is_not_recommended_over_others",),
    ),
    Guard(
        "unevenly judged values make no winner", COMPARISON, "if not unevenly_rated(*arms):", "if True:", (WHO_JUDGED,),
    ),
    Guard(
        "rated shares are of all images made", FIGURES, "max(images, int(n[level]), 1)", "max(int(n[level]), 1)",
        (WHO_JUDGED,),
    ),
    Guard(
        "each value has its own regret", GREATEST, "greatest[of_set] - sets.mean[level]",
        "greatest[of_set] - sets.highest[of_set]", (BEST,),
    ),
    Guard(
        "a set beside others is integrated by itself", GREATEST, "all_below[place] / below[row]",
        "all_below[0] / below[row]", (BEST,),
    ),
    Guard("what leads keeps its settings in brief", EXTENT, "many if lead else less", "less", (EXTENTS,)),
    Guard("what leads keeps its reasons in brief", EXTENT, "says_why=lead or", "says_why=", (EXTENTS,)),
    Guard(
        "a lead of one setting keeps its reasons", EXTENT, "is_brief = shown != every",
        "is_brief = most is not None and sum(every) > most", (EXTENTS,),
    ),
    Guard("no more settings than fit are shown", EXTENT, "sum(each) <= most", "True", (EXTENTS,)),
    Guard(
        "few stars are drawn towards all", POOLED_MEAN, "departure * (told /", "departure + 0.0 * (told /",
        (POOLED,),
    ),
    Guard(
        "records of the context speak for themselves", CONTEXT, "            rows = rows[inside]\n", "",
        (f"{EVIDENCE_SAYS}::test_records_of_the_refinement_that_is_asked_for_are_preferred",),
    ),
    Guard("both arms keep images in a context", CONTEXT, "        if lacking:", "        if False:",
        (f"{EVIDENCE_SAYS}::test_recommending_and_comparing_take_the_context_too",)),
    Guard(
        "what says otherwise about people weighs half", EVIDENCE,
        "np.where(opposite, weight // 2, weight)", "weight",
        (f"{EVIDENCE_SAYS}::test_records_that_say_otherwise_about_people_weigh_less_and_are_not_removed",),
    ),
    Guard("a doubted rating weighs half", EVIDENCE, "WHOLE // 2, WHOLE)", "WHOLE, WHOLE)",
        (f"{EVIDENCE_SAYS}::test_low_subscores_lower_the_weight_of_a_rating",)),
    Guard(
        "images passed over were not selected", EVIDENCE, "judged + passed_over(snapshot, asked)", "judged",
        (f"{EVIDENCE_SAYS}::test_images_passed_over_in_a_batch_of_which_one_was_selected_count_as_not_selected",),
    ),
    Guard(
        "the only image of a job and the job are one", RECOUNTING,
        "np.where((image == 1) & (self._segments.get(\"images\", ordinals)[job] == 1), 0, image)", "image",
        (BESIDE_JUDGEMENTS,),
    ),
    Guard(
        "who selects a whole batch passes nothing over", RECOUNTING,
        "(value == 1) == (image[last] > 0)", "(value >= 0)", (BESIDE_JUDGEMENTS,),
    ),
    Guard(
        "each difference of a plan asks for more", PAIRED_BLOCKS, "STRONG_BAYES_FACTOR * self.tries",
        "STRONG_BAYES_FACTOR", (BLOCKS,),
    ),
    Guard(
        "a winner wins more prompts than it loses", PAIRED_BLOCKS, " and self.wins > self.losses", "", (BLOCKS,),
    ),
    Guard("what departs is no matter of all prompts", PARAMETERS, "or departs(compared)", "", (CAUSES,)),
    Guard(
        "a link in place of a sidecar", BENEATH, '_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)',
        "_FILE = os.O_RDONLY", (SIDECARS,),
    ),
    Guard(
        "a folder swapped for a link", BENEATH, '_FOLDER = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)',
        "_FOLDER = os.O_RDONLY", (MODEL_FOLDERS,),
    ),
    Guard("a name that is a path", BENEATH, "        refuse_path(part)\n", "        continue\n", (MODEL_FOLDERS,)),
    Guard(
        "a sidecar is a plain file", BENEATH, "if not stat.S_ISREG(os.fstat(descriptor).st_mode):", "if False:",
        (SIDECARS,),
    ),
    Guard("a sidecar without end", BENEATH, "if len(data) > largest:", "if False:", (SIDECARS,)),
    Guard("a profile of another kind", CHECKED_PROFILE, "if found != kind:", "if False:", (SIDECARS,)),
    Guard(
        "true is no version", CHECKED_PROFILE, "if isinstance(version, bool) or version != VERSION:",
        "if version != VERSION:", (SIDECARS,),
    ),
    Guard(
        "images decide before profiles", COLD_START,
        'return is_cold or (advice.mode == "nothing" and not advice.candidates)',
        "return True", (COLD_STARTS,),
    ),
    Guard(
        "profiles that stand alike are tied", COLD_START,
        "for each in ordered if _standing(each) == _standing(ordered[0])]",
        "for each in ordered[:1]]", (COLD_STARTS,),
    ),
    Guard(
        "the folder named first counts", COLLECTED, ".setdefault(_key(sidecar.stem), sidecar)",
        "[_key(sidecar.stem)] = sidecar", (MODEL_FOLDERS,),
    ),
    Guard(
        "a folder is named once", CONFIGURED, 'if any(_same(each, path) for each in content["folders"]):', "if False:",
        (MODEL_FOLDERS,),
    ),
    Guard("what does not change keeps its bytes", SIDECAR_BYTES, "if _same(old, new):", "if False:", (DOCUMENTS,)),
    Guard(
        "1 and 1.0 are not written alike", SIDECAR_BYTES, "if type(one) is not type(other):", "if False:",
        (DOCUMENTS,),
    ),
    Guard(
        "a draft stays within the range", EDITABLE_FIELDS, "elif not (field.least is None or value >= field.least) or",
        "elif False and", (DRAFTABLE,),
    ),
    Guard(
        "a draft does not rename a profile", EDITABLE_FIELDS, "if field.names_the_file and not self.is_new:",
        "if False:", (DRAFTABLE,),
    ),
    Guard(
        "links to folders are not walked", MODEL_FOLDERS_WALK, "if entry.is_dir(follow_symlinks=False) and",
        "if entry.is_dir() or", (MODEL_FOLDERS,),
    ),
    Guard(
        "a walk comes to an end", MODEL_FOLDERS_WALK, "            if self._left <= 0:\n                break\n", "",
        (MODEL_FOLDERS,),
    ),
    Guard(
        "what is rated bad is no recommendation", LORA_WEIGHTS, "for each in rated if rank(each.rating) != _BAD)",
        "for each in rated)", (SUGGESTED,),
    ),
    Guard(
        "a LoRA fits the base type", LORA_WEIGHTS, "and not fits(model.base_type, profile.target_base_type):",
        "and False:", (SUGGESTED,),
    ),
    Guard("null says nothing of a setting", PRECEDENCE, "if each.value is not None:", "if True:", (PIPELINE_CONFIG,)),
    Guard(
        "the order of layers", PRECEDENCE, "key=lambda each: LAYERS.index(each.layer)", "key=lambda each: 0",
        (PIPELINE_CONFIG,),
    ),
    Guard(
        "a style stands in a name by whole words", STYLE, "words = set(_WORD.findall(checkpoint.casefold()))",
        'words = {part for style in STYLES for part in style.style_profile_id.split("_") if part in checkpoint}',
        (STYLES,),
    ),
    Guard(
        "a draft was read before it is approved", DECIDING,
        "if confirmed.strip().casefold() != draft.seal[-TYPED_CHARACTERS:]:", "if False:", (DECIDED,),
    ),
    Guard(
        "a draft is about the sidecar as it is", DECIDING,
        "            if base.sha256 != draft.content.base:\n                raise",
        "            if False:\n                raise",
        (DECIDED,),
    ),
    Guard(
        "an undo is of what was applied", DECIDING,
        "if source is None or digest(source) != was.result:",
        "if source is None:",
        (DECIDED,),
    ),
    Guard("a broken chain stops decisions", DECIDING, "if report.broken:", "if False:", (DECIDED,)),
    Guard(
        "a locked review needs its key", DECIDING, "if person.key is None or person.key.public != stands.key:",
        "if person.key is None:", (DECIDED,),
    ),
    Guard(
        "a decision closes when it lapsed", DECIDING,
        "self._close(standing, LAPSED, found, at)",
        "pass",
        (DECIDED,),
    ),
    Guard(
        "what is done already is not done again", DECIDING,
        "if base.sha256 != decision.result:",
        "if True:",
        (DECIDED,),
    ),
    Guard(
        "a sidecar is compared just before", SIDECAR_FILE,
        "            self.expect(base)\n            self._give_name",
        "            self._give_name",
        (WRITTEN_SIDECARS,),
    ),
    Guard(
        "a new sidecar overwrites nothing", SIDECAR_FILE,
        "            self._link(old, new)",
        "            os.replace(old, new, src_dir_fd=folder, dst_dir_fd=folder)",
        (WRITTEN_SIDECARS,),
    ),
    Guard("permissions of a sidecar stay", SIDECAR_FILE, "if own.st_mode & _ALL != mode:", "if False:", (DECIDED,)),
    Guard(
        "what a killed writer left goes", SIDECAR_FILE,
        "        with suppress(FileNotFoundError):\n"
        "            os.unlink(self.name(part), dir_fd=self.descriptor)\n"
        "        descriptor",
        "        descriptor",
        (WRITTEN_SIDECARS,),
    ),
    Guard(
        "a decision counts once", HISTORY,
        "if any(event.decision == each.event.decision for each in found.decisions.values()):",
        "if False:",
        (DECIDED,),
    ),
    Guard(
        "a locked review counts signatures", HISTORY,
        "if found.key and not (event.key == found.key and fits(event.key, event.signature, event.signed)):",
        "if False:",
        (DECIDED,),
    ),
    Guard(
        "a new key is signed with the old one", HISTORY,
        "if found.key and not fits(found.key, event.by_old, event.signed):",
        "if False:",
        (DECIDED,),
    ),
    Guard("a sealed key is the one of the chain", LOCKING, "if sealed.public != public:", "if False:", (DECIDED,)),
    Guard(
        "a sealed key belongs to its public half", SEALED_KEY,
        "if found.public != key.public:",
        "if False:",
        (REVIEW_KEY,),
    ),
    Guard(
        "a passphrase is long enough", SEALED_KEY,
        "if len(passphrase) < LEAST_CHARACTERS:",
        "if False:",
        (REVIEW_KEY,),
    ),
    Guard(
        "a draft is named by its content", DRAFT_FOLDER,
        "if draft.id != path.stem or draft.data != data:",
        "if False:",
        (PROPOSED,),
    ),
    Guard(
        "a claim against a judged value leads surely", DRAFT_CLAIMS,
        "if present is not None and not (_is_first(advice, proposed) and _is_sure(advice)):",
        "if False:",
        (PROPOSED,),
    ),
    Guard(
        "a value that does worse is no proposal", DRAFT_CLAIMS,
        "if _is_sure(advice) and not _is_first(advice, proposed):",
        "if False:",
        (PROPOSED,),
    ),
    Guard(
        "a rating is carried by a lead", DRAFT_CLAIMS,
        "if rank(becomes) > rank(CARRIES[strength]):",
        "if False:",
        (PROPOSED,),
    ),
    Guard(
        "a rating falls on evidence", DRAFT_CLAIMS,
        "elif rank(becomes) < rank(was) and before is not None and not better_known:",
        "elif False:",
        (PROPOSED,),
    ),
    Guard(
        "a LoRA's weight was used", DRAFT_CLAIMS,
        "if weight not in {choice.weight, *(band.weight for band in choice.bands)}:",
        "if False:",
        (PROPOSED,),
    ),
    Guard("only so many drafts wait", PROPOSING, ">= PENDING_DRAFTS:", "> 10**9:", (PROPOSED,)),
    Guard(
        "typed before the question is no answer", REVIEW_TERMINAL,
        "        _forget_typed(self.keyboard)\n        _write(self.screen, question)\n        return",
        "        _write(self.screen, question)\n        return",
        (REVIEWED,),
    ),
    Guard(
        "stars that only say good or bad tell no more", STAR_SCALE,
        "lost = 1.0 - min(of_both * of_both / (of_stars * of_outcome), _MOST_TOLD)", "lost = 0.36", (STARS,),
    ),
    Guard(
        "many images speak for themselves", STAR_SCALE, "by_stars = self.own / (self.own + images)",
        "by_stars = 1.0 + 0.0 * images", (STARS,),
    ),
    # -- what a prompt's text and levels that look alike let expect
    Guard("traits that go with nothing", PROMPT_TEXT, "return slopes * (1.0 - none)", "return slopes", (PROMPT_TEXTS,)),
    Guard(
        "rows in any order", RIDGE, "np.rint((weight * of_rows)[design.row] * PARTS)",
        "(weight * of_rows)[design.row] * PARTS", (RIDGES,),
    ),
    Guard(
        "words are weighed together", RIDGE,
        "return penalty * coefficients + of_columns(design.value * design.of_rows(coefficients))",
        "return diagonal * coefficients", (RIDGES, PROMPT_TEXTS),
    ),
    Guard(
        "levels that look alike by chance", MAIN_EFFECTS, "likely = self.weights * np.exp(_POSSIBLE)",
        "likely = self.weights", (REPORTED,),
    ),
    # -- comparisons of two arms
    Guard("compare: arms tied to a setting", ARM_VERDICT, "if _entangled(against, free):", "if False:", (COMPARED,)),
    Guard(
        "compare: what may still flip", ARM_VERDICT,
        "sure = level.weighed.bayes_factor >= STRONG_BAYES_FACTOR", "sure = True", (COMPARED,),
    ),
    Guard(
        "compare: arms judged unevenly", ARM_VERDICT, "said = objection(against) or basics.uneven",
        "said = objection(against)", (COMPARED,),
    ),
    Guard(
        "compare: few matched images carry no verdict", ARM_VERDICT, "and level.figure.covered >= LEAST_MATCHED", "",
        (COMPARED,),
    ),
    Guard(
        "compare: too few images", ARM_VERDICT,
        "if basics.effective_n < THIN_EFFECTIVE_N or basics.prompts < 2:", "if False:", (COMPARED,),
    ),
    # -- changes over time
    Guard("trends: too few prompts", CHANGE_VERDICT, "< LEAST_PROMPTS:\n        return \"too_thin\"",
        "< 0:\n        return \"too_thin\"", (TREND_WORLDS, VERDICTS)),
    Guard(
        "trends: another rater", CHANGE_VERDICT, 'about.raters.held.outcome != "passed":', "False:",
        (TREND_WORLDS, VERDICTS),
    ),
    Guard(
        "trends: larger batches", CHANGE_VERDICT, 'about.batches.held.outcome != "passed":', "False:",
        (TREND_WORLDS, VERDICTS),
    ),
    Guard(
        "trends: a scale that drifted", CHANGE_VERDICT, "    if drifted(about):\n", "    if False:\n",
        (TREND_WORLDS, VERDICTS),
    ),
    Guard(
        "trends: other prompts at the other time", CHANGE_VERDICT,
        'if prompts.held.outcome == "unchecked":', "if False:",
        (TREND_WORLDS, VERDICTS),
    ),
    Guard(
        "trends: easier prompts", CHANGE_VERDICT, 'if prompts.held.outcome == "confounded":', "if False:",
        (TREND_WORLDS, VERDICTS),
    ),
    Guard(
        "trends: times judged unevenly", CHANGE_VERDICT, "    if _uneven(about):\n        shares",
        "    if False:\n        shares", (TREND_WORLDS, VERDICTS),
    ),
    # -- feedback
    Guard(
        "feedback: runs of bad attempts are followed by better ones", FEEDBACK_EFFECT,
        "if beside_all != all_of_them:", "if False:", (FEEDBACK,),
    ),
    Guard(
        "feedback: bad attempts are followed by better ones", FEEDBACK_EFFECT,
        "if without_criticised != all_of_them:", "if False:", (FEEDBACK,),
    ),
    Guard("feedback: what else changed", FEEDBACK_EFFECT, "if unchanged != all_of_them:", "if False:", (FEEDBACK,)),
    Guard(
        "feedback: too few prompts", FEEDBACK_EFFECT, "if moved is None or moved.prompts < FEWEST_PROMPTS:",
        "if moved is None:", (FEEDBACK,),
    ),
    Guard(
        "feedback: a change is no chance", BEFORE_AND_AFTER, "or self.bayes_factor < STRONG_BAYES_FACTOR", "",
        (FEEDBACK, BEFORE_AFTER),
    ),
    # -- what drives quality
    Guard(
        "drivers: larger batches", "learning_core/answers/judged_images.py",
        'if self.judgement != "selected" or not len(self.rows):', "if True:", (DRIVING,),
    ),
    Guard(
        "drivers: few terms are named by chance", TERM_EFFECTS, "adjusted = benjamini_hochberg(p)", "adjusted = p",
        (DRIVING, TERMS),
    ),
    Guard(
        "drivers: prompts are the units of terms", TERM_EFFECTS,
        "np.maximum(np.maximum(shuffled, welch), _LEAST_VARIANCE)",
        "np.maximum(np.minimum(shuffled, welch), _LEAST_VARIANCE)", (DRIVING, TERMS),
    ),
    Guard(
        "drivers: terms at equal checkpoints and times", DRIVER_TERMS,
        "return in_units(judged.value, strata)", "return in_units(judged.value, [])",
        (DRIVING, TERMS),
    ),
    Guard(
        "drivers: settings that moved together share a line", VARIANCE_SHARES,
        "        if each.v >= MOVED_TOGETHER:\n", "        if False:\n", (DRIVING, SHARES),
    ),
)
# fmt: on
