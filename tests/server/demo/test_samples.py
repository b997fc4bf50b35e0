"""The samples that ship: made again they are the same, and the truth hidden in them is really there."""

import json
from collections import Counter
from pathlib import Path

import pytest
from make_samples import make_samples
from PIL import Image

from server.demo import truth

SHIPPED = Path(__file__).resolve().parents[3] / "server" / "demo" / "samples"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    make_samples(folder)
    return folder


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _image(path: Path) -> tuple[dict[str, str], bytes]:
    # Texts and pixels, not bytes of the file: those depend on the zlib that wrote it.
    with Image.open(path) as image:
        image.load()
        texts = {str(name): str(value) for name, value in image.info.items() if isinstance(value, str)}
        return texts, image.tobytes()


def test_made_again_they_are_what_ships(made: Path) -> None:
    assert _names(made) == _names(SHIPPED)
    for name in _names(made):
        if name.endswith(".png"):
            assert _image(made / name) == _image(SHIPPED / name), name
        else:
            assert (made / name).read_bytes() == (SHIPPED / name).read_bytes(), name


def test_they_are_real_files_in_three_formats_and_stay_small() -> None:
    kinds = Counter(name.split("/")[0] for name in _names(SHIPPED))
    assert kinds == {"a1111": 20, "comfyui": 16, "stablenew": 1}
    assert sum((SHIPPED / name).stat().st_size for name in _names(SHIPPED)) < 200_000


def test_every_picture_is_another_one() -> None:
    pixels = [_image(SHIPPED / name)[1] for name in _names(SHIPPED) if name.endswith(".png")]
    assert len(set(pixels)) == len(pixels) == 36


def test_every_prompt_was_made_with_both_checkpoints() -> None:
    pairs = Counter((each.prompt, each.checkpoint) for each in truth.draw_generations())
    prompts = (*truth.BEACH_PROMPTS, *truth.OTHER_PROMPTS)
    assert pairs == {(prompt, name): 1 for prompt in prompts for name in (truth.BETTER, truth.WORSE)}
    assert len(truth.BEACH_PROMPTS) >= 12


def test_the_draw_shows_the_truth_on_beaches_and_nothing_elsewhere() -> None:
    good = Counter(
        (each.checkpoint, truth.SUBJECT in each.prompt) for each in truth.draw_generations() if each.stars >= 4
    )
    beaches, others = len(truth.BEACH_PROMPTS), len(truth.OTHER_PROMPTS)
    for name, chance in truth.CHANCE_ON_BEACHES.items():
        assert abs(good[name, True] / beaches - chance) < 0.1
        assert abs(good[name, False] / others - truth.CHANCE_ELSEWHERE) <= 0.125


@pytest.mark.parametrize("field", ["sampler", "cfg_scale"])
def test_what_makes_no_difference_shows_none(field: str) -> None:
    beaches = [each for each in truth.draw_generations() if truth.SUBJECT in each.prompt]
    used = Counter(getattr(each, field) for each in beaches)
    good = Counter(getattr(each, field) for each in beaches if each.stars >= 4)
    assert len(set(used.values())) == 1, "each value is used equally often"
    assert max(good.values()) - min(good.values()) <= 1


def test_the_records_file_is_one_object_a_line_with_stars() -> None:
    lines = (SHIPPED / "stablenew" / "learning_records.jsonl").read_text(encoding="ascii").splitlines()
    records = [json.loads(line) for line in lines]
    kinds = Counter(record["metadata"]["record_kind"] for record in records)
    assert kinds == {"review_tab_feedback": 16, "learning_experiment_rating": 6}
    assert all(1 <= record["metadata"]["user_rating_raw"] <= 5 for record in records)
    assert len({record["run_id"] for record in records}) == len(records)
