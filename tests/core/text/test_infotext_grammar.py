import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.text.infotext import Infotext, parse

MEGABYTE = 1_000_000
SETTINGS = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 12, Size: 512x768, Model: dune_v2"


def test_the_plain_form_falls_into_its_three_parts() -> None:
    found = parse(f"a pier at dawn\nNegative prompt: fog, rain\n{SETTINGS}")
    assert (found.prompt, found.negative_prompt) == ("a pier at dawn", "fog, rain")
    assert list(found.settings.items()) == [
        ("Steps", "20"), ("Sampler", "Euler a"), ("CFG scale", "7"), ("Seed", "12"), ("Size", "512x768"),
        ("Model", "dune_v2"),
    ]  # fmt: skip
    assert not found.is_grid
    assert found.remarks == ()


def test_prompts_keep_their_lines_and_a_negative_prompt_inside_a_line_is_text() -> None:
    found = parse(f'sign "Negative prompt: x"\n\nSteps down, to, the sea\nNegative prompt: fog\n\nrain\n{SETTINGS}')
    assert found.prompt == 'sign "Negative prompt: x"\n\nSteps down, to, the sea'
    assert found.negative_prompt == "fog\n\nrain"


def test_quoted_values_are_decoded_and_never_searched_for_keys() -> None:
    inner = 'calm, smile: subtle, Steps: 99,\nsecond "soft" line \U0001f30a'
    found = parse(f"pier\n{SETTINGS}, ADetailer prompt: {json.dumps(inner)}, Version: v1.10.1")
    assert found.settings["ADetailer prompt"] == inner
    assert found.settings["Steps"] == "20"
    assert "smile" not in found.settings
    assert found.settings["Version"] == "v1.10.1"


def test_a_raw_line_break_inside_a_quoted_value_does_not_end_the_settings() -> None:
    found = parse(f'pier\n{SETTINGS}, Template: "one,\ntwo", Version: v1.6.0')
    assert found.template == "one,\ntwo"
    assert found.settings["Version"] == "v1.6.0"


def test_json_values_without_quotes_stay_whole() -> None:
    resources = '[{"type":"checkpoint","modelName":"Dune, a model","n":[1,2]},{"modelName":"x]"}]'
    found = parse(f'pier\n{SETTINGS}, Civitai resources: {resources}, Hashes: {{"model": "ab", "lora:x": "cd"}}')
    assert json.loads(found.settings["Civitai resources"])[0]["modelName"] == "Dune, a model"
    assert json.loads(found.settings["Hashes"]) == {"model": "ab", "lora:x": "cd"}


def test_a_value_that_only_starts_like_json_or_a_quote_is_bare() -> None:
    found = parse(f'pier\n{SETTINGS}, Styles: [soft, Note: "half, Version: v1')
    assert found.settings["Styles"] == "[soft"
    assert found.settings["Note"] == '"half'
    assert found.settings["Version"] == "v1"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_byte_order_mark_and_foreign_line_ends_are_taken_off(newline: str) -> None:
    text = "\ufeff" + newline.join(["海辺, café", "Negative prompt: 霧", SETTINGS, "", ""])
    found = parse(text)
    assert (found.prompt, found.negative_prompt) == ("海辺, café", "霧")
    assert found.settings["Model"] == "dune_v2"


def test_templates_are_found_before_after_and_inside_the_settings() -> None:
    before = parse(f"red kite\nNegative prompt: fog\nTemplate: {{red|blue}} kite\nNegative template: x\n{SETTINGS}")
    after = parse(f"red kite\nNegative prompt: fog\n{SETTINGS}\nTemplate: {{red|blue}} kite\nNegative Template: x")
    inside = parse(f"red kite\nNegative prompt: fog\n{SETTINGS}, Template: {{red|blue}} kite, Negative Template: x")
    for found in (before, after, inside):
        assert (found.prompt, found.negative_prompt) == ("red kite", "fog")
        assert (found.template, found.negative_template) == ("{red|blue} kite", "x")


def test_settings_broken_after_a_comma_go_on_in_the_next_line() -> None:
    found = parse("jetty\nSteps: 20, Sampler: Euler a, Seed: 3,\nModel: dune_v2, Clip skip: 2,")
    assert found.prompt == "jetty"
    assert found.settings["Clip skip"] == "2"
    assert found.settings["Seed"] == "3"


def test_a_prompt_line_that_ends_with_a_comma_is_no_part_of_the_settings() -> None:
    found = parse(f"title: jetty,\n{SETTINGS}")
    assert found.prompt == "title: jetty,"
    assert "title" not in found.settings


