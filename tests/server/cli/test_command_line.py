"""The command line as a whole: help, typos, choice of library, start-up, and what goes to stdout."""

import importlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from server.cli.main import VERBS


def test_alone_it_says_what_it_is_and_how_to_start(empty: Any) -> None:
    ended = empty.run()
    assert (ended.code, ended.err) == (0, "")
    assert "Find out which settings made your good Stable Diffusion images" in ended.out
    for start in ("whatworks demo", "whatworks import PATH", "whatworks ask beach"):
        assert start in ended.out
    for verb in VERBS:
        assert f"\n  {verb} " in ended.out


@pytest.mark.parametrize("verb", VERBS)
def test_each_command_has_help_with_an_example(verb: str, empty: Any) -> None:
    ended = empty.run(verb, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert f"whatworks {verb}" in ended.out.partition("Example")[2]


def test_help_has_a_short_name(empty: Any) -> None:
    assert empty.run("ask", "-h").out == empty.run("ask", "--help").out


def test_each_module_of_a_command_is_registered() -> None:
    for verb, module in VERBS.items():
        assert importlib.import_module(module).command.name == verb


def test_a_typo_in_a_command_is_answered_with_the_nearest_name(empty: Any) -> None:
    ended = empty.run("recrods")
    assert (ended.code, ended.out) == (2, "")
    assert "There is no command 'recrods'. Did you mean 'records'?" in ended.err


def test_a_word_near_no_command_is_answered_with_all_of_them(empty: Any) -> None:
    ended = empty.run("zzz")
    assert ended.code == 2
    assert all(verb in ended.err for verb in VERBS)


def test_a_typo_in_an_option_is_answered_with_the_nearest_one(empty: Any) -> None:
    ended = empty.run("ask", "beach", "--limt", "2")
    assert (ended.code, ended.out) == (2, "")
    assert "--limit" in ended.err


def test_an_option_out_of_range_is_wrong_usage(empty: Any) -> None:
    ended = empty.run("rate", "rec:0123456789abcdef", "--stars", "6")
    assert (ended.code, ended.out) == (2, "")
    assert "1<=x<=5" in ended.err


def test_the_version_is_one_line_on_stdout(empty: Any) -> None:
    ended = empty.run("--version")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("whatworks ")
    assert ended.out.count("\n") == 1


def test_the_library_may_be_chosen_before_or_after_the_command_and_beats_the_environment(empty: Any) -> None:
    before, after = str(empty.home / "before"), str(empty.home / "after")
    assert empty.run("--library", before, "paths", "--json").json()["library"] == before
    assert empty.run("paths", "--json", "--library", after).json()["library"] == after
    assert empty.run("--library", before, "paths", "--json", "--library", after).json()["library"] == after
    assert empty.run("paths", "--json").json()["library"] == str(empty.library)


def test_paths_names_every_place_in_both_forms(empty: Any) -> None:
    places = empty.run("paths", "--json").json()
    assert set(places) == {"library", "log", "index", "reports"}
    assert places["log"] == str(empty.library / "log")
    assert places["index"].startswith(str(empty.cache))
    words = empty.run("paths")
    assert (words.code, words.err) == (0, "")
    assert all(place in words.out for place in places.values())


def test_help_and_paths_start_without_the_heavy_libraries(empty: Any) -> None:
    code = (
        "import sys\nsys.argv[1:] = ['rate', '--help']\nfrom server.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('numpy', 'pydantic', 'PIL', 'mcp', 'jinja2', 'orjson') if name in sys.modules])"
    )
    ended = empty.run(start=("-c", code))
    assert ended.out.rstrip().endswith("[]"), ended


def test_stored_text_cannot_control_the_terminal(
    empty: Any, make_library: Callable[[Any, list[dict[str, Any]]], None]
) -> None:
    make_library(empty, [{"job_id": "j1", "prompt_positive": "beach \x1b[2J\u202e gone", "model": "a\x07b"}])
    for words in (("records",), ("records", empty.first_ref()), ("ask", "beach")):
        ended = empty.run(*words)
        assert ended.code == 0, ended
        assert not set(ended.out) & set("\x1b\x07\u202e")


def test_a_terminal_that_knows_few_characters_gets_escapes_and_json_stays_utf8(
    empty: Any, make_library: Callable[[Any, list[dict[str, Any]]], None]
) -> None:
    make_library(empty, [{"job_id": "j1", "prompt_positive": "beach 海辺 at dawn"}])
    narrow = empty.run("records", PYTHONIOENCODING="cp1252")
    assert narrow.code == 0, narrow
    assert "beach \\u6d77\\u8fba at dawn" in narrow.out
    data = empty.run("records", "--json", PYTHONIOENCODING="cp1252")
    assert data.json()["items"][0]["prompt"] == "beach 海辺 at dawn"
    assert "beach 海辺 at dawn" in empty.run("records").out


def test_a_reader_that_closes_the_pipe_gets_no_traceback(filled_once: Any) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "records", "--limit", "50"],
        cwd=filled_once.home,
        env=filled_once.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    with process.stderr as errors:
        said = errors.read().decode()
    assert process.wait(60) in (0, 1)
    assert "Traceback" not in said and "Exception" not in said
