"""A model folder is looked at to the last byte before any library opens it."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from model_files import PIECES, model_folder, safetensors

from learning_core.errors import ModelRefused
from learning_core.matching.model_folder import checked_model


def test_a_whole_folder_is_taken(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model")
    found = checked_model(folder)
    assert found.vocabulary == tuple(PIECES)
    assert found.dimension == 4
    assert found.sha256 == hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert not found.is_measured
    assert checked_model(folder, found.sha256.upper()) == found


def test_a_vocabulary_may_stand_in_the_tokenizer_file(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model")
    (folder / "vocab.txt").unlink()
    vocabulary = {piece: number for number, piece in enumerate(PIECES)}
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"type": "WordPiece", "vocab": vocabulary}}))
    assert checked_model(folder).vocabulary == tuple(PIECES)


def cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-5])


def other_dimension(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"hidden_size": 8}))


def longer_vocabulary(folder: Path) -> None:
    (folder / "vocab.txt").write_text("\n".join([*PIECES, "more"]), encoding="utf-8")


def no_wordpiece(folder: Path) -> None:
    (folder / "vocab.txt").unlink()
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"type": "BPE", "vocab": {}}}))


def with_file(name: str, content: str = "x") -> Callable[[Path], None]:
    def add(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")

    return add


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut, "model.safetensors has "),
        (with_file("model.safetensors", "{}"), "is truncated or no safetensors"),
        (with_file("model.safetensors", "\x02\0\0\0\0\0\0\0[]"), "is truncated or no safetensors"),
        (with_file("model.safetensors", "\x04\0\0\0\0\0\0\0nope"), "is truncated or no safetensors"),
        (without("model.safetensors"), "there is no model.safetensors in it"),
        (without("config.json"), "there is no config.json in it"),
        (with_file("config.json", "{"), "config.json is no JSON"),
        (with_file("config.json", "[]"), "config.json is no JSON object"),
        (with_file("config.json", '{"auto_map": {"AutoModel": "x--y"}, "hidden_size": 4}'), "asks for code of its own"),
        (with_file("modules.json", '[{"type": "evil.Module"}]'), "modules.json asks for code of its own"),
        (with_file("modules.json", '{"a": 1}'), "modules.json asks for code of its own"),
        (with_file("tokenizer_config.json", '{"do_lower_case": false}'), "tells capital letters apart"),
        (other_dimension, "config.json says 8 dimensions, model.safetensors has 4"),
        (longer_vocabulary, "its vocabulary has 9 pieces"),
        (no_wordpiece, "its tokenizer is no WordPiece"),
        (with_file("pytorch_model.bin"), "pytorch_model.bin may run code when it is loaded"),
        (with_file("2_Dense/weights.PT"), "2_Dense/weights.PT may run code when it is loaded"),
        (with_file("modeling.py"), "modeling.py is program code"),
    ],
)
def test_what_cannot_or_must_not_be_loaded_is_refused_by_name(
    tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    folder = model_folder(tmp_path / "model")
    spoil(folder)
    with pytest.raises(ModelRefused, match=said) as refused:
        checked_model(folder)
    assert "Nothing was changed." in str(refused.value)


def test_a_missing_folder_and_other_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="there is no such folder"):
        checked_model(tmp_path / "nowhere")
    with pytest.raises(ModelRefused, match=r"the SHA-256 of model\.safetensors is"):
        checked_model(model_folder(tmp_path / "model"), "0" * 64)


def test_a_model_that_is_no_bert_is_refused(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model")
    (folder / "model.safetensors").write_bytes(safetensors({"decoder.weight": [8, 4]}))
    with pytest.raises(ModelRefused, match="no BERT-like model"):
        checked_model(folder)
