"""What questions leave in memory: a server searches for garbage so rarely that it must find none."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from every_answer import answers_of
from library_factory import make_library, rated_jobs


@pytest.fixture
def _without_search() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_without_search")
def test_no_answer_leaves_what_refers_to_itself(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(16))
    library.ask(answers_of)
    gc.collect()
    library.ask(answers_of)
    assert gc.collect() == 0