def test_settings_quoted_in_a_prompt_stay_prompt_when_others_follow() -> None:
    found = parse(f"old note\nSteps: 5, Seed: 1, Size: 64x64\nnew prompt\n{SETTINGS}")
    assert found.prompt == "old note\nSteps: 5, Seed: 1, Size: 64x64\nnew prompt"
    assert found.settings["Steps"] == "20"


@pytest.mark.parametrize(
    "text",
    [
        "an idea: beach huts,\npastel, steps: three, sampler: whatever",
        "Subject: boat, Model: wooden, Style: oil",
        "Steps: three, Seed: of a flower, Size: large",
        "Steps: 20",
        "",
        "   \n ",
    ],
)
def test_text_without_settings_is_a_prompt_and_nothing_else(text: str) -> None:
    assert parse(text) == Infotext(prompt=text.strip())


def test_lost_line_breaks_are_mended_and_remarked() -> None:
    whole = parse(f"boat, fog Negative prompt: rain {SETTINGS}")
    half = parse(f"boat, fog\nNegative prompt: rain {SETTINGS}")
    for found in (whole, half):
        assert (found.prompt, found.negative_prompt) == ("boat, fog", "rain")
        assert found.settings["Seed"] == "12"
        assert found.remarks


def test_a_grid_is_known_by_its_script_or_its_axes() -> None:
    assert parse(f'pier\n{SETTINGS}, Script: X/Y/Z plot, X Type: Steps, X Values: "15, 20"').is_grid
    assert parse(f'pier\n{SETTINGS}, X Type: Steps, X Values: "15, 20"').is_grid
    assert not parse(f"pier\n{SETTINGS}, Script: SD upscale").is_grid


def test_keys_are_found_in_any_spelling_and_repeated_ones_are_remarked() -> None:
    found = parse("pier\nsteps: 20, SEED: 4, CLiP-skip: 2, Seed: 5, Model: a, Model: b")
    assert found.setting("Steps") == "20"
    assert found.setting("Clip skip") == "2"
    assert found.setting("Missing", "model") == "b"
    assert any("Model" in remark for remark in found.remarks)


def test_text_between_commas_that_is_no_pair_is_passed_over() -> None:
    assert parse("pier\nSteps: 20, oops, Seed: 4, Size: 8x8,, Raw: , Model: m").settings == {
        "Steps": "20", "Seed": "4", "Size": "8x8", "Raw": "", "Model": "m",
    }  # fmt: skip


def test_broken_characters_can_be_written_as_utf_8_afterwards() -> None:
    found = parse(f'pier \ud83c\n{SETTINGS}, Note: "\\ud800 x, y"')
    assert "\ufffd" in found.prompt
    found.settings["Note"].encode("utf-8")


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])).filter(lambda text: "\r" not in text)))
def test_quoted_values_survive_a_round_trip(values: list[str]) -> None:
    written = "".join(f", Extra {place}: {json.dumps(value)}" for place, value in enumerate(values))
    found = parse(f"pier\nNegative prompt: fog\n{SETTINGS}{written}")
    assert [found.settings[f"Extra {place}"] for place in range(len(values))] == values
    assert found.prompt == "pier"


@given(st.text(alphabet=st.sampled_from('ab1:,"[]{}\\\n Steps'), max_size=200) | st.text())
def test_any_text_is_taken_apart_without_an_error(text: str) -> None:
    found = parse(text)
    assert isinstance(found.prompt, str)
    assert parse(f"pier\n{SETTINGS}").settings


@pytest.mark.parametrize(
    "piece",
    [
        " ", "\n", '"', "k: ", 'k: "', 'k: "a, ', 'k: "\na: b", ', "k: [", "k: {", 'a, k: ["x, ', "k: []x, ",
        "Steps: 20, ", "Steps: 20 ", "Steps: 20,\n", "Negative prompt:", "Template:\n",
        "Steps: 1, Seed: 2, Size: 1x1,\n", ",", "a", "\\", '\\"', '[\\"', "a: b, c: d\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("start", ["", 'k: ["', "Steps: 1, Seed: 2, Size: 8x8, "])
@pytest.mark.parametrize("length", [MEGABYTE // 10, pytest.param(MEGABYTE // 2, marks=pytest.mark.slow)])
def test_a_long_run_of_one_hostile_piece_is_parsed(length: int, start: str, piece: str) -> None:
    # A pattern that backtracks needs minutes for a twentieth of this.
    parse(start + piece * (length // len(piece)))
