"""Each guard of the MCP server and of what sets up its clients; see `guards` for what a row means."""

from tests.mutations.guards import Guard

HTTP = "tests/server/mcp_server/test_http.py"
HIDDEN = "tests/server/mcp_server/test_hiding.py"
RECORDED = "tests/server/mcp_server/test_recording.py"
ANSWERS = "tests/server/mcp_server/test_answers.py"
ERRORS = "tests/server/mcp_server/test_errors.py"
SIZES = "tests/server/mcp_server/test_sizes.py"
RESOURCES = "tests/server/mcp_server/test_resources.py"
FILE_RESOURCES = "tests/server/mcp_server/test_file_resources.py"
FILE_SIZES = "tests/server/mcp_server/test_sizes_of_plans_and_drafts.py"
SHORTENED = "tests/server/mcp_server/test_shorter_answers.py"
TASKS = "tests/server/mcp_server/test_tasks.py"
HOSTILE = "tests/server/mcp_server/test_hostile_text.py"
INSTALLED = "tests/server/cli/test_install_command.py"
CALLED = "tests/core/test_calls.py"

GATE = "server/mcp/gate.py"
TOKEN = "server/mcp/bearer_token.py"
SERVING = "server/mcp/http.py"
HIDING = "server/mcp/hiding.py"
RECORDING = "server/mcp/recording.py"
STRICT = "server/mcp/strict.py"
BOUNDED = "server/mcp/bounded.py"
COMPLETING = "server/mcp/completing.py"
RENDERING = "server/rendering.py"
SETUP = "server/clients/setup.py"
ENTRY = "server/clients/entry.py"
CALLS = "learning_core/calls.py"
ANSWERING = "server/mcp/answering.py"
DECISIONS = "server/mcp/decisions.py"
PROFILES = "server/mcp/profile_answer.py"
SHORTER = "server/mcp/shorter.py"

SERVER_GUARDS = (
    Guard(
        "the token is asked for",
        GATE,
        'if not hmac.compare_digest(given.get(b"authorization", b""), self._expected):',
        "if False:",
        (HTTP,),
    ),
    Guard("a header comes once", GATE, "if any(names.count(name) > 1 for name in ONCE_AT_MOST):", "if False:", (HTTP,)),
    Guard(
        "a page of another site is refused",
        GATE,
        'if given.get(b"sec-fetch-site", b"none") not in SAME_SITE:',
        "if False:",
        (HTTP,),
    ),
    Guard(
        "only JSON is read",
        GATE,
        'if method == "POST" and _media_type(given) != b"application/json":',
        "if False:",
        (HTTP,),
    ),
    Guard("a token that others could read is not used", TOKEN, "or not _is_private(state)", "", (HTTP,)),
    Guard("a token behind a link is not used", TOKEN, ' | getattr(os, "O_NOFOLLOW", 0)', "", (HTTP,)),
    Guard(
        "it listens on this machine alone",
        SERVING,
        "bound.bind((HOST, port))",
        'bound.bind(("0.0.0.0", port))',
        (HTTP,),
    ),
    Guard("a body is bounded", SERVING, "BODY_BYTES = 1024 * 1024", "BODY_BYTES = 1024 * 1024 * 1024", (HTTP,)),
    Guard(
        "listed words hide prompts",
        HIDING,
        "for word in self.words:\n            hidden[",
        "for word in ():\n            hidden[",
        (HIDDEN,),
    ),
    Guard("listed tags hide prompts", HIDING, "if tag.casefold() in wanted", "if False", (HIDDEN,)),
    Guard(
        "words in names are written over",
        HIDING,
        "return text if self._pattern is None else self._pattern.sub(MASK, text)",
        "return text",
        (HIDDEN,),
    ),
    Guard("file names are hidden", HIDING, 'if name == "images":', "if False:", (HIDDEN,)),
    Guard(
        "errors hide words too",
        "server/mcp/answering.py",
        "return self.hide_list.masked(without_folders(sentence, self.library))",
        "return without_folders(sentence, self.library)",
        (HIDDEN,),
    ),
    Guard(
        "a tool's unknown name is not written down",
        STRICT,
        'name if known is not None else "unknown"',
        "name",
        (RECORDED,),
    ),
    Guard(
        "arguments are written down as a digest",
        RECORDING,
        "arguments=_digest(arguments)",
        "arguments=str(dict(arguments))",
        (RECORDED,),
    ),
    Guard(
        "a log of calls that fails costs no answer",
        RECORDING,
        "except LogError as error:",
        "except ZeroDivisionError as error:",
        (RECORDED,),
    ),
    Guard("no library is made by a call", CALLS, "if self.root.is_dir():", "if True:", (CALLED,)),
    Guard(
        "an unknown argument is refused",
        STRICT,
        "            if given not in known:\n                raise ToolError(",
        "            if False:\n                raise ToolError(",
        (ERRORS,),
    ),
    Guard(
        "an unknown argument of a prompt is refused",
        STRICT,
        "            if each not in known:",
        "            if False:",
        (TASKS,),
    ),
    Guard("both halves are bounded", BOUNDED, "if len(written.text.encode()) <= self.limit:", "if True:", (SIZES,)),
    Guard("names that hide something are not offered", COMPLETING, "visible(name, 200) == name and ", "", (RESOURCES,)),
    Guard("hidden names are not offered", COMPLETING, " and not served.hide_list.has_word(name)", "", (RESOURCES,)),
    Guard("templates miss no value silently", RENDERING, "undefined=StrictUndefined,", "", (TASKS,)),
    Guard(
        "a changed file is not overwritten",
        SETUP,
        "if _content(change.path) != change.before:",
        "if False:",
        (INSTALLED,),
    ),
    Guard(
        "a link is followed to what it names", SETUP, "real = Path(os.path.realpath(path))", "real = path", (INSTALLED,)
    ),
    Guard(
        "an entry reads back as meant",
        ENTRY,
        "if read_servers(client, changed, path).get(SERVER_NAME) != dict(entry):",
        "if False:",
        (INSTALLED,),
    ),
    Guard(
        "a system's refusal is a sentence",
        ANSWERING,
        "except OSError as error:",
        "except TimeoutError as error:",
        (FILE_SIZES,),
    ),
    Guard("who listens is told of decisions", DECISIONS, "if last > seen:", "if False:", (FILE_RESOURCES,)),
    Guard(
        "lines of a profile are hidden with prompts",
        HIDING,
        'frozenset({"diff", "lines"})',
        'frozenset({"diff"})',
        (FILE_RESOURCES,),
    ),
    Guard(
        "a profile is told without its folder",
        PROFILES,
        "file=PurePath(found.file).name",
        "file=found.file",
        (FILE_RESOURCES,),
    ),
    Guard(
        "rows go where all values are alike",
        SHORTER,
        "    _none_where_all_are_alike,\n",
        "",
        (SHORTENED,),
    ),
)
