"""`profiles`: folders are named, profiles listed, shown, explained and checked, in words and as JSON."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from sidecar_factory import lora_content, model_content, preset, write_sidecar

from learning_core.profiles.configured import add_model_folder
from server.cli.profiles.group import SUBCOMMANDS


@pytest.fixture
def models(empty: Any) -> Path:
    folder: Path = empty.home / "models"
    overlay = preset(lora_overlays=[{"name": "film", "weight": 0.7}])
    write_sidecar(folder, model_content("coastlineXL_v3", overlay, x_note="\x1b[31mred"))
    weights = [{"label": "soft", "weight": 0.8, "rating": "best"}]
    write_sidecar(folder / "Küste", lora_content("film", recommended_weights=weights))
    return folder


def test_a_folder_is_named_used_and_taken_off_again(empty: Any, models: Path) -> None:
    before = {each: each.read_bytes() for each in models.rglob("*.json")}
    assert "No folder of models is named yet" in empty.run("profiles", "list").out
    added = empty.run("profiles", "add", "models")
    assert (added.code, added.err) == (0, "")
    assert "Profiles there: 2" in added.out
    listed = empty.run("profiles", "list")
    for fact in ("coastlineXL_v3", "daily", "film", "0.8", "Küste"):
        assert fact in listed.out
    assert empty.run("profiles", "remove", "models").code == 0
    again = empty.run("profiles", "remove", "models")
    assert (again.code, again.out) == (1, "")
    assert {each: each.read_bytes() for each in models.rglob("*.json")} == before


def test_one_profile_is_shown_without_what_would_act_on_a_terminal(empty: Any, models: Path) -> None:
    shown = empty.run("profiles", "show", "coastlineXL_v3", "--profiles", "models")
    assert shown.code == 0
    assert "resolution: 832, 1216" in shown.out
    assert "\x1b" not in shown.out
    (content,) = empty.run("profiles", "show", "coastlineXL_v3", "--profiles", "models", "--json").json()
    assert content["content"]["x_note"] == "\x1b[31mred"


def test_it_is_explained_why_a_setting_is_so(empty: Any, models: Path) -> None:
    words = ("profiles", "explain", "coastlineXL_v3", "--profiles", "models", "--lora", "film", "--set", "steps=24")
    ended = empty.run(*words)
    assert ended.code == 0
    for fact in ("recommended weight soft", "not 0.7: profile: overlay of preset daily", "not 32:", "not evidence"):
        assert fact in ended.out
    config = empty.run(*words, "--json").json()["config"]
    assert (config["steps"], config["lora_weights"]) == (24, {"film": 0.8})


@pytest.mark.parametrize(
    ("words", "what"),
    [(("show", "coastlineXL_v4"), "Nearest: coastlineXL_v3"), (("explain", "coast", "--set", "steps=no"), "steps"),
     (("explain", "coast", "sampels"), "sampels")],
)  # fmt: skip
def test_a_wrong_question_is_answered_with_a_sentence(empty: Any, models: Path, words: Any, what: str) -> None:
    ended = empty.run("profiles", *words, "--profiles", "models")
    assert (ended.code, ended.out) == (1, "")
    assert what in ended.err


def test_a_file_that_cannot_be_used_is_a_failure_that_names_file_and_field(empty: Any, models: Path) -> None:
    assert empty.run("profiles", "validate", "models").code == 0
    write_sidecar(models, model_content("bad", preset(steps=0)))
    ended = empty.run("profiles", "validate", "models")
    assert ended.code == 1
    assert "bad.modelprofile.json" in ended.out
    assert "recommended_presets[0].steps: must be at least 1" in ended.out
    assert empty.run("profiles", "validate", "models", "--json").json()["ok"] is False
    assert "bad.modelprofile.json" in empty.run("profiles", "list", "--profiles", "models").out


def test_a_damaged_list_of_folders_is_named(empty: Any) -> None:
    empty.library.mkdir()
    (empty.library / "model_folders.json").write_text(json.dumps({"version": 1, "folders": "D:\\sd"}), encoding="utf-8")
    ended = empty.run("profiles", "list")
    assert (ended.code, ended.out) == (1, "")
    assert "model_folders.json" in ended.err


def test_recommend_starts_cold_from_profiles(empty: Any, models: Path) -> None:
    ended = empty.run("recommend", "beach", "--profiles", "models")
    assert ended.code == 0
    for fact in ("Cold start", "steps: prior", "film at 0.8", "a prior, not evidence"):
        assert fact in ended.out


EXAMPLES = [
    line.strip()
    for module in SUBCOMMANDS.values()
    for line in importlib.import_module(module).command.epilog.splitlines()
    if "whatworks" in line
]


ONE_AFTER_THE_OTHER = """
import shlex, sys
from server.cli.ending import run_to_its_end
from server.cli.main import whatworks
for line in sys.argv[1:]:
    print(run_to_its_end(whatworks, shlex.split(line)[1:]), "from", line)
"""


def test_each_example_of_a_subcommand_runs(empty: Any, models: Path) -> None:
    add_model_folder(empty.library, models)
    ended = empty.run(*EXAMPLES, start=("-c", ONE_AFTER_THE_OTHER))
    assert ended.err == ""
    for example in EXAMPLES:
        assert f"0 from {example}" in ended.out
