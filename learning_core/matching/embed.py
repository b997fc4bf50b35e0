"""Making what `match: semantic` rests on: a static table from a model, and the vectors of a library's terms."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from learning_core.errors import TermsBusy, TermsUnusable
from learning_core.library import Library
from learning_core.log import lock
from learning_core.matching.distilling import distil
from learning_core.matching.model_folder import MEASURED_SHA256, ModelFolder
from learning_core.matching.sentence_model import SentenceModel
from learning_core.matching.static_table import StaticTable, read_table, write_table
from learning_core.matching.term_counts import Counts, counted_terms
from learning_core.matching.term_vectors import Origin, embed_terms
from learning_core.matching.widening import MODEL_VECTORS, STATIC_TABLE, STATIC_VECTORS

COUNTS = "terms.sqlite"
_STATIC_AT_ONCE = 20_000
_MODEL_AT_ONCE = 4_096
_LOCK_SECONDS = 2.0

Progress = Callable[[str, int, int], None]
"""Called with the name of a step, what is done of it, and what there is."""


class Embedded(Struct, frozen=True):
    """What was made: prompts and terms in all, and new terms by the table and by a model (None where there is none)."""

    prompts: int
    terms: int
    new_by_table: int | None
    new_by_model: int | None


def distil_table(library: Library, model: ModelFolder, progress: Progress) -> StaticTable:
    """Make the library's static table from a model; raises ModelRefused, TermsBusy or TargetRefused."""
    with _alone(library):
        pieces, vectors = distil(model, lambda done, total: progress("Distilling", done, total))
        folder = library.matching.inputs / STATIC_TABLE
        write_table(folder, pieces, vectors, model_sha256=model.sha256, model=model.path.name)
    table = read_table(folder)
    if table is None:
        raise TermsUnusable("The static table", "another program took it away", "Run the command again")
    return table


def embed(library: Library, progress: Progress, model: ModelFolder | None = None) -> Embedded:
    """Bring the vectors of a library's terms level with its prompts: by its table, and by a model if one is given.

    Goes on where a killed run stopped. Without table and model the terms are only counted. Raises TermsBusy while
    another process does the same, ModelRefused, TargetRefused, and TermsUnusable for a damaged table.
    """
    table = read_table(library.matching.inputs / STATIC_TABLE)
    with _alone(library), library.snapshot(lambda done, total: progress("Indexing", done, total)) as snapshot:
        path = library.matching.cache / COUNTS
        counts = counted_terms(snapshot, path, lambda done, total: progress("Counting terms", done, total))
        prompts = snapshot.prompts
        by_table = None if table is None else _by_table(library, table, counts, prompts, progress)
        by_model = None if model is None else _by_model(library, model, counts, prompts, progress)
    return Embedded(prompts, len(counts), by_table, by_model)


def _by_table(library: Library, table: StaticTable, counts: Counts, prompts: int, progress: Progress) -> int:
    return embed_terms(
        library.matching.cache / STATIC_VECTORS,
        Origin("static", table.sha256, table.model, table.model_sha256 == MEASURED_SHA256),
        counts,
        prompts,
        encode=table.vectors,
        vocabulary=table.vocabulary,
        at_once=_STATIC_AT_ONCE,
        progress=lambda done, total: progress("Embedding by the table", done, total),
    )


def _by_model(library: Library, model: ModelFolder, counts: Counts, prompts: int, progress: Progress) -> int:
    return embed_terms(
        library.matching.inputs / MODEL_VECTORS,
        Origin("sentence-transformers", model.sha256, model.path.name, model.is_measured),
        counts,
        prompts,
        encode=SentenceModel(model).vectors,
        vocabulary={piece: number for number, piece in enumerate(model.vocabulary)},
        at_once=_MODEL_AT_ONCE,
        progress=lambda done, total: progress("Embedding by the model", done, total),
    )


@contextmanager
def _alone(library: Library) -> Iterator[None]:
    """Let one process at a time write term vectors."""
    folder: Path = library.matching.cache
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with lock.held(folder / "embed.lock", _LOCK_SECONDS):
            yield
    except lock.HeldByOthers as error:
        raise TermsBusy(error.holder) from error
